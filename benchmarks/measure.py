"""Drives the service and the floor in short turns, so that drift of the machine meets both alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import psutil

from benchmarks.client import Source, UnexpectedAnswerError, drive
from benchmarks.figures import Row, Side, row_of
from benchmarks.pgbench import Script, tps
from benchmarks.processes import cpu, cpu_below, spent
from benchmarks.site import Site

COUNT = """
SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'
"""
"""Statements since they were forgotten, BEGIN and COMMIT among them."""
FORGET = "SELECT pg_stat_statements_reset()"
WARM_SECONDS = 0.2


@dataclass(frozen=True)
class Plan:
    """How long: seconds for each side of a call, in so many turns, over so many connections."""

    seconds: float = 2.0
    turns: int = 6
    connections: int = 8
    pgbench: bool = True

    @property
    def turn(self) -> float:
        """Seconds of one turn."""
        return self.seconds / self.turns

    def uses(self, rate: int) -> int:
        """Most calls that a call of so many a second can make in all its turns, and to warm up."""
        return int(rate * (self.seconds + self.warm)) + 2 * (self.turns + 1) * self.connections

    @property
    def warm(self) -> float:
        """Seconds of driving before anything is measured."""
        return min(WARM_SECONDS, self.turn)


@dataclass(frozen=True)
class Ready:
    """A prepared scenario: what is said to the service, to the floor, and what pgbench runs."""

    service: Source
    floor: Source | None = None
    script: Script | None = None


@dataclass(frozen=True)
class Scenario:
    """A call of the table. `prepare` makes what it needs; `run` instead measures in a way of its own."""

    name: str
    prepare: Callable[[Site, Plan], Awaitable[Ready]] | None = None
    run: Callable[[Site, Plan, str], Awaitable[Row]] | None = None


async def measure(site: Site, scenario: Scenario, plan: Plan) -> Row:
    """The scenario's row; one without figures when it could not even be prepared."""
    try:
        return await _measure(site, scenario, plan)
    except (UnexpectedAnswerError, asyncpg.PostgresError) as error:
        return Row(scenario.name, errors=1, why=f"{type(error).__name__}: {error}")


async def _measure(site: Site, scenario: Scenario, plan: Plan) -> Row:
    if scenario.run:
        return await scenario.run(site, plan, scenario.name)
    assert scenario.prepare
    ready = await scenario.prepare(site, plan)
    sides = [(site.service_port, site.service, ready.service, Side())]
    if ready.floor:
        sides.append((site.floor_port, site.floor, ready.floor, Side()))
    for port, _, source, _ in sides:
        await drive(port, source, connections=plan.connections, seconds=plan.warm)
    for _ in range(plan.turns):
        for port, process, source, side in sides:
            await _turn(site, plan, port, process, source, side)
        if any(side.sample.errors for *_, side in sides):
            break
    rate = None
    if ready.script and plan.pgbench:
        rate = await tps(site, ready.script, connections=plan.connections, seconds=plan.seconds / 2)
    return row_of(scenario.name, sides[0][3], sides[1][3] if ready.floor else None, rate)


async def _turn(site: Site, plan: Plan, port: int, process: psutil.Process, source: Source, side: Side) -> None:
    await site.admin.execute(FORGET)
    mine, databases = cpu(process), cpu_below(site.postgres)
    sample = await drive(port, source, connections=plan.connections, seconds=plan.turn)
    used = cpu(process) - mine, spent(databases, cpu_below(site.postgres))
    side.add(sample, *used, await site.admin.fetchval(COUNT))
