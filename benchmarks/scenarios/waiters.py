"""A thousand clients that wait: what they cost while nothing happens, and how soon each is told of a commit."""

import asyncio
import time
from collections.abc import Callable

from benchmarks.client import Sample, Shot, Talk, drive
from benchmarks.figures import Row, percentile
from benchmarks.measure import Plan, Scenario
from benchmarks.processes import cpu
from benchmarks.scenarios.feed import ITEM, USER, bare, head, ours, position
from benchmarks.scenarios.news import News, newspapers
from benchmarks.site import Site

WAITERS_A_CONNECTION = 125
"""So that the usual eight connections stand for a thousand clients."""
IDLE_SHARE = 10
"""Seconds of waiting for each second of the plan: twenty, usually."""
LONGEST_WAIT = 30


async def _told(
    port: int, poll: Shot, waiters: int, paper: News, idle: Callable[[], object]
) -> tuple[list[float], Sample]:
    """Seconds from just before the commit until each of the clients had the news."""
    heard: list[float] = []

    def talk() -> Talk:
        yield poll
        heard.append(time.perf_counter())

    waiting = asyncio.create_task(drive(port, talk, connections=waiters, seconds=LONGEST_WAIT))
    await idle()  # type: ignore[misc]
    began = time.perf_counter()
    await paper.write()
    sample = await waiting
    return [at - began for at in heard], sample


async def _wait(site: Site, plan: Plan, name: str) -> Row:
    waiters = WAITERS_A_CONNECTION * plan.connections
    papers = await newspapers(site, 1)
    token, cursor = await site.token(USER), await head(site)
    seconds = min(plan.seconds * IDLE_SHARE, LONGEST_WAIT - 8)
    used = []

    async def idle() -> None:
        await asyncio.sleep(1.5)
        await site.settle()
        before = cpu(site.service)
        await asyncio.sleep(seconds)
        used.append(cpu(site.service) - before)

    polls = Shot(ours(token, cursor, LONGEST_WAIT).raw, needs=ITEM, last=False)
    spent = cpu(site.service)
    told, sample = await _told(site.service_port, polls, waiters, papers[0], idle)
    spent = cpu(site.service) - spent
    floor_poll = Shot(bare(position(cursor), LONGEST_WAIT).raw, needs=ITEM, last=False)
    floor_told, floor_sample = await _told(site.floor_port, floor_poll, waiters, papers[1], lambda: asyncio.sleep(2))
    row = Row(name, errors=sample.errors + floor_sample.errors, why=sample.first_error or floor_sample.first_error)
    if row.errors or len(told) < waiters:
        row.errors = row.errors or waiters - len(told)
        return row
    row.rps = round(waiters / max(told), 1)
    row.floor_rps = round(waiters / max(floor_told), 1)
    row.p50_ms, row.p99_ms = (round(percentile(told, share) * 1000, 2) for share in (0.5, 0.99))
    row.cpu_ms = round((spent - used[0]) / waiters * 1000, 3)
    row.ratio_to_floor = round(percentile(floor_told, 0.5) / percentile(told, 0.5), 3)
    row.statements = 0.0
    row.more = {"idle_cpu_percent": round(used[0] / seconds * 100, 2), "waiters": waiters}
    return row


SCENARIOS = [Scenario("feed, a thousand waiting", run=_wait)]
