"""Reads JSON bodies strictly: valid UTF-8, no duplicate keys, no NaN; what is refused says why.

Python's own parser would take the last of two equal keys in silence.
"""

import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, cast

from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from app.core import strict_json
from app.domain.errors import invalid
from app.routers.deps import get_actor, not_logged_in
from app.routers.signature import NotStraightError, Signature


class MalformedBodyError(HTTPException):
    """The body is not JSON as we take it."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(400, en)
        self.code, self.zh, self.en = code, zh, en


def parse_json(body: bytes) -> Any:
    """The value; raises MalformedBodyError. A byte order mark, which some editors put before a text, is no part of it."""
    try:
        return strict_json.loads(body.decode("utf-8").removeprefix("\ufeff"))
    except strict_json.TwiceError as error:
        zh, en = f"字段“{error.key[:100]}”出现了两次。", f"The key '{error.key[:100]}' appears twice."
        raise MalformedBodyError("duplicate-key", zh, en) from None
    except strict_json.ConstantError as error:
        raise MalformedBodyError("malformed-json", f"JSON 不允许 {error.name}。", f"{error}.") from None
    except UnicodeDecodeError as error:
        raise MalformedBodyError(
            "invalid-encoding",
            f"内容须为 UTF-8 编码（第 {error.start} 字节起有误）。",
            f"The body must be UTF-8 (wrong from byte {error.start}).",
        ) from None
    except json.JSONDecodeError as error:
        raise MalformedBodyError(
            "malformed-json",
            f"不是有效的 JSON（第 {error.lineno} 行第 {error.colno} 列）。",
            f"Not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}.",
        ) from None
    except RecursionError:
        raise MalformedBodyError("malformed-json", "JSON 嵌套过深。", "The JSON is nested too deeply.") from None
    except ValueError as error:  # a number with more digits than Python reads
        raise MalformedBodyError("malformed-json", "JSON 中的数字过长。", f"Not valid JSON: {error}.") from None


def _refuse_other_charsets(content_type: str) -> None:
    """What is said to be GBK would be read as something else, often without complaint."""
    if "charset" not in content_type.lower():
        return
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' \t"').lower() not in ("utf-8", "utf8"):
            raise MalformedBodyError(
                "invalid-encoding",
                "内容须为 UTF-8 编码，Content-Type 中的 charset 只能是 utf-8。",
                "The body must be UTF-8; the only charset in Content-Type is utf-8.",
            )


class TooLargeError(HTTPException):
    """The body has more bytes than the settings allow."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body has more than {limit} bytes.", {"Connection": "close"})


class StrictRequest(Request):
    """A request whose `json()` is strict and whose body may not be larger than the settings allow."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body's chunks; raises TooLargeError as soon as there are too many."""
        limit = self.app.state.settings.max_body_bytes
        declared = self.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            raise TooLargeError(limit)
        received = 0
        async for chunk in super().stream():
            received += len(chunk)
            if received > limit:
                raise TooLargeError(limit)
            yield chunk

    async def json(self) -> Any:
        """The parsed body, parsed once."""
        if not hasattr(self, "_json"):
            _refuse_other_charsets(self.headers.get("content-type", ""))
            self._json = parse_json(await self.body())
        return self._json


def _query_names(dependant: Dependant) -> frozenset[str]:
    """Names of a route's query parameters; a parameter that is a model stands for its fields."""
    names: set[str] = set()
    for parameter in dependant.query_params:
        annotation: Any = parameter.field_info.annotation
        model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        fields = annotation.model_fields.items() if model else ()
        names |= {field.alias or name for name, field in fields} if model else {parameter.alias}
    return frozenset(names).union(*(_query_names(part) for part in dependant.dependencies))


def _asks_for(call: Callable[..., Any], dependant: Dependant) -> bool:
    """Whether a route depends on this, by however many others."""
    return any(part.call is call or _asks_for(call, part) for part in dependant.dependencies)


def _refuse_odd_queries(request: Request, known: frozenset[str]) -> None:
    """A misspelt filter would show everything, a doubled one either; both are refused by name.

    Not on pages: a link that was shared carries what the messenger hangs on to it.
    """
    if not request.scope["query_string"]:
        return
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise invalid(
                f"/query/{name}",
                "unknown-parameter",
                f"没有这个查询参数，可用的有：{'、'.join(sorted(known)) or '无'}。",
                f"No such parameter; there are {', '.join(sorted(known)) or 'none'}.",
            )
        if name in seen:
            raise invalid(
                f"/query/{name}",
                "repeated-parameter",
                "查询参数重复；可以有多个值的参数，用逗号分隔各值。",
                "The parameter is given twice; where several values are taken, commas separate them.",
            )
        seen.add(name)


_SAID_ONCE = {b"authorization": "Authorization", b"idempotency-key": "Idempotency-Key", b"if-match": "If-Match"}


def _refuse_doubled_headers(request: Request) -> None:
    """Two keys or two tokens in one call: the sender or a proxy is mistaken, and we must not choose."""
    said: dict[bytes, bytes] = {}
    for name, value in request.scope["headers"]:
        if name in _SAID_ONCE and said.setdefault(name, value) != value:
            raise invalid(
                f"/header/{_SAID_ONCE[name]}",
                "repeated-header",
                "请求头出现了两次，且内容不同。",
                "The header is given twice with different values.",
            )


class StrictRoute(APIRoute):
    """A route that reads its body strictly, and finds its arguments in a straight line where the framework is not needed."""

    request_class: type[Request] = StrictRequest

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """As the framework's. What calls answer is only kept: its models serve the documentation, not the calls."""
        self._given = (path, endpoint, given)
        super().__init__(path, endpoint, **{**given, "responses": None})
        self._for_members = bool(self.body_field) and _asks_for(get_actor, self.dependant)
        try:
            self._signature: Signature | None = Signature(self.dependant)
        except NotStraightError:
            self._signature = None

    def described(self) -> APIRoute:
        """The same route with all that the description tells of it."""
        path, endpoint, given = self._given
        return APIRoute(path, endpoint, **{**given, "description": self.description})

    @property
    def straight(self) -> bool:
        """Whether `answer` can be asked without the framework."""
        return self._signature is not None

    async def answer(self, request: Request) -> Response:
        """The endpoint's answer; raises whatever reading, checking or the endpoint raise."""
        if self._signature is None:
            raise RuntimeError("this route needs the framework")
        self._check(request)
        if self._for_members and "authorization" not in request.headers:
            raise not_logged_in()  # without waiting for a body that would not be looked at
        body = await _body_of(request) if self.body_field else PydanticUndefined
        return cast(Response, await self._signature.call(request, body))

    def _check(self, request: Request) -> None:
        """What is refused whoever finds the arguments, the framework or we."""
        if self.include_in_schema:
            _refuse_odd_queries(request, self._known)
        _refuse_doubled_headers(request)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler on a strict request. The framework asks for it while the route is being made."""
        handler = super().get_route_handler()
        self._known = _query_names(self.dependant)

        async def strict(request: Request) -> Response:
            self._check(request)
            return await handler(self.request_class(request.scope, request.receive))

        return strict


async def _body_of(request: Request) -> Any:
    """The body as JSON where it is said to be, else its bytes; undefined when it is empty."""
    body = await request.body()
    if not body:
        return PydanticUndefined
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    return await request.json() if is_json else body
