"""A keep-alive HTTP/1.1 client as cheap as can be, so that the service is measured and not the client.

A connection sends the next request from within the callback that got the last answer: no task, no stream, no parser.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, cast

import orjson


class UnexpectedAnswerError(Exception):
    """A call of the preparation was answered with another status than it must be."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, ready to be sent, and what it must get: a status, and `needs` somewhere in the body.

    With `last` a measured call is complete.
    """

    raw: bytes
    expected: int = 200
    last: bool = True
    needs: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body read as JSON."""
        return orjson.loads(self.body)


Talk = Generator[Shot, Answer, None]
"""What one connection says: yields requests, is sent their answers, ends when there is nothing more to send."""
Source = Callable[[], Talk]


@dataclass
class Sample:
    """What a run of one scenario took; `latencies` in seconds, one a call."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def add(self, other: "Sample") -> None:
        """Join the figures of another run."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.fail(other.first_error, other.errors)

    def fail(self, why: str, number: int = 1) -> None:
        """Count errors; the first one's reason is kept."""
        self.errors += number
        self.first_error = self.first_error or why


def shot(
    method: str,
    path: str,
    token: str | None = None,
    body: object = None,
    *,
    expected: int = 200,
    extra: str = "",
    last: bool = True,
    needs: bytes = b"",
) -> Shot:
    """A request whose body, if any, is JSON; `extra` are further header lines, each ended by CR LF."""
    content = orjson.dumps(body) if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{extra}"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    elif method != "GET":
        head += "Content-Length: 0\r\n"
    return Shot(head.encode() + b"\r\n" + content, expected, last, needs)


class Wire(asyncio.Protocol, ABC):
    """One connection: what comes back is put together to answers; what is done with them is the subclass's."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        status = int(self._buffer[9:12])
        start, length = head_end + 4, 0
        if status not in (204, 304):
            length = _content_length(bytes(self._buffer[:head_end]))
        if len(self._buffer) < start + length:
            return
        answer = Answer(status, bytes(self._buffer[start : start + length]))
        self._buffer.clear()
        self.heard(answer)

    @abstractmethod
    def heard(self, answer: Answer) -> None:
        """An answer is complete."""


class Caller(Wire):
    """One connection that talks until its source ends or the time is up; `done` tells when."""

    def __init__(self, talk: Talk, sample: Sample, end: float) -> None:
        super().__init__()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._talk, self._sample, self._end = talk, sample, end
        self._started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._say(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._sample.fail(f"connection lost ({exc or 'closed by the server'})")
            self.done.set_result(None)

    def heard(self, answer: Answer) -> None:
        now = time.perf_counter()
        if answer.status != self._shot.expected or self._shot.needs not in answer.body:
            said = answer.body[:300].decode(errors="replace")
            self._sample.fail(f"{answer.status}, not {self._shot.expected} {self._shot.needs.decode()}: {said}")
        if self._shot.last:
            self._sample.latencies.append(now - self._started)
            self._started = 0.0
            if now >= self._end or self._sample.errors:
                self._finish()
                return
        self._say(answer)

    def _say(self, answer: Answer | None) -> None:
        try:
            self._shot = next(self._talk) if answer is None else self._talk.send(answer)
        except StopIteration:
            self._finish()
            return
        self._started = self._started or time.perf_counter()
        self.transport.write(self._shot.raw)

    def _finish(self) -> None:
        self._talk.close()
        self.done.set_result(None)
        self.transport.close()


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def drive(port: int, source: Source, *, connections: int, seconds: float) -> Sample:
    """Send what `source` says over so many connections until the time or what there is to say is up."""
    sample = Sample()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    callers = []
    for _ in range(connections):
        made = await loop.create_connection(lambda: Caller(source(), sample, started + seconds), "127.0.0.1", port)
        callers.append(made[1])
    await asyncio.wait([caller.done for caller in callers], timeout=seconds + 60)
    sample.seconds = time.perf_counter() - started
    for caller in callers:
        if not caller.done.done():
            sample.fail("no answer within a minute")
            caller.done.set_result(None)
            caller.connection_lost(None)
    return sample


async def ask(port: int, what: Shot) -> Any:
    """One request on a connection of its own; its JSON, None for an empty body. Raises when the status is another."""
    kept: list[Answer] = []

    def talk() -> Talk:
        kept.append((yield what))

    sample = await drive(port, talk, connections=1, seconds=60)
    if sample.errors:
        raise UnexpectedAnswerError(f"{what.raw.split(bytes([13]), 1)[0].decode()}: {sample.first_error}")
    return kept[0].json() if kept[0].body else None


def repeat(make: Callable[[], Shot | None]) -> Source:
    """A source for calls that do not depend on each other's answers; None ends it."""

    def talk() -> Talk:
        while (made := make()) is not None:
            yield made

    return talk
