"""Finds an endpoint's arguments without the framework's machinery, which costs more than most of our calls do.

The framework reads the signature once, at start-up; this walks the result in a straight line. The same fields
validate the same values, so answers and complaints are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Request, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from app.schemas.filters import BY_COMMAS

ModelField = Any
"""The framework's reader of one value, which it does not export."""
_FAILED = object()
_CONSTANTS = (str, int, float, bool, type(None))


class NotStraightError(Exception):
    """The signature asks for what only the framework gives: forms, files, cookies, generators, several bodies."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One value out of path, query, headers or the body; `alias` is its name there."""

    name: str
    alias: str
    loc: tuple[str, ...]
    default: Any
    validate: Callable[..., tuple[Any, list[Any]]]

    def take(self, value: Any, values: dict[str, Any], errors: list[Any]) -> None:
        """Put the validated value among `values`, or what is wrong with it among `errors`."""
        if value is not None and value is not PydanticUndefined:
            values[self.name], wrong = self.validate(value, {}, loc=self.loc)
            errors.extend(wrong)
        elif self.default is PydanticUndefined:
            errors.append({"type": "missing", "loc": self.loc, "msg": "Field required", "input": None})
        else:
            values[self.name] = self.default


@dataclass(frozen=True, slots=True)
class _Part:
    """One callable of the signature: a dependency or, last, the endpoint. `needs` are earlier parts by name."""

    call: Callable[..., Any]
    waits: bool
    needs: tuple[tuple[str, int], ...]
    request_name: str | None
    path: tuple[_Value, ...]
    query: tuple[_Value, ...]
    headers: tuple[_Value, ...]
    models: tuple[_Value, ...]
    lists: list[ModelField]
    body: tuple[_Value, ...]

    @property
    def reads(self) -> bool:
        """Whether the callable asks for anything by itself, apart from the request."""
        return bool(self.path or self.query or self.headers or self.models or self.lists or self.body)

    def read(self, request: Request, body: Any, values: dict[str, Any], errors: list[Any]) -> None:
        """What the callable asks for by itself."""
        for value in self.path:
            value.take(request.path_params.get(value.alias), values, errors)
        for value in self.query:
            value.take(request.query_params.get(value.alias), values, errors)
        for value in self.headers:
            value.take(request.headers.get(value.alias), values, errors)
        for model in self.models:
            model.take(dict(request.query_params), values, errors)
        if self.lists:
            found, wrong = request_params_to_args(self.lists, request.query_params)
            values |= found
            errors.extend(wrong)
        for value in self.body:
            value.take(body, values, errors)


class Signature:
    """The arguments of one endpoint and of all it depends on; each dependency is called once."""

    def __init__(self, dependant: Dependant) -> None:
        """Read what the framework found; raises NotStraightError."""
        self._parts: list[_Part] = []
        self._places: dict[Any, int] = {}
        self._add(dependant)

    async def call(self, request: Request, body: Any) -> Any:
        """What the endpoint answers to the request.

        Raises RequestValidationError with everything that does not fit, and what dependencies and endpoint raise.
        """
        errors: list[Any] = []
        results: list[Any] = []
        for part in self._parts:
            before, values = len(errors), {name: results[place] for name, place in part.needs}
            if part.request_name:
                values[part.request_name] = request
            if part.reads:
                part.read(request, body, values, errors)
            last = len(results) + 1 == len(self._parts)
            if len(errors) > before or (last and errors) or _FAILED in values.values():
                results.append(_FAILED)
                continue
            found = part.call(**values)
            results.append(await found if part.waits else found)
        if errors:
            raise RequestValidationError(errors, body=None if body is PydanticUndefined else body)
        return results[-1]

    def _add(self, dependant: Dependant) -> int:
        """Add a callable behind all that it needs."""
        call = dependant.call
        if call is None or not _is_straight(dependant):
            raise NotStraightError
        if call in self._places:
            return self._places[call]
        needs = [(part.name, self._add(part)) for part in dependant.dependencies]
        shapes = {field: _shape(field) for field in dependant.query_params}
        part = _Part(
            call,
            iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None)),  # noqa: B004
            tuple((name, place) for name, place in needs if name),
            dependant.request_param_name or dependant.http_connection_param_name,
            _values(dependant.path_params, "path"),
            _values([field for field, shape in shapes.items() if shape is _Shape.ONE], "query"),
            _values(dependant.header_params, "header"),
            tuple(_value(field, ("query",)) for field, shape in shapes.items() if shape is _Shape.MODEL),
            [field for field, shape in shapes.items() if shape is _Shape.LIST],
            tuple(_value(field, ("body",)) for field in dependant.body_params),
        )
        self._parts.append(part)
        self._places[call] = len(self._parts) - 1
        return self._places[call]


def _is_straight(dependant: Dependant) -> bool:
    call = dependant.call
    bodies = dependant.body_params
    return not (
        dependant.cookie_params
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
        or isgeneratorfunction(call)
        or isasyncgenfunction(call)
        or len(bodies) > 1
        or any(
            isinstance(field.field_info, params.Form) or getattr(field.field_info, "embed", False) for field in bodies
        )
    )


class _Shape(Enum):
    """What a query parameter stands for."""

    ONE = auto()
    MODEL = auto()
    LIST = auto()


def _shape(field: ModelField) -> _Shape:
    """One value; a form whose fields are one value each; or lists, which the framework takes apart."""
    annotation = field.field_info.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        plain = all(_is_one(inner.annotation) and not inner.alias for inner in annotation.model_fields.values())
        return _Shape.MODEL if plain else _Shape.LIST
    return _Shape.ONE if _is_one(annotation) else _Shape.LIST


def _is_one(annotation: Any) -> bool:
    """Whether a value of this type is written once: `?state=closed`."""
    if get_origin(annotation) is Annotated:
        kind, *more = get_args(annotation)
        return BY_COMMAS in more or _is_one(kind)
    if get_origin(annotation) in (Union, UnionType):
        return all(_is_one(kind) for kind in get_args(annotation))
    return isinstance(annotation, type) and not issubclass(annotation, list | set | tuple | BaseModel)


def _values(fields: list[ModelField], where: str) -> tuple[_Value, ...]:
    return tuple(_value(field, (where, field.alias)) for field in fields)


def _value(field: ModelField, loc: tuple[str, ...]) -> _Value:
    """Raises NotStraightError for a default that each call would need a copy of, or that must be validated."""
    default = field.default
    given = default is not PydanticUndefined
    if given and (not isinstance(default, _CONSTANTS) or field.field_info.validate_default):
        raise NotStraightError
    return _Value(field.name, field.alias, loc, default, field.validate)
