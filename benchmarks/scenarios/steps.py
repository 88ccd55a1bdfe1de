"""Steps of the workflow, each on requests that stand where it begins; the floor writes what one step wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.client import Shot, repeat, shot
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.pgbench import Script
from benchmarks.recording import Change, change, snapshot
from benchmarks.scenarios.ways import STEPS, Life, Way
from benchmarks.site import Site
from benchmarks.stamping import Stamps, stamp

RATE = 1500
"""Most steps a second that copies are made for; who is faster is measured until they are used up."""
PGBENCH_RATE = 20
"""Steps of each pgbench client for each second of the plan."""


@dataclass(frozen=True)
class Prepared:
    """A step and the requests it can be taken on. `suffix` follows the ticket in the number that it is taken on."""

    way: Way
    body: dict[str, Any] | None
    token: str
    stamps: Stamps
    place: str
    suffix: str
    change: Change


async def prepared(site: Site, way: Way, count: int, spare: int) -> Prepared:
    """Bring one request to where the step begins, copy it, then take the step on it and see what it wrote."""
    life = await Life.begin(site, way)
    number, place = life.number(way.step), life.place(way.step)
    stamps = await stamp(site, life.ticket_no, count, spare)
    before = await snapshot(site, life.ticket_no)
    await life.take(way.step)
    written = await change(site, before, await snapshot(site, life.ticket_no), life.ticket_no, number)
    suffix = number.removeprefix(life.ticket_no)
    user, body = life.user(way.step), life.body(way.step)
    return Prepared(way, body, await site.token(user), stamps, place, suffix, written)


def pgbench_script(done: Prepared, runs: int) -> Script:
    """Every client takes the step once on each of its own copies."""
    first = done.stamps.count + 1
    ticket = f"('{done.stamps.prefix}' || lpad((:n)::text, 7, '0'))"
    lines = [
        "\\set i :i + 1",
        f"\\set n {first - 1} + :client_id * {runs} + :i",
        "BEGIN;",
        *(" ".join(query.replace("$1", ticket).split()) + ";" for query in (done.change.lock, done.change.write)),
        "COMMIT;",
    ]  # fmt: skip
    return Script("\n".join(lines), runs=runs)


def _scenario(name: str, way: Way) -> Scenario:
    async def prepare(site: Site, plan: Plan) -> Ready:
        count = plan.uses(RATE)
        runs = max(2, int(PGBENCH_RATE * plan.seconds)) if plan.pgbench else 0
        done = await prepared(site, way, count, runs * plan.connections)
        key = re.sub(r"\W+", "-", name)
        await site.teach(key, [done.change.lock, done.change.write])
        ours, bare = iter(done.stamps.tickets()), iter(done.stamps.tickets())
        action = way.step.split()[2]

        def service(numbers: Iterator[str] = ours) -> Shot | None:
            ticket = next(numbers, None)
            path = f"/v1/{done.place}/{ticket}{done.suffix}/{action}"
            return shot("POST", path, done.token, done.body) if ticket else None

        def floor(numbers: Iterator[str] = bare) -> Shot | None:
            ticket = next(numbers, None)
            return shot("POST", f"/step/{key}/{ticket}", None, done.body) if ticket else None

        return Ready(repeat(service), repeat(floor), pgbench_script(done, runs))

    return Scenario(name, prepare)


SCENARIOS = [_scenario(f"step: {name}", way) for name, way in STEPS.items()]
