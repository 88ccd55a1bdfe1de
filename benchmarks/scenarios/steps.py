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
from benchmarks.stamping import Stamps, beside, stamp

RATE = 1500
"""Most steps a second that copies are made for; who is faster is measured until they are used up."""
PGBENCH_RATE = 20
"""Steps of each pgbench client for each second of the plan."""


@dataclass(frozen=True)
class Prepared:
    """A step and the requests it can be taken on. `suffix` follows the ticket in the number that it is taken on."""

    way: Way
    form: dict[str, Any] | None
    token: str | None
    stamps: Stamps
    place: str
    suffix: str
    change: Change

    def body(self, ticket_no: str) -> dict[str, Any] | None:
        """The form for a copy; what follows another request names the copy's own master."""
        return {"into": self.stamps.master(ticket_no)} if "merge" in self.way.step.split() else self.form


async def prepared(site: Site, way: Way, count: int, spare: int) -> Prepared:
    """Bring one request to where the step begins, copy it, then take the step on it and see what it wrote."""
    life = await Life.begin(site, way)
    number, place = life.number(way.step), life.place(way.step)
    tickets = life.tickets()
    stamps = await stamp(site, tickets, count, spare)
    if way.by_code:
        await site.give_code(stamps.tickets(), life.numbers["code"])
    before = await snapshot(site, *tickets)
    await life.take(way.step)
    written = await change(site, before, await snapshot(site, *tickets), beside(tickets, "$1::text"), number)
    suffix = number.removeprefix(life.ticket_no)
    user, body = life.user(way.step), life.body(way.step)
    return Prepared(way, body, None if way.by_code else await site.token(user), stamps, place, suffix, written)


def pgbench_script(done: Prepared, runs: int) -> Script:
    """Every client takes the step once on each of its own copies."""
    first = done.stamps.count + 1
    ticket = f"('{done.stamps.prefix}' || lpad((:n)::text, 6, '0'))"
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
            path = f"/{done.place}/{ticket}{done.suffix}/{action}"
            return shot("POST", path, done.token, done.body(ticket)) if ticket else None

        def floor(numbers: Iterator[str] = bare) -> Shot | None:
            ticket = next(numbers, None)
            return shot("POST", f"/step/{key}/{ticket}", None, done.body(ticket)) if ticket else None

        return Ready(repeat(service), repeat(floor), pgbench_script(done, runs))

    return Scenario(name, prepare)


SCENARIOS = [_scenario(f"step: {name}", way) for name, way in STEPS.items()]
