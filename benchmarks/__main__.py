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
from benchmarks.options import options
from benchmarks.processes import allow_files, writable_by_all
from benchmarks.profile import profile
from benchmarks.scenarios import SCENARIOS
from benchmarks.site import POSTGRES, Site, open_site


def chosen(wanted: list[str]) -> list[Scenario]:
    """The scenarios whose name contains any of the texts; all without a text."""
    return [scenario for scenario in SCENARIOS if not wanted or any(text in scenario.name for text in wanted)]


async def run(given: argparse.Namespace, server: EmbeddedPostgres, folder: Path) -> list[Row]:
    """Measure and print call after call."""
    plan = Plan(given.seconds, given.turns, given.connections, not given.no_pgbench)
    profiled = folder / "bench.profile" if given.profile else None
    async with open_site(folder, server, given.orders, profiled) as site:
        await prepare_floor(site)
        if profiled:
            for scenario in chosen([given.profile]):
                print(await profile(site, scenario, plan, profiled), flush=True)
            return []
        return await table_of(site, plan, chosen(given.only), as_json=given.json)


async def prepare_floor(site: Site) -> None:
    """Give the floor its tables and what it reads."""
    await create_floor(site.admin)
    for name, script in SCRIPTS.items():
        await site.teach(name, script)
    # What the copy left to be written and tidied must not fall into the first call's time.
    await site.admin.execute("VACUUM ANALYZE")
    await site.admin.execute("CHECKPOINT")


async def table_of(site: Site, plan: Plan, scenarios: list[Scenario], *, as_json: bool) -> list[Row]:
    """Measure the scenarios one after the other; each row is printed when it is there."""
    if not as_json:
        print(table.head())
    rows = []
    for scenario in scenarios:
        rows.append(await measure(site, scenario, plan))
        table.show(rows[-1], as_json=as_json)
    return rows


def main() -> int:
    """0 when every row has figures, 1 when there were errors, 2 when no such call is known."""
    given = options()
    if not chosen(given.only):
        print(f"no call's name contains {' or '.join(given.only)}; see --list", file=sys.stderr)
        return 2
    if given.list:
        print("\n".join(scenario.name for scenario in chosen(given.only)))
        return 0
    allow_files()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = given.data.resolve() if given.data else Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        with (
            EmbeddedPostgres(writable_by_all(folder) / "postgres", settings=POSTGRES) as server,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            rows = runner.run(run(given, server, folder))
        if exit_code(rows):
            print((folder / "service.log").read_text()[-2000:], file=sys.stderr)
    return exit_code(rows)


def exit_code(rows: list[Row]) -> int:
    """1 when any row has errors."""
    return int(any(row.errors for row in rows))


if __name__ == "__main__":
    sys.exit(main())
