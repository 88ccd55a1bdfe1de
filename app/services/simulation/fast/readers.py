"""Lets the readers of the history pass by what was multiplied: nobody is told a million stale messages."""

import asyncio

from app.core.database import Connection
from app.domain.actors import SIMULATOR
from app.services.feed.position import MAX_ID

PATIENCE = 10
PAUSE = 0.2
_SETTLED = "SELECT $1::text::xid8 < pg_snapshot_xmin(pg_current_snapshot())"
_PASS_BY = f"""
UPDATE consumer c SET xid = $1::text::xid8, id = {MAX_ID} FROM installation i
WHERE c.epoch = i.epoch AND c.xid <= $1::text::xid8
    AND NOT EXISTS (SELECT FROM event e JOIN service_request r ON r.id = e.request_id
        WHERE (e.xid, e.id) > (c.xid, c.id) AND e.xid < $1::text::xid8 AND r.filed_by <> $2)
"""


async def pass_by(connection: Connection, xid: str) -> bool:
    """Move readers behind transaction `xid`, if all that they have not read was simulated; whether that could be done.

    Only when every earlier transaction has ended, so that nothing real can be skipped. A reader that is behind
    reads all of it, later and slowly; nothing is lost then either.
    """
    for _ in range(PATIENCE):
        if await connection.fetchval(_SETTLED, xid):
            await connection.execute(_PASS_BY, xid, SIMULATOR.name)
            return True
        await asyncio.sleep(PAUSE)
    return False
