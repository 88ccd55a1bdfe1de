"""`python -m benchmarks.bursts`: what the service carries, then three times as much, with and without shedding load.

Prints a row for each call and way: what was carried before over 8 connections, and what became of a burst.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from app.core.embedded_postgres import EmbeddedPostgres
from benchmarks.client import Shot, ask, drive, repeat, shot
from benchmarks.figures import percentile
from benchmarks.open_loop import burst
from benchmarks.processes import allow_files, free_port, running, writable_by_all
from benchmarks.scenarios.intake import form
from benchmarks.site import install, login_shot
from benchmarks.table import meanings, short

COLUMNS = {
    "carried": "calls a second that 8 connections were served before the burst",
    "usual_p99_ms": "and how long all but one of a hundred took at most",
    "offered": "calls a second in the burst",
    "accepted": "of them served a second, until the last was answered",
    "p50_ms": "how long half of those served took at most, from when they were due",
    "p99_ms": "and all but one of a hundred",
    "refused": "share that was refused with 503",
    "refusal_ms": "how long half of the refusals took at most",
    "recovery_s": "seconds after the burst until single calls are served in the usual time; none: not within two minutes",
    "errors": "other answers, and none; the row has no figures then, and the exit code is 1",
}
NORMAL_CONNECTIONS = 8
FILED = 200
"""Requests that are looked up and stand on the desk."""
Offers = dict[str, Callable[[], Shot]]


def options() -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.bursts",
        description=__doc__,
        epilog=meanings(COLUMNS),
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a burst (default: %(default)s)")
    parser.add_argument("--times", type=float, default=3.0, help="times what was carried (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=1000, help="the burst comes over (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="calls whose name contains this")
    parser.add_argument("--json", action="store_true", help="one object a row")
    return parser.parse_args()


async def offers(port: int) -> Offers:
    """What is offered: a filing, a desk, a look-up."""
    token = await _token(port, "operator")
    numbers = itertools.count(1)

    def filing() -> Shot:
        return shot("POST", "/v1/requests", token, form(next(numbers)), expected=201)

    filed = [await ask(port, filing()) for _ in range(FILED)]
    sent = [item["dispatch"]["unit"]["code"] for item in filed if item["dispatch"]]
    desk = shot("GET", "/v1/work-orders?limit=50", await _token(port, f"unit-{max(sent, key=sent.count)}"))
    looks = itertools.cycle(
        [shot("GET", f"/public/requests/{item['ticket_no']}?code={item['query_code']}") for item in filed]
    )
    return {"intake": filing, "desk list of 50": lambda: desk, "public lookup": lambda: next(looks)}


async def _token(port: int, user: str) -> str:
    return str((await ask(port, login_shot(user)))["access_token"])


async def measured(port: int, make: Callable[[], Shot], given: argparse.Namespace) -> dict[str, Any]:
    """One row: the usual first, then the burst."""
    await drive(port, repeat(make), connections=NORMAL_CONNECTIONS, seconds=given.seconds / 10)  # warm
    usual = await drive(port, repeat(make), connections=NORMAL_CONNECTIONS, seconds=given.seconds / 2)
    if usual.errors:
        return {"errors": usual.errors, "why": usual.first_error}
    p99, rate = percentile(usual.latencies, 0.99), usual.rate * given.times
    found = await burst(port, make, rate=rate, seconds=given.seconds, connections=given.connections, usual=p99)
    if found.errors:
        return {"errors": found.errors, "why": found.first_error}
    answered = len(found.latencies) + len(found.refused)
    return {
        "carried": round(usual.rate, 1),
        "usual_p99_ms": _ms(usual.latencies, 0.99),
        "offered": round(rate, 1),
        "accepted": round(found.rate, 1),
        "p50_ms": _ms(found.latencies, 0.5),
        "p99_ms": _ms(found.latencies, 0.99),
        "refused": round(len(found.refused) / answered, 2),
        "refusal_ms": _ms(found.refused, 0.5),
        "recovery_s": None if found.recovery is None else round(found.recovery, 2),
        "errors": 0,
    }


def _ms(times: list[float], share: float) -> float | None:
    return round(percentile(times, share) * 1000, 1) if times else None


def show(call: str, shedding: bool, row: dict[str, Any], *, as_json: bool) -> None:
    """Print a row at once."""
    if as_json:
        print(json.dumps({"call": call, "shedding": shedding, **row}, ensure_ascii=False), flush=True)
        return
    told = "".join(f"{short(row.get(name)):>14}" for name in COLUMNS)
    print(f"{call:18}{'yes' if shedding else 'no':9}{told}", *filter(None, [row.get("why")]), flush=True)


async def run(given: argparse.Namespace, server: EmbeddedPostgres, folder: Path) -> int:
    """Measure and print row after row; how many calls went wrong."""
    environment, errors = await install(folder, server), 0
    if not given.json:
        print(f"{'call':18}{'shedding':9}" + "".join(f"{name:>14}" for name in COLUMNS))
    for shedding in (True, False):
        port = free_port()
        told = {**environment, "HOTLINE_SHED_LOAD": str(shedding)}
        with running(["app.cli", "serve", "--port", str(port)], port, "/readyz", told, folder / "service.log"):
            for call, make in (await offers(port)).items():
                if given.only in call:
                    row = await measured(port, make, given)
                    show(call, shedding, row, as_json=given.json)
                    errors += row["errors"]
    return errors


def main() -> int:
    """0 when every row has figures, else 1."""
    given = options()
    allow_files()
    with tempfile.TemporaryDirectory(prefix="hotline-bursts-") as name:
        folder = writable_by_all(Path(name))
        with (
            EmbeddedPostgres(folder / "postgres") as server,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return int(runner.run(run(given, server, folder)) > 0)


if __name__ == "__main__":
    sys.exit(main())
