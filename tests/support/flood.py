"""Many raw connections to a running service, each of which does as it is told: ask, hang on, drip, not read."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson


def raw(method: str, path: str, headers: dict[str, str] | None = None, body: object = None) -> bytes:
    """Bytes of a call."""
    content = b"" if body is None else orjson.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: test", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if content:
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> Answer:
        """The next answer; status 0 when the connection ended instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer(0)
        first, *lines = head.decode().strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return Answer(
            int(first.split()[1]), headers, await self.reader.readexactly(int(headers.get("content-length", 0)))
        )

    async def ask(self, content: bytes) -> Answer:
        """Send and hear."""
        self.writer.write(content)
        return await self.answer()

    async def ended(self) -> bool:
        """Wait for the end of the connection."""
        with suppress(ConnectionError):
            while await self.reader.read(2**16):
                pass
        return True

    def close(self) -> None:
        self.writer.transport.abort()


async def dial(url: str) -> Line:
    """A new connection."""
    parts = urlsplit(url)
    return Line(*await asyncio.open_connection(parts.hostname, parts.port, limit=2**22))


@contextmanager
def deaf(url: str, content: bytes, number: int) -> Iterator[list[socket.socket]]:
    """So many connections that send this and never read."""
    parts = urlsplit(url)
    opened = [socket.socket() for _ in range(number)]
    try:
        for each in opened:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            each.connect((parts.hostname, parts.port))
            each.sendall(content)
        yield opened
    finally:
        for each in opened:
            each.close()


@asynccontextmanager
async def lines(url: str, number: int) -> AsyncIterator[list[Line]]:
    """So many connections."""
    opened = await asyncio.gather(*(dial(url) for _ in range(number)))
    try:
        yield opened
    finally:
        for line in opened:
            line.close()


async def all_at_once(url: str, content: bytes, number: int) -> list[Answer]:
    """The same call on so many connections at the same time."""
    async with lines(url, number) as opened:
        return await asyncio.gather(*(line.ask(content) for line in opened))
