"""Holds every answer of a living service against what the published description says of it."""

import re
from typing import Any

import httpx
from pydantic import TypeAdapter

from app.main import create_app
from app.routers.documentation import DESCRIBED
from app.settings import Settings
from support.api import Api

METHODS = ("get", "post", "put", "patch", "delete")
DESCRIPTION: dict[str, Any] = create_app(Settings(database_url="postgresql://nowhere")).openapi()
OPERATIONS = [(method, path) for path, item in DESCRIPTION["paths"].items() for method in METHODS if method in item]
LINES = "application/x-ndjson"


def operation(method: str, path: str) -> dict[str, Any]:
    """What is said of an operation."""
    found: dict[str, Any] = DESCRIPTION["paths"][path][method]
    return found


def model_of(content: dict[str, Any]) -> TypeAdapter[Any]:
    """The model behind a content's schema."""
    return TypeAdapter(DESCRIBED[content["schema"]["$ref"].rpartition("/")[2]])


def operation_of(method: str, path: str) -> tuple[str, str]:
    """The operation that a call reached; a path without names comes before one with them."""
    for method_, template in sorted(OPERATIONS, key=lambda found: found[1].count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if method_ == method.lower() and re.fullmatch(pattern, path):
            return method_, template
    raise AssertionError(f"no operation is described for {method} {path}")


class Witness:
    """Sees every answer given to the clients of a service; `seen` are the operations that answered, with status."""

    def __init__(self, api: Api, *users: str | None) -> None:
        self.seen: set[tuple[str, str, int]] = set()
        for user in users:
            api.as_(user).event_hooks = {"response": [self.check]}

    async def check(self, answer: httpx.Response) -> None:
        """The status is described, and the body is what its schema says: no field more, no field less."""
        await answer.aread()
        method, path = operation_of(answer.request.method, answer.request.url.path)
        said = operation(method, path)["responses"]
        where = (method, path, answer.status_code, answer.text[:500])
        assert str(answer.status_code) in said, where
        self.seen.add((method, path, answer.status_code))
        contents = said[str(answer.status_code)].get("content")
        if not contents:
            assert not answer.content, where
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        if "*/*" in contents and media_type != "application/problem+json":
            return  # a file, whatever it is
        assert media_type in contents, where
        if media_type == "application/problem+json":
            self._check_problem(contents[media_type]["schema"], answer.json(), where)
        elif media_type not in ("text/plain", "text/csv"):
            model = model_of(contents[media_type])
            for part in answer.content.splitlines() if media_type == LINES else [answer.content]:
                model.validate_json(part, strict=True)

    @staticmethod
    def _check_problem(schema: dict[str, Any], body: dict[str, Any], where: Any) -> None:
        assert set(schema["required"]) <= set(body) <= set(schema["properties"]), where
        assert body["code"] in schema["properties"]["code"]["enum"], where
