"""One poll of the feed: what is new after a cursor, or a wait for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from app.core.admission import step_aside
from app.core.database import Row
from app.domain.actors import Actor
from app.services.feed.hub import Hub
from app.services.feed.position import BEGINNING, Position, from_cursor, to_cursor
from app.services.feed.rows import item, position_of, read_after
from app.services.installation import Installation

LATEST = "latest"


Who = Callable[[], Actor]
"""The reader as of now; raises UnauthenticatedError or ForbiddenError when the right to read is gone."""


class Found(NamedTuple):
    """Rows after a position, where to go on, whether the hub had them in memory, and for whom they were read."""

    actor: Actor
    rows: list[Row]
    position: Position
    kept: bool


Maker = Callable[[Installation, Hub, Found, datetime], list[Any]]


def items_anew(here: Installation, hub: Hub, found: Found, now: datetime) -> list[Any]:
    """Items as objects, made for this reader alone."""
    return [item(row, hub.epoch, here, found.actor, now) for row in found.rows]


def items_as_bytes(here: Installation, hub: Hub, found: Found, now: datetime) -> list[Any]:
    """Items as bytes: an event that many read is written down once for each kind of reader."""
    if found.kept:
        return hub.items(here, found.actor, found.rows, now)
    return items_anew(here, hub, found, now)


async def poll(
    here: Installation,
    hub: Hub,
    who: Who,
    after: str | None,
    wait: float,
    limit: int,
    now: datetime,
    make: Maker = items_anew,
) -> dict[str, Any]:
    """Items after the cursor in commit order and the cursor to go on from; waits up to `wait` seconds for news."""
    found = await _wait(here, hub, who, after, wait, limit)
    return {"items": make(here, hub, found, now), "next_cursor": to_cursor(hub.epoch, found.position)}


async def _wait(here: Installation, hub: Hub, who: Who, after: str | None, wait: float, limit: int) -> Found:
    """What there is after the cursor, or what comes within `wait` seconds.

    Who has waited is asked anew who it is: in half a minute a user may be put out of service or be given other roles.
    """
    actor = who()
    position = hub.head if after == LATEST else from_cursor(hub.epoch, after) if after else BEGINNING
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        found = await _read(here, hub, actor, position, limit)
        position = found.position
        if found.rows:
            return found
        left = deadline - asyncio.get_running_loop().time()
        if left > 0 and hub.head > position:
            continue  # news came while the statement ran
        step_aside()
        told, actor = await hub.news(actor, left), who()
        if not told:
            # What came meanwhile was for others: the next poll need not look through it.
            return await _read(here, hub, actor, position, limit) if hub.covers(position) else found


async def _read(here: Installation, hub: Hub, actor: Actor, position: Position, limit: int) -> Found:
    """Rows after the position and where to go on: behind the last row, or at the head when there is no more."""
    head, kept = hub.head, hub.covers(position)
    if kept:
        rows = hub.after(position, actor, limit)
    else:
        async with here.database.connection() as connection:
            rows = await read_after(connection, position, actor, limit)
    if len(rows) == limit:
        return Found(actor, rows, position_of(rows[-1]), kept)
    return Found(actor, rows, max(position, head, *(position_of(row) for row in rows[-1:])), kept)
