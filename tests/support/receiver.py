"""An outside party's receiver of webhooks: a small real HTTP server on loopback that behaves as it is told."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[["Message"], Awaitable[int | tuple[int, dict[str, str], bytes]]]


@dataclass
class Message:
    """One call as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)["data"]

    @property
    def event(self) -> tuple[str, int, str]:
        """As `support.feed.seen` names events."""
        return self.data["ticket_no"], self.data["seq"], self.data["kind"]


async def take(_message: Message) -> int:
    return 204


async def hang(_message: Message) -> int:
    await asyncio.sleep(3600)
    return 204


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behaviour:
    async def behave(_message: Message) -> tuple[int, dict[str, str], bytes]:
        return status, headers or {}, body

    return behave


class Receiver:
    """What has come in, what was taken, and how many calls were ever under way at once."""

    def __init__(self, behave: Behaviour = take) -> None:
        self.behave = behave
        self.seen: list[Message] = []
        self.taken: list[Message] = []
        self.under_way = self.most_at_once = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def events(self) -> list[tuple[str, int, str]]:
        return [message.event for message in self.taken]

    async def until(self, count: int, within: float = 20) -> list[Message]:
        """Wait until so many messages were taken."""
        async with asyncio.timeout(within):
            while len(self.taken) < count:
                await asyncio.sleep(0.01)
        return self.taken

    async def until_about(self, ticket_no: str, within: float = 20) -> Message:
        """Wait until a message about this request was taken; the first one."""
        async with asyncio.timeout(within):
            while not (found := [message for message in self.taken if message.data["ticket_no"] == ticket_no]):
                await asyncio.sleep(0.01)
        return found[0]

    async def until_seen(self, count: int, within: float = 20) -> list[Message]:
        async with asyncio.timeout(within):
            while len(self.seen) < count:
                await asyncio.sleep(0.01)
        return self.seen

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        message = Message(first.split()[1], headers, body)
        self.seen.append(message)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            said = await self.behave(message)
        finally:
            self.under_way -= 1
        status, more, content = said if isinstance(said, tuple) else (said, {}, b"")
        if 200 <= status < 300:
            self.taken.append(message)
        extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{extra}\r\n".encode() + content)
        await writer.drain()


@asynccontextmanager
async def receiving(behave: Behaviour = take, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver(behave)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        await receiver.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
