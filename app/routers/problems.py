"""The one file that knows HTTP statuses: turns what went wrong into `application/problem+json` (RFC 9457).

Chinese by default, English with `Accept-Language: en`; `code` is stable, `errors` point into the body.
"""

from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.database import TRANSIENT, UNAVAILABLE
from app.core.pagination import CursorError
from app.domain import errors as domain
from app.routers.methods import allowed
from app.routers.pages.errors import error_page, wants_page
from app.routers.strict import MalformedBodyError
from app.schemas.messages import TITLES, describe, wants_english

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[domain.HotlineError], int] = {
    domain.NotFoundError: 404,
    domain.ForbiddenError: 403,
    domain.UnauthenticatedError: 401,
    domain.InvalidError: 422,
    domain.ConflictError: 409,
    domain.IllegalTransitionError: 409,
    domain.StaleVersionError: 412,
    domain.ThrottledError: 429,
    domain.TooManyPollsError: 429,
    domain.FileTooLargeError: 413,
    domain.UnavailableError: 503,
}
RETRY_AFTER_OUTAGE = "2"
MOST_TOLD_AT_LENGTH = 20
"""Faults of one body of which each unknown field is told which there are; rubbish is not answered with a book."""


def problem(
    request: Request, status: int, code: str, zh: str, en: str, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """A problem document in the reader's language; for a browser on a page, a page."""
    if wants_page(request):
        return error_page(request, status, headers)
    english = wants_english(request.headers.get("accept-language", ""))
    title = TITLES.get(status, ("出错了", "Error"))
    body = {
        "type": f"urn:hotline:problem:{code}",
        "title": title[english],
        "status": status,
        "code": code,
        "detail": en if english else zh,
        **extra,
    }
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def told(error: domain.HotlineError, *, english: bool, prefix: str = "") -> dict[str, Any]:
    """An expected failure as part of an answer about many: `status`, `code`, `message`, `errors` (below `prefix`)."""
    faults = error.errors if isinstance(error, domain.InvalidError) else ()
    return {
        "status": STATUS[type(error)],
        "code": error.code,
        "message": error.en if english else error.zh,
        "errors": [
            {"pointer": prefix + e.pointer, "code": e.code, "message": e.en if english else e.zh} for e in faults
        ],
    }


def on_domain_error(request: Request, error: domain.HotlineError) -> Response:
    """Expected failures of the services."""
    english = wants_english(request.headers.get("accept-language", ""))
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case domain.InvalidError():
            extra["errors"] = [
                {"pointer": e.pointer, "code": e.code, "message": e.en if english else e.zh} for e in error.errors
            ]
        case domain.IllegalTransitionError():
            extra |= {"state": error.state, "available_actions": error.available_actions}
        case domain.StaleVersionError():
            extra["version"] = error.current
        case domain.ThrottledError() | domain.TooManyPollsError():
            headers["Retry-After"] = str(error.retry_after)
        case domain.FileTooLargeError():
            headers["Connection"] = "close"  # the rest of the body may be on its way
        case domain.UnauthenticatedError():
            headers["WWW-Authenticate"] = "Bearer"
    return problem(request, STATUS[type(error)], error.code, error.zh, error.en, headers, **extra)


def on_validation_error(request: Request, error: RequestValidationError) -> Response:
    """Input that does not fit its form."""
    english = wants_english(request.headers.get("accept-language", ""))
    faults = error.errors()
    body = getattr(request.scope.get("route"), "body_field", None) if len(faults) <= MOST_TOLD_AT_LENGTH else None
    form = body.field_info.annotation if body else None
    found = [describe(item, english=english, form=form) for item in faults]
    return problem(
        request, 422, "invalid", "提交的内容有误，请按提示修改。", "The input is not valid; see `errors`.", errors=found
    )


def on_http_error(request: Request, error: HTTPException) -> Response:
    """What the framework refuses: no such path, no such method, a body too large …"""
    code = {400: "malformed", 404: "not-found", 405: "method-not-allowed", 413: "too-large", 416: "no-such-range"}.get(
        error.status_code, "http-error"
    )
    zh, en = TITLES.get(error.status_code, ("请求有误", str(error.detail)))
    if error.status_code == 400:
        zh, en = "请求内容无法读取。", str(error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed(request.scope)
    return problem(request, error.status_code, code, zh, en, headers)


def on_malformed_body(request: Request, error: MalformedBodyError) -> Response:
    """A body that is not JSON as we take it."""
    return problem(request, 400, error.code, error.zh, error.en)


def on_bad_cursor(request: Request, _error: CursorError) -> Response:
    """A cursor that we did not make."""
    zh, en = (
        "分页游标无效，请使用返回的 next_cursor。",
        "Not a cursor of this list; use the `next_cursor` you were given.",
    )
    fault = {"pointer": "/query/cursor", "code": "cursor"}
    english = wants_english(request.headers.get("accept-language", ""))
    return problem(request, 422, "invalid", zh, en, errors=[{**fault, "message": en if english else zh}])


def on_outage(request: Request, error: Exception) -> Response:
    """The database is out of reach or too busy; the caller may try again."""
    log.error("database.unavailable", error=type(error).__name__, exc_info=error)
    return problem(
        request,
        503,
        "unavailable",
        "系统暂时不可用，请稍后重试。",
        "The service is temporarily unavailable; try again soon.",
        {"Retry-After": RETRY_AFTER_OUTAGE},
    )


def on_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
    """The caller went away while sending; nobody reads this answer."""
    return Response(status_code=400)


def on_bug(request: Request, error: Exception) -> Response:
    """Our own mistake; the log has it in full."""
    log.error("unexpected", exc_info=error)
    return problem(request, 500, "internal", "系统内部错误，请联系管理员。", "Internal error; the log has the details.")


def install(app: FastAPI) -> None:
    """Register all handlers."""
    handlers: list[tuple[type[Exception], Any]] = [
        (domain.HotlineError, on_domain_error),
        (RequestValidationError, on_validation_error),
        (HTTPException, on_http_error),
        (MalformedBodyError, on_malformed_body),
        (ClientDisconnect, on_disconnect),
        (CursorError, on_bad_cursor),
        *((kind, on_outage) for kind in (*TRANSIENT, asyncpg.QueryCanceledError)),
        *((kind, on_outage) for kind in UNAVAILABLE),
        (Exception, on_bug),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)
