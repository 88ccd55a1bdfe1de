"""What OpenAPI says beyond the forms: what calls answer, what they refuse and by which codes, whom they let through.

Answers are described by `app.schemas.answers`; nothing of it runs when a call is served.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from functools import cache
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

from app.domain.permissions import Permission
from app.routers.problem_codes import EXTRA, PROBLEMS
from app.routers.strict import StrictRoute
from app.schemas.answers.common import example_of
from app.schemas.messages import TITLES

Responses = dict[int | str, dict[str, Any]]
JSON, PROBLEM = "application/json", "application/problem+json"
USUAL = {401: ("unauthenticated",), 429: ("too-many-attempts",)}
"""Codes of a status where not all of its codes are for everybody."""
STEP_CONFLICTS = ("illegal-transition", "idempotency-mismatch")
_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": {**_TEXT, "description": "RFC 6901 into the body; `/query/…`, `/path/…`, `/header/…` for the rest."},
        "code": {
            **_TEXT,
            "description": "Stable, machine-readable, e.g. `missing`, `extra-forbidden`, `unknown-unit`.",
        },
        "message": _TEXT,
    },
}
_EXTRA_FIELDS: dict[str, Any] = {
    "errors": {"type": "array", "items": _FAULT, "minItems": 1},
    "state": {**_TEXT, "description": "With `illegal-transition`: the present state."},
    "available_actions": {"type": "array", "items": _TEXT, "description": "With `illegal-transition`: what is open."},
    "version": {"type": "integer", "description": "The present version."},
}


DESCRIBED: dict[str, type[BaseModel]] = {}
"""Models of answers by their names in the description."""


def answers(model: type[BaseModel], status: int = 200, media_type: str = JSON) -> Responses:
    """The `responses` entry of an answer that services build by themselves: its model's schema and example."""
    DESCRIBED[model.__name__] = model
    return {
        status: {
            "model": model,
            "description": (model.__doc__ or "").strip(),
            "content": {media_type: {"example": example_of(model)}},
        }
    }


def errors(*statuses: int, body: bool = False, codes: Mapping[int, tuple[str, ...]] | None = None) -> Responses:
    """The `responses` of an operation for these statuses, 503 always among them.

    `body`: the call reads one, so it may be unreadable (400) or too large (413). `codes` narrows a status to
    those that this operation really answers, and adds the status.
    """
    narrowed = USUAL | dict(codes or {})
    found = {503, *statuses, *(codes or ()), *((400, 413) if body else ())}
    return {status: _problem(status, narrowed.get(status) or tuple(PROBLEMS[status])) for status in sorted(found)}


@cache
def _problem(status: int, codes: tuple[str, ...]) -> dict[str, Any]:
    """Made once for all operations that refuse alike, and changed by nobody: two hundred copies would be 2 MB."""
    extra = {name: value for code in codes for name, value in EXTRA.get(code, {}).items()}
    always = [name for name in extra if all(name in EXTRA.get(code, {}) for code in codes)]
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", "title", "status", "code", "detail", *always],
        "properties": {
            "type": {**_TEXT, "description": "`urn:hotline:problem:` and the code."},
            "title": _TEXT,
            "status": {"type": "integer", "enum": [status]},
            "code": {**_TEXT, "enum": list(codes), "description": "Stable, machine-readable."},
            "detail": {**_TEXT, "description": "For people: Chinese, or English with `Accept-Language: en`."},
            **{name: _EXTRA_FIELDS[name] for name in extra},
        },
    }
    first = codes[0]
    example = {
        "type": f"urn:hotline:problem:{first}",
        "title": TITLES[status][0],
        "status": status,
        "code": first,
        "detail": PROBLEMS[status][first],
        **EXTRA.get(first, {}),
    }
    listed = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"{TITLES[status][1]} {TITLES[status][0]}: {listed}",
        "content": {PROBLEM: {"schema": schema, "example": example}},
    }


def complete(description: dict[str, Any]) -> dict[str, Any]:
    """The description with what the framework leaves out: every null, also inside examples, and commas in queries."""
    schemas = description["components"]["schemas"]
    for name in DESCRIBED.keys() & schemas.keys():
        schemas[name]["examples"] = [example_of(DESCRIBED[name])]
    for operation in (operation for path in description["paths"].values() for operation in path.values()):
        for parameter in operation.get("parameters", ()):
            if any(kind.get("type") == "array" for kind in parameter["schema"].get("anyOf", ())):
                parameter["explode"] = False
                parameter["description"] = (
                    f"{parameter.get('description', '')} Several are separated by commas.".strip()
                )
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                if name in DESCRIBED:
                    content["example"] = example_of(DESCRIBED[name])
                    content["schema"].pop("type", None)  # of a stream the framework says that it is a string
    return description


def described(route: BaseRoute) -> BaseRoute:
    """The route with all that the description tells of it, and which permission it needs, read off `deps.requires`."""
    if not isinstance(route, APIRoute):
        return route
    twin = route.described() if isinstance(route, StrictRoute) else copy(route)
    twin.methods = (route.methods or set()) - {"HEAD"}  # GET says it all
    for permissions in _required(route.dependant):
        named = " or ".join(f"`{permission}`" for permission in permissions)
        twin.description += f"\n\nNeeds permission {named}."
    return twin


def _required(dependant: Dependant) -> Iterator[tuple[Permission, ...]]:
    needed = getattr(dependant.call, "permissions", None)
    if isinstance(needed, tuple):
        yield needed
    for part in dependant.dependencies:
        yield from _required(part)
