"""One poll of the feed: what is new after a cursor, or a wait for it."""

import asyncio
from datetime import datetime
from typing import Any

from app.core.admission import step_aside
from app.core.database import Row
from app.domain.actors import Actor
from app.services.feed.hub import Hub
from app.services.feed.position import BEGINNING, Position, from_cursor, to_cursor
from app.services.feed.rows import item, position_of, read_after
from app.services.installation import Installation

LATEST = "latest"


async def poll(
    here: Installation, hub: Hub, actor: Actor, after: str | None, wait: float, limit: int, now: datetime
) -> dict[str, Any]:
    """Items after the cursor in commit order and the cursor to go on from; waits up to `wait` seconds for news."""
    position = hub.head if after == LATEST else from_cursor(hub.epoch, after) if after else BEGINNING
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        rows, position = await _read(here, hub, actor, position, limit)
        if rows:
            break
        left = deadline - asyncio.get_running_loop().time()
        if left > 0 and hub.head > position:
            continue  # news came while the statement ran
        step_aside()
        if not await hub.news(left):
            break
    return {
        "items": [item(row, hub.epoch, here, actor, now) for row in rows],
        "next_cursor": to_cursor(hub.epoch, position),
    }


async def _read(
    here: Installation, hub: Hub, actor: Actor, position: Position, limit: int
) -> tuple[list[Row], Position]:
    """Rows after the position and where to go on: behind the last row, or at the head when there is no more."""
    head = hub.head
    if hub.covers(position):
        rows = hub.after(position, actor, limit)
    else:
        async with here.database.connection() as connection:
            rows = await read_after(connection, position, actor, limit)
    if len(rows) == limit:
        return rows, position_of(rows[-1])
    return rows, max(position, head, *(position_of(row) for row in rows[-1:]))
