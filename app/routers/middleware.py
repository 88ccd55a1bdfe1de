"""Sees every call: gives it a request id, counts and times it, logs one line without personal data."""

import os
import re
import time

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.http_gone import GONE
from app.core.logging import REQUEST_ID, log_call
from app.services.metrics import REQUEST_SECONDS

_SAFE_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
CALLER_GONE = 499
"""What counts and log say of a call whose caller did not wait for the answer; nobody is sent it."""
QUIET = ("/healthz", "/readyz", "/metrics")
UNMATCHED = "unmatched"
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class ObserveMiddleware:
    """Pure ASGI, so that it costs little and does not buffer streams. Stands outside everything else.

    The line names the route's template: a path holds ticket numbers, a query string holds codes and phones.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._timers: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        status, answered, bodiless = 500, False, scope["method"] == "HEAD"
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode()), *SECURITY_HEADERS]
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(NOT_KEPT)
                message["headers"] = headers
            elif bodiless:
                if answered:
                    return
                answered, message = True, NO_BODY
            else:
                answered = not message.get("more_body", False)
            await send(message)

        REQUEST_ID.set(request_id)  # each call is a task, and so a context, of its own
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            # The framework hands on what it has logged and answered with 500; uvicorn would log it again.
            if not answered:
                raise
        finally:
            seconds = time.perf_counter() - started
            if GONE in scope and status < 500:
                status = CALLER_GONE
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._timer(scope["method"], route, status).observe(seconds)
            if route not in QUIET:
                log_call(scope["method"], route, status, seconds)

    def _timer(self, method: str, route: str, status: int) -> Histogram:
        """The histogram's child for these labels; looking it up costs it a lock and a tuple each time."""
        timer = self._timers.get((method, route, status))
        if timer is None:
            timer = self._timers[method, route, status] = REQUEST_SECONDS.labels(method, route, str(status))
        return timer


NO_BODY: Message = {"type": "http.response.body"}
"""Answers HEAD as soon as the body begins: who streams one hears that nobody reads any more, and stops."""
NOT_KEPT = (b"cache-control", b"no-store")
"""Unless an answer says otherwise: most hold tokens, codes or what people said."""


def _request_id(scope: Scope) -> str:
    """The caller's own id when it is harmless, else a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return str(value.decode())
    return os.urandom(16).hex()
