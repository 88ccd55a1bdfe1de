"""Calls to addresses that somebody else named (webhooks, message gateways), guarded and bounded.

The name is resolved and checked at the moment of connecting, and the connection goes to the address that was
checked, so a name cannot change its mind in between (DNS rebinding). Redirects, cookies, proxies of the
environment and credentials in URLs do not exist here; a call has one limit for its whole duration.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType

import httpcore
import httpx

from app.core.addresses import AddressError, AllowList, resolve

CONNECT_SECONDS = 3.0
BODY_SECONDS = 1.0
"""How long the rest of an answer is waited for once its status is known."""
MOST_BYTES = 16_384
"""Bytes of an answer that are read; the rest is not."""


class OutboundError(Exception):
    """No answer. The text says why and names neither URL nor content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` is the beginning of its body, `seconds` how long it took."""

    status: int
    text: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed."""

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first of the host's addresses that answers."""
        async with asyncio.timeout(timeout):
            addresses = await resolve(host, port, self._allowed)
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Between the library's own tries."""
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """The library's transport on guarded connections. Certificates are checked against the URL's own name."""

    def __init__(self, allowed: AllowList, connections: int) -> None:
        super().__init__(verify=trusted())
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_GuardedBackend(allowed),
        )


@cache
def trusted() -> ssl.SSLContext:
    """Made once, it takes a while; SSL_CERT_FILE and SSL_CERT_DIR may name a network's own authorities."""
    return httpx.create_ssl_context()


def read_url(url: str) -> httpx.URL:
    """The parsed URL; raises AddressError `url`, `scheme` or `credentials`."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise AddressError("url") from None
    if parsed.scheme not in ("http", "https"):
        raise AddressError("scheme")
    if not parsed.host or any(sign in parsed.host for sign in "%\\ ") or (parsed.port or 1) not in range(1, 65536):
        raise AddressError("url")
    if parsed.userinfo:
        raise AddressError("credentials")
    return parsed


class Outbound:
    """A client for such calls; use it as a context manager. `timeout` are seconds for a whole call."""

    def __init__(self, allowed: AllowList, *, timeout: float = 10.0, connections: int = 100) -> None:
        self._allowed, self._timeout = allowed, timeout
        self._transport = _GuardedTransport(allowed, connections)

    async def __aenter__(self) -> "Outbound":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def check(self, url: str) -> None:
        """Raise AddressError unless the URL may be called now."""
        parsed = read_url(url)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await resolve(parsed.raw_host.decode(), parsed.port or 443, self._allowed)
        except TimeoutError:
            raise AddressError("unresolvable") from None

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Post once; any status is an answer. Raises OutboundError when there is none in time."""
        return await self.send("POST", url, content, headers)

    async def send(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Call once; raises as `post`."""
        limits = httpx.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout)).as_dict()
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout) as limit:
                request = httpx.Request(
                    method,
                    read_url(url),
                    content=content,
                    headers={"Accept-Encoding": "identity", **headers},
                    extensions={"timeout": limits},
                )
                return await self._exchange(request, started, limit)
        except AddressError as error:
            raise OutboundError(error.code) from None
        except (TimeoutError, httpx.TimeoutException):
            raise OutboundError("timeout") from None
        except (httpx.TransportError, OSError) as error:
            raise OutboundError(f"{type(error).__name__}: {error}"[:200]) from None

    async def _exchange(self, request: httpx.Request, started: float, limit: asyncio.Timeout) -> Reply:
        response = await self._transport.handle_async_request(request)
        limit.reschedule(None)  # the answer is there; its rest has a limit of its own
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) >= MOST_BYTES:
                        break
        except (TimeoutError, httpx.TransportError):
            pass  # the status is what counts
        finally:
            await response.aclose()
        text = bytes(body[:MOST_BYTES]).decode("utf-8", "replace")
        return Reply(response.status_code, text, time.monotonic() - started, dict(response.headers))
