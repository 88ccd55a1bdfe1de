"""A keep-alive HTTP/1.1 client as cheap as can be, so that the service is measured and not the client."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson


@dataclass
class Shot:
    """One request, ready to be sent, and the status it must get."""

    raw: bytes
    expected: int = 200


@dataclass
class Sample:
    """What a run of one scenario took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0


def shot(
    method: str, path: str, token: str | None, body: object = None, *, expected: int = 200, extra: str = ""
) -> Shot:
    """Bytes of a request."""
    content = orjson.dumps(body) if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(content)}\r\n{extra}"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if content:
        head += "Content-Type: application/json\r\n"
    return Shot(head.encode() + b"\r\n" + content, expected)


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> tuple[int, bytes]:
    """Status and body of one exchange."""
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    return status, await reader.readexactly(length) if length else b""


async def drive(port: int, make: Callable[[], Shot | None], *, connections: int, seconds: float) -> Sample:
    """Send what `make` yields over so many connections until the time or the shots are up."""
    sample = Sample()
    end = time.perf_counter() + seconds

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        try:
            while time.perf_counter() < end and (next_shot := make()):
                started = time.perf_counter()
                status, _ = await send(reader, writer, next_shot.raw)
                sample.latencies.append(time.perf_counter() - started)
                sample.errors += status != next_shot.expected
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    sample.seconds = time.perf_counter() - started
    return sample
