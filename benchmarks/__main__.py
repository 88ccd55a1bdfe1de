"""`make bench`: the real service and the floor, driven in turn in the same run; prints one table."""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import orjson
import psutil

from app.core.embedded_postgres import EmbeddedPostgres
from benchmarks.client import Sample, drive, send, shot
from benchmarks.scenarios import FORM, TEXT, Prepared, Scenario, scenarios

COLUMNS = ("call", "rps", "p50_ms", "p99_ms", "cpu_ms", "statements", "ratio_to_floor", "errors")
STATEMENTS = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query !~ 'pg_stat_statements'"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: list[str], port: int, path: str, environment: dict[str, str]) -> psutil.Popen:
    process = psutil.Popen([sys.executable, "-m", *command], env={**os.environ, **environment})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                probe.sendall(f"GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n".encode())
                if b" 200 " in probe.recv(64):
                    return process
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{command} did not start")


async def call(port: int, request: bytes) -> dict:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    _, body = await send(reader, writer, request)
    writer.close()
    return orjson.loads(body)


async def login(port: int, user: str) -> str:
    form = f"username={user}&password=demo"
    head = f"POST /v1/auth/token HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(form)}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    return str((await call(port, (head + form).encode()))["access_token"])


async def prepare(port: int, count: int) -> Prepared:
    """File requests of one unit, so that there is something to accept, list and look up."""
    operator = await login(port, "operator")
    filed = []
    for n in range(count):
        body = {**FORM, "text": TEXT.format(n=n), "category_code": "0203"}
        filed.append(await call(port, shot("POST", "/v1/requests", operator, body).raw))
    handler = await login(port, "unit-" + filed[0]["dispatch"]["unit"]["code"])
    tickets = [(item["ticket_no"], item["query_code"]) for item in filed]
    return Prepared(operator, handler, tickets, [item["dispatch"]["work_order_no"] for item in filed])


async def recent_cursor(port: int, ready: Prepared) -> str:
    """The feed's end, and then some sixty events after it."""
    end = await call(port, shot("GET", "/v1/feed?after=latest", ready.handler).raw)
    for number in ready.orders[-60:]:
        await call(port, shot("POST", f"/v1/work-orders/{number}/accept", ready.handler).raw)
    return str(end["next_cursor"])


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def figures(scenario: Scenario, sample: Sample, floor: Sample, cpu_s: float, statements: int) -> dict[str, object]:
    ordered = sorted(sample.latencies)
    count = len(ordered)
    rate, floor_rate = count / sample.seconds, len(floor.latencies) / floor.seconds
    values = (
        scenario.name,
        round(rate, 1),
        round(statistics.median(ordered) * 1000, 2),
        round(ordered[int(count * 0.99)] * 1000, 2),
        round(cpu_s / count * 1000, 2),
        round(statements / count, 1),
        round(rate / floor_rate, 2),
        sample.errors + floor.errors,
    )
    return dict(zip(COLUMNS, values, strict=True))


async def measure(
    scenario: Scenario, ports: tuple[int, int], service: psutil.Process, dsn: str, options: argparse.Namespace
) -> dict[str, object]:
    """The service and the floor in turn, several times, so that drift cancels."""
    sample, floor, cpu_s, statements = Sample(), Sample(), 0.0, 0
    probe = await asyncpg.connect(dsn)
    for _ in range(options.turns):
        seconds = options.seconds / options.turns
        before, spent = await probe.fetchval(STATEMENTS), cpu(service)
        part = await drive(ports[0], scenario.make, connections=options.connections, seconds=seconds)
        statements += await probe.fetchval(STATEMENTS) - before
        cpu_s += cpu(service) - spent
        other = await drive(ports[1], scenario.floor, connections=options.connections, seconds=seconds)
        for total, piece in ((sample, part), (floor, other)):
            total.seconds += piece.seconds
            total.latencies += piece.latencies
            total.errors += piece.errors
    await probe.close()
    return figures(scenario, sample, floor, cpu_s, statements)


def show(row: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print(f"{row['call']!s:24}" + "".join(f"{row[name]!s:>15}" for name in COLUMNS[1:]), flush=True)


async def run(options: argparse.Namespace, server: EmbeddedPostgres, folder: Path) -> int:
    dsn = server.dsn("hotline")
    environment = {"HOTLINE_DATA_DIR": str(folder), "HOTLINE_DATABASE_URL": dsn, "HOTLINE_LOG_LEVEL": "warning"}
    environment |= {"HOTLINE_LOGIN_ATTEMPTS": "1000"}
    for command in (["migrate"], ["seed", "--demo"]):
        subprocess.run([sys.executable, "-m", "app.cli", *command], env={**os.environ, **environment}, check=True)
    ports = free_port(), free_port()
    service = start(["app.cli", "serve", "--port", str(ports[0])], ports[0], "/readyz", environment)
    bare = ["uvicorn", "benchmarks.floor:app", "--port", str(ports[1]), "--no-access-log", "--log-level", "warning"]
    floor = start(bare, ports[1], "/empty", {"FLOOR_DSN": dsn})
    failed = 0
    try:
        probe = await asyncpg.connect(dsn)
        await probe.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await probe.close()
        ready = await prepare(ports[0], options.orders)
        if not options.json:
            print(f"{'call':24}" + "".join(f"{name:>15}" for name in COLUMNS[1:]))
        for scenario in scenarios(ready, await recent_cursor(ports[0], ready)):
            if options.only and options.only not in scenario.name:
                continue
            row = await measure(scenario, ports, service, dsn, options)
            failed += bool(row["errors"])
            show(row, as_json=options.json)
    finally:
        for process in (service, floor):
            process.terminate()
            process.wait(30)
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--seconds", type=float, default=4.0, help="for the service and the floor each, a call")
    parser.add_argument("--turns", type=int, default=4, help="how often service and floor alternate")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--orders", type=int, default=2000, help="prepared requests")
    parser.add_argument("--only", help="scenarios whose name contains this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as server:
            asyncio.run(create(server.dsn("postgres")))
            return asyncio.run(run(options, server, folder))


async def create(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE DATABASE hotline")
    await connection.close()


if __name__ == "__main__":
    sys.exit(main())
