"""Which calls share a gate, how many of each kind are handled at once, and what a call that is refused is told.

Each kind has places of its own, so that look-ups, polls, reports or log-ins, however many, cannot starve those who
file requests and work on them. The kind comes from method and path alone: it is asked before anything else is done.
"""

import itertools
import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import _TrustedHosts

from app.core.admission import Gate, Limits
from app.core.crowd import Crowd, room
from app.core.http_house import House
from app.core.shares import Shares
from app.routers.middleware import NOT_KEPT, QUIET, SECURITY_HEADERS
from app.routers.pages.errors import wants_page
from app.routers.problems import problem
from app.routers.reads import READS, only_reads
from app.schemas.messages import wants_english
from app.services.metrics import SHED
from app.services.throttle import network_of
from app.settings import Settings

log = structlog.get_logger("hotline.admission")
RETRY_SECONDS = (1, 2, 3)
"""Told in turn, so that those who were refused together do not come back together."""
LOG_SECONDS = 10.0
ZH, EN = "当前访问人数较多，请稍后重试。", "More calls arrive than can be handled; try again soon."


def limits(settings: Settings) -> dict[str, Limits]:
    """Places, line and patience (seconds) of each kind of call."""
    n, half = settings.calls_at_once, max(2, settings.calls_at_once // 2)
    polls = settings.max_waiting_polls
    return {
        "write": Limits(n, 4 * n, 0.5),
        "read": Limits(n, 4 * n, 0.5),
        "public_write": Limits(half, 4 * n, 0.5),
        "public": Limits(n, 4 * n, 0.5),
        # Everybody logs in when the shift begins, and all polls come back together after news: these wait longer.
        "login": Limits(half, 20 * n, 30.0),
        "poll": Limits(half, polls, 30.0, aside=polls),
        # Each holds a database connection for long.
        "report": Limits(max(2, n // 3), 2 * n, 10.0),
        "transfer": Limits(4 * n, n, 5.0),
        "public_transfer": Limits(4 * n, n, 5.0),
    }


def kind_of(method: str, path: str, query: bytes) -> str | None:
    """The kind of a call; None for health checks and figures, which are never refused."""
    if not path.startswith("/v1/"):
        if path in QUIET:
            return None
        return "public" if only_reads(method, path) else "public_write"
    if path.endswith((":import", ":export")) or path.startswith("/v1/attachments/"):
        return "report" if path.endswith(":export") else "transfer"
    if method not in READS:
        return "login" if path == "/v1/auth/token" else "write"
    if path == "/v1/feed":
        return "poll" if b"wait=" in query else "read"
    return "report" if path.startswith("/v1/statistics") else "read"


def long_kind_of(path: str) -> str:
    """The kind of a call whose body is long: it lasts as long as its sender takes, and costs little meanwhile."""
    return "transfer" if path.startswith("/v1/") else "public_transfer"


def _sender_of(settings: Settings) -> Callable[[Scope], str]:
    """Who sends a call, as throttles see callers: behind a proxy that we trust, whom it names."""
    trusted = _TrustedHosts(settings.trusted_proxies)

    def sender_of(scope: Scope) -> str:
        host = scope["client"][0] if scope["client"] else "unknown"
        told = dict(scope["headers"]).get(b"x-forwarded-for")
        if told is not None and host in trusted:
            host = trusted.get_trusted_client_address(told.decode("latin-1"))[0] or host
        return network_of(host)

    return sender_of


class _Told:
    """Counts what a gate refuses, and says so in the log now and then: a line for each would cost what is saved."""

    def __init__(self, kind: str) -> None:
        self._kind, self._counter = kind, SHED.labels(kind)
        self._number, self._next = 0, 0.0

    def __call__(self) -> None:
        """One more."""
        self._counter.inc()
        self._number += 1
        now = time.monotonic()
        if now >= self._next:
            log.warning("shedding", kind=self._kind, refused=self._number)
            self._number, self._next = 0, now + LOG_SECONDS


class _Refusals:
    """Answers to calls that are turned away, each made once."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._seconds = itertools.cycle(RETRY_SECONDS)
        self._made = lru_cache(64)(self._make)

    def __call__(self, scope: Scope) -> bytes:
        """The whole answer, head and body."""
        told = dict(scope["headers"])
        english = wants_english(told.get(b"accept-language", b"").decode("latin-1"))
        page = b"text/html" in told.get(b"accept", b"") and wants_page(Request(scope))
        made = self._made(next(self._seconds), english, page, only_reads(scope["method"], scope["path"]))
        return made[: made.index(b"\r\n\r\n") + 4] if scope["method"] == "HEAD" else made

    def _make(self, seconds: int, english: bool, page: bool, reads: bool) -> bytes:
        wishes = [(b"accept-language", b"en" if english else b"zh"), (b"accept", b"text/html" if page else b"*/*")]
        method = "GET" if reads else "POST"
        asked: dict[str, Any] = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": wishes}
        request = Request({**asked, "app": self._app, "scheme": "http", "server": ("", None)})
        answer = problem(request, 503, "overloaded", ZH, EN, {"Retry-After": str(seconds)})
        headers = [*answer.raw_headers, *SECURITY_HEADERS]
        if not page:
            headers.append(NOT_KEPT)
        lines = [b"%s: %s\r\n" % header for header in headers]
        status = b"HTTP/1.1 503 %s\r\n" % HTTPStatus(503).phrase.encode()
        return status + b"".join(lines) + b"\r\n" + bytes(answer.body)


def house(app: FastAPI, settings: Settings) -> House:
    """Gates and limits for the connections of one process."""
    most = max(1, limits(settings)["public_transfer"].at_once // 4)
    gates = {kind: Gate(limit, _Told(kind)) for kind, limit in limits(settings).items()}

    def gate_of(scope: Scope) -> Gate | None:
        kind = kind_of(scope["method"], scope["path"], scope["query_string"])
        return gates[kind] if kind and settings.shed_load else None

    return House(
        crowd=Crowd(room(settings.max_connections), _Told("connection")),
        gate_of=gate_of,
        long_gate_of=lambda scope: gates[long_kind_of(scope["path"])] if settings.shed_load else None,
        sender_of=_sender_of(settings),
        senders=Shares(most, _Told("sender")) if settings.shed_load else None,
        refusal=_Refusals(app),
        caller_seconds=settings.caller_seconds,
    )
