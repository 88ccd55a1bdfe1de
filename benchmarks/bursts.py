"""What a burst does: capacity first, then three times as much, open-loop, with and without shedding; prints a table.

Run as `python -m benchmarks.bursts`. The callers are a process of their own. A caller who is refused does not come back; in
"open loop" calls arrive when they are due, whether or not earlier ones have been answered.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.embedded_postgres import EmbeddedPostgres
from benchmarks.__main__ import call, create, free_port, login, start
from benchmarks.client import drive, send, shot
from benchmarks.scenarios import FORM, TEXT

COLUMNS = ("call", "shedding", "capacity", "offered", "accepted", "shed_share", "p50_ms", "p99_ms")
COLUMNS += ("burst_p50_ms", "burst_p99_ms", "refusal_p50_ms", "recovery_s", "errors")
GIVE_UP_SECONDS = 30.0
NORMAL_CONNECTIONS = 8


@dataclass
class Burst:
    """What became of the calls of a burst; latencies in seconds from when a call was due."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    errors: int = 0
    recovery: float = 0.0
    seconds: float = 0.0


async def open_loop(
    port: int, make: Callable[[], bytes], rate: float, seconds: float, connections: int, normal: float
) -> Burst:
    """Calls at a fixed rate over a pool of connections; one that finds no free connection waits for one."""
    found, free = Burst(), asyncio.Queue()
    streams = [await asyncio.open_connection("127.0.0.1", port, limit=2**22) for _ in range(connections)]
    for stream in streams:
        free.put_nowait(stream)

    async def one(due: float) -> None:
        stream = await free.get()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                status, _ = await send(*stream, make())
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            found.errors += 1
            return
        taken = time.perf_counter() - due
        free.put_nowait(stream)
        kinds = {200: found.accepted, 201: found.accepted, 503: found.refused}
        if status in kinds:
            kinds[status].append(taken)
        else:
            found.errors += 1

    begin, pending = time.perf_counter(), set()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(due))
        pending.add(task)
        task.add_done_callback(pending.discard)
    found.recovery = await recovered(port, make, normal)
    await asyncio.gather(*pending)
    found.seconds = time.perf_counter() - begin
    for _, writer in streams:
        writer.close()
    return found


async def recovered(port: int, make: Callable[[], bytes], normal: float) -> float:
    """Seconds from the end of the burst until three calls in a row are served within `normal` seconds."""
    end = time.perf_counter()
    stream = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    good = 0
    while good < 3 and time.perf_counter() - end < 120:
        began = time.perf_counter()
        status, _ = await send(*stream, make())
        good = good + 1 if status in (200, 201) and time.perf_counter() - began <= normal else 0
        await asyncio.sleep(0.02)
    stream[1].close()
    return time.perf_counter() - end


def quantile(values: list[float], share: float) -> float | None:
    """In milliseconds."""
    return round(sorted(values)[int(len(values) * share)] * 1000, 1) if values else None


def calls(operator: str, handler: str, tickets: list[tuple[str, str]]) -> dict[str, Callable[[], bytes]]:
    """What is offered: an intake, a desk, a look-up."""
    numbers, codes = itertools.count(os.getpid() * 1000), itertools.cycle(tickets)

    def intake() -> bytes:
        n = next(numbers)
        person = {"name": "张三", "phone": f"139{n % 100_000_000:08d}"}
        return shot("POST", "/v1/requests", operator, {**FORM, "text": TEXT.format(n=n), "requester": person}).raw

    def look_up() -> bytes:
        number, code = next(codes)
        return shot("GET", f"/public/requests/{number}?code={code}", None).raw

    desk = shot("GET", "/v1/work-orders?limit=50", handler).raw
    return {"intake": intake, "desk list of 50": lambda: desk, "public lookup": look_up}


async def rows(port: int, shedding: bool, options: argparse.Namespace) -> list[dict[str, object]]:
    operator = await login(port, "operator")
    filed = []
    for n in range(200):
        body = {**FORM, "text": TEXT.format(n=n), "category_code": "0203"}
        filed.append(await call(port, shot("POST", "/v1/requests", operator, body).raw))
    handler = await login(port, "unit-" + filed[0]["dispatch"]["unit"]["code"])
    made = calls(operator, handler, [(item["ticket_no"], item["query_code"]) for item in filed])
    found: list[dict[str, object]] = []
    for name, make in made.items():
        if options.only and options.only not in name:
            continue
        expected = 201 if name == "intake" else 200

        def closed(make: Callable[[], bytes] = make, expected: int = expected) -> object:
            ready = shot("GET", "/", None, expected=expected)
            ready.raw = make()
            return ready

        await drive(port, closed, connections=NORMAL_CONNECTIONS, seconds=2)  # warm
        normal = await drive(port, closed, connections=NORMAL_CONNECTIONS, seconds=options.seconds / 2)
        capacity = len(normal.latencies) / normal.seconds
        rate = capacity * options.times
        p99 = sorted(normal.latencies)[int(len(normal.latencies) * 0.99)]
        burst = await open_loop(port, make, rate, options.seconds, options.connections, p99)
        answered = len(burst.accepted) + len(burst.refused)
        values = (
            name, "on" if shedding else "off", round(capacity, 1), round(rate, 1),
            round(len(burst.accepted) / burst.seconds, 1), round(len(burst.refused) / max(1, answered), 2),
            quantile(normal.latencies, 0.5), quantile(normal.latencies, 0.99), quantile(burst.accepted, 0.5),
            quantile(burst.accepted, 0.99), quantile(burst.refused, 0.5), round(burst.recovery, 2),
            burst.errors + normal.errors,
        )  # fmt: skip
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found


def callers(port: int, shedding: bool, options: argparse.Namespace) -> None:
    """In a process of their own."""
    for row in asyncio.run(rows(port, shedding, options)):
        print(json.dumps(row, ensure_ascii=False), flush=True)


def one_service(dsn: str, folder: Path, shedding: bool, options: argparse.Namespace) -> None:
    environment = {"HOTLINE_DATA_DIR": str(folder), "HOTLINE_DATABASE_URL": dsn, "HOTLINE_LOG_LEVEL": "error"}
    environment |= {"HOTLINE_SHED_LOAD": str(shedding).lower()}
    port = free_port()
    service = start(["app.cli", "serve", "--port", str(port)], port, "/readyz", environment)
    try:
        process = multiprocessing.get_context("spawn").Process(target=callers, args=(port, shedding, options))
        process.start()
        process.join()
    finally:
        service.terminate()
        service.wait(60)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bursts", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a burst")
    parser.add_argument("--times", type=float, default=3.0, help="how many times the capacity is offered")
    parser.add_argument("--connections", type=int, default=1000, help="connections that the burst comes over")
    parser.add_argument("--only", help="calls whose name contains this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hotline-bursts-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as server:
            asyncio.run(create(server.dsn("postgres")))
            dsn = server.dsn("hotline")
            environment = {**os.environ, "HOTLINE_DATA_DIR": str(folder), "HOTLINE_DATABASE_URL": dsn}
            for command in (["migrate"], ["seed", "--demo"]):
                subprocess.run([sys.executable, "-m", "app.cli", *command], env=environment, check=True)
            for shedding in (True, False):
                one_service(dsn, folder, shedding, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
