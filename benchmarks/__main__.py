"""`make bench`: the real service and the floor, driven in turn in the same run; prints one table."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import uvloop

from app.core.embedded_postgres import EmbeddedPostgres
from benchmarks import table
from benchmarks.figures import Row
from benchmarks.floor.reads import SCRIPTS
from benchmarks.floor.schema import create_floor
from benchmarks.measure import Plan, Scenario, measure
from benchmarks.processes import writable_by_all
from benchmarks.scenarios import SCENARIOS
from benchmarks.site import POSTGRES, open_site


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--list", action="store_true", help="name the calls and stop")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="calls whose name contains this")
    parser.add_argument("--seconds", type=float, default=3.0, help="for the service and the floor each, a call")
    parser.add_argument("--turns", type=int, default=6, help="how often service and floor alternate")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--orders", type=int, default=0, help="lives that are in the database beforehand")
    parser.add_argument("--data", type=Path, help="folder of the installation, kept; a fresh one unless given")
    parser.add_argument("--no-pgbench", action="store_true", help="leave pgbench out")
    return parser.parse_args(arguments)


def chosen(wanted: list[str]) -> list[Scenario]:
    """The scenarios whose name contains any of the texts; all without a text."""
    return [scenario for scenario in SCENARIOS if not wanted or any(text in scenario.name for text in wanted)]


async def run(given: argparse.Namespace, server: EmbeddedPostgres, folder: Path) -> list[Row]:
    """Measure and print call after call."""
    plan = Plan(given.seconds, given.turns, given.connections, not given.no_pgbench)
    rows = []
    async with open_site(folder, server, given.orders, None) as site:
        await create_floor(site.admin)
        for name, script in SCRIPTS.items():
            await site.teach(name, script)
        if not given.json:
            print(table.head())
        for scenario in chosen(given.only):
            rows.append(await measure(site, scenario, plan))
            table.show(rows[-1], as_json=given.json)
    return rows


def main() -> int:
    """0 when every row has figures, 1 when there were errors."""
    given = options()
    if given.list:
        print("\n".join(scenario.name for scenario in chosen(given.only)))
        return 0
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = writable_by_all(given.data.resolve() if given.data else Path(name))
        with (
            EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as server,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            rows = runner.run(run(given, server, folder))
    return int(any(row.errors for row in rows))


if __name__ == "__main__":
    sys.exit(main())
