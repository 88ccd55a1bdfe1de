"""uvicorn as this product needs it: a graceful stop that nobody holds up, and connections that keep to limits.

Long polls would keep a stopping server waiting for as long as they may last, so the application is told first.
"""

import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType

import psutil
from starlette.types import ASGIApp

from app.core.http_house import House, ServerConfig
from app.core.http_protocol import AdmittingProtocol
from app.core.lazily import without

with without("watchfiles"):
    import uvicorn

GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 65
"""Longer than the usual poll and the usual proxy, so that it is never the server that closes first."""


class WebServer(uvicorn.Server):
    """Serves one application on a bound socket until SIGTERM or SIGINT, then lets it finish what it began."""

    def __init__(
        self,
        app: ASGIApp,
        house: House,
        *,
        trusted_proxies: str,
        when_ready: Callable[[], None],
        before_stop: Callable[[], Awaitable[None]],
    ) -> None:
        """`before_stop` runs as the first thing after the signal: it sends home whoever only waits."""
        super().__init__(
            ServerConfig(
                app,
                house,
                http=AdmittingProtocol,
                loop="uvloop",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                reset_contextvars=True,  # a call may be begun by the end of another
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
