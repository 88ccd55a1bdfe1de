"""Marks who has just written something, so that their next reads do not go to a replica that may lack it.

The mark is a cookie that lasts a few seconds and says nothing else, so it holds in every process of every machine; for
callers with a token who keep no cookies, each process remembers the token for as long. Nothing is remembered of a call that was refused: it wrote nothing.
"""

import math
from http.cookies import CookieError, SimpleCookie

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.recent import Recent
from app.routers.reads import READS
from app.services.reading import FRESH, hold_seconds
from app.settings import Settings

COOKIE = "hotline_wrote"


class OwnWrites:
    """Pure ASGI; stands between the application and its callers only when there is a replica."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._tokens = Recent(seconds)
        self._mark = f"{COOKIE}=1; Max-Age={math.ceil(seconds)}; Path=/; HttpOnly; SameSite=Lax".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] in READS:
            FRESH.set(self._wrote(scope))
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                if token:
                    self._tokens.add(token)
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", self._mark)]
            await send(message)

        token = _header(scope, b"authorization")
        FRESH.set(True)
        await self._app(scope, receive, send_marked)

    def _wrote(self, scope: Scope) -> bool:
        token = _header(scope, b"authorization")
        return bool(token and token in self._tokens) or _carries_mark(_header(scope, b"cookie"))


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _carries_mark(cookies: bytes) -> bool:
    if COOKIE.encode() not in cookies:
        return False
    try:
        return COOKIE in SimpleCookie(cookies.decode("latin-1"))
    except CookieError:
        return True


def with_own_writes(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as it is without a replica, else behind the mark."""
    return OwnWrites(app, hold_seconds(settings)) if settings.replica_url else app
