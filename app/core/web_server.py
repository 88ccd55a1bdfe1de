"""uvicorn as this product needs it: a graceful stop that nobody holds up, and a limit on the size of heads.

Long polls would keep a stopping server waiting for as long as they may last, so the application is told
first; and the parser that uvicorn uses takes request heads of any size.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import cast

import psutil
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32 * 1024
GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 65
"""Longer than the usual poll and the usual proxy, so that it is never the server that closes first."""


HEAD_SECONDS = 30.0
"""From the connection to the first whole head; kept-alive connections have uvicorn's own limit."""


class HeadTooLargeError(Exception):
    """The request line and headers exceed `MAX_HEAD_BYTES`."""


DETAILS = {
    "malformed": "请求行或请求头有误，网址中的中文须经百分号编码。"
    " The request line or a header is malformed; letters outside ASCII in a URL must be percent-encoded.",
    "head-too-large": "网址和请求头过长。 URL and headers are too long.",
}


class LimitedProtocol(HttpToolsProtocol):
    """Answers 431 to a head that is too large, be it sent at once or drop by drop."""

    _head_bytes = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Count what arrives while the head is not complete."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head must be whole soon; waiting for a caller who says nothing costs a descriptor."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._deadline = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller went away."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A new head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; the body has its own limit."""
        self._in_head = False
        self._deadline.cancel()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._head_bytes = size
        if size > MAX_HEAD_BYTES:
            raise HeadTooLargeError
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """A problem document instead of uvicorn's plain text; the connection ends."""
        status, code = ("400 Bad Request", "malformed")
        if self._head_bytes > MAX_HEAD_BYTES:
            status, code = ("431 Request Header Fields Too Large", "head-too-large")
        number, _, title = status.partition(" ")
        problem = {"type": "about:blank", "title": title, "status": int(number), "code": code, "detail": DETAILS[code]}
        body = json.dumps(problem)  # ASCII, so that characters are bytes
        self.transport.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()


class WebServer(uvicorn.Server):
    """Serves one application on a bound socket until SIGTERM or SIGINT, then lets it finish what it began."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted_proxies: str,
        when_ready: Callable[[], None],
        before_stop: Callable[[], Awaitable[None]],
    ) -> None:
        """`before_stop` runs as the first thing after the signal: it sends home whoever only waits."""
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=LimitedProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=trusted_proxies,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._when_ready = when_ready
        self._before_stop = before_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send waiting clients home, finish requests in flight, close the application."""
        await self._before_stop()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C stops at once. Unlike uvicorn's own, a stop that was asked for is no failure."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises OSError when the address cannot be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(2048)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket) -> str:
    """The http:// URL of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def port_user(port: int) -> str | None:
    """Who listens on a local port, such as `python (process 123)`; None when that cannot be seen."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr or None
            if connection.status == psutil.CONN_LISTEN and connection.pid and address and address.port == port:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None
