"""Eight writers and twenty polling readers: each reader sees every event exactly once, all in the same order."""

import asyncio
import itertools
import os
import time
from contextlib import suppress

from app.core.clock import now
from app.core.database import Connection
from app.domain.actors import Actor, ActorKind
from app.domain.permissions import Permission
from app.domain.states import Subject
from app.schemas.steps import Supplement
from app.services.workflow.door import Command, act
from support.api import Api
from support.feed import Reader
from support.lives import UNIT, live

SECONDS = float(os.environ.get("FEED_SECONDS", "8"))
WRITERS, READERS = 8, 20
HANDLER = f"unit-{UNIT}"
SLOW = Actor(ActorKind.SYSTEM, "slow", frozenset({Permission.REQUEST_SUPPLEMENT}))


async def quick_writer(api: Api, until: float) -> int:
    """Whole lives through HTTP."""
    written = 0
    while time.monotonic() < until:
        life = await live(api, "submitted")
        written += 4
        await api.step("dispatcher", life.path("request", "review"), decision="approve")
        written += 1
    return written


class ChangedMindError(Exception):
    """Takes a transaction back after it has written its event."""


async def slow_writer(api: Api, until: float, pause: float) -> int:
    """Steps whose transaction stays open for a while after the event was written, now and then taken back."""
    life = await live(api, "assigned")
    written = 2

    async def work(connection: Connection) -> None:
        command = Command(Subject.REQUEST, "supplements", life.ticket_no, Supplement(text="又想起一件事。"))
        reference, settings = api.here.reference.now, api.here.settings
        await act(connection, SLOW, command, reference=reference, settings=settings, at=now())
        await asyncio.sleep(pause)
        if next(turns) % 5 == 4:
            raise ChangedMindError

    turns = itertools.count()
    while time.monotonic() < until:
        with suppress(ChangedMindError):
            await api.here.database.transaction(work)
            written += 1
    return written


async def follow(reader: Reader, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await reader.step()
    await reader.drain()


async def test_every_reader_sees_every_event_once_in_the_same_order(api: Api) -> None:
    readers = [
        Reader(api, "auditor", limit=(3, 17, 50, 200)[number % 4], wait=(0, 0.05, 0.3, 1)[number // 4 % 4])
        for number in range(READERS)
    ]
    unit_readers = [Reader(api, HANDLER, limit=5, wait=0.1), Reader(api, HANDLER, limit=200, wait=1)]
    stop, until = asyncio.Event(), time.monotonic() + SECONDS
    following = [asyncio.create_task(follow(reader, stop)) for reader in readers + unit_readers]
    quick = [quick_writer(api, until) for _ in range(WRITERS - 3)]
    slow = [slow_writer(api, until, pause) for pause in (0.02, 0.08, 0.3)]
    written = sum(await asyncio.gather(*quick, *slow))
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*following)
    async with api.here.database.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT r.ticket_no, e.seq, e.kind, e.unit_code FROM event e JOIN service_request r ON r.id = e.request_id
            ORDER BY e.xid, e.id
            """
        )
    truth = [(row["ticket_no"], row["seq"], row["kind"]) for row in rows]
    assert len(truth) == written
    assert written > 5 * SECONDS, "too little was written to prove anything"
    for reader in readers:
        assert reader.events == truth, (reader.limit, reader.wait, len(reader.events), len(truth))
    for_unit = [event for event, row in zip(truth, rows, strict=True) if row["unit_code"] == UNIT]
    for reader in unit_readers:
        assert reader.events == for_unit
    by_ticket: dict[str, list[int]] = {}
    for ticket, seq, _ in truth:
        by_ticket.setdefault(ticket, []).append(seq)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_ticket.values())
