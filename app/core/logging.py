"""Structured logs: one line an event, with the request id, never with personal data.

What people wrote reaches a log only by accident, as the quoted value in some exception's message; so
exceptions are written with their messages blacked out, and tracebacks without local variables.
"""

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import SimpleNamespace, TracebackType
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_DETAILS = re.compile(r"^(DETAIL|HINT|CONTEXT):.*$", re.MULTILINE)
_PRIVATE = re.compile(r"[^\x00-\x7f]+|\d{5,}")
"""Chinese text and long numbers: names, addresses, phones, identity numbers, ticket numbers."""
REQUEST_ID: ContextVar[str] = ContextVar("request_id")
"""The id of the call being answered; every line that is logged meanwhile has it."""
_ACCESS = "hotline.access"
_style = SimpleNamespace(readable=False)
_NOISY = ("httpx", "httpcore", "uvicorn.access", "asyncio", "alembic")


def configure_logging(level: str, style: str) -> None:
    """Send our and the libraries' logs to stderr as JSON lines, or readable on a terminal."""
    shared: list[Any] = [
        add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        black_out_exception,
    ]
    _style.readable = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if _style.readable else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say during which call the line was written."""
    if request_id := REQUEST_ID.get(""):
        event["request_id"] = request_id
    return event


def log_call(method: str, route: str, status: int, seconds: float) -> None:
    """The line that every call leaves.

    Written past the processors, which take longer than a look-up does; on a terminal as all other lines.
    """
    if not logging.getLogger(_ACCESS).isEnabledFor(logging.INFO):
        return
    line: dict[str, Any] = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    if _style.readable:
        structlog.get_logger(_ACCESS).info("request", **line)
        return
    about = {"event": "request", "level": "info", "logger": _ACCESS, "timestamp": datetime.now(UTC)}
    line = {**line, "request_id": REQUEST_ID.get(""), **about}
    sys.stderr.write(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode() + "\n")


def black_out_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into the text of its traceback, free of anything that people may have written."""
    given = event.pop("exc_info", None)
    error: BaseException | None = None
    if isinstance(given, BaseException):
        error = given
    elif isinstance(given, tuple):
        error = given[1]
    elif given:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = describe_exception(error, error.__traceback__)
    return event


def describe_exception(error: BaseException, trace: TracebackType | None) -> str:
    """The traceback as text; Chinese text, long numbers and the database's quotations of rows are blacked out."""
    text = "".join(traceback.format_exception(type(error), error, trace)).rstrip()
    return _PRIVATE.sub("…", _DETAILS.sub("", text))
