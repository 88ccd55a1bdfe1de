"""How far a reader of the settled history has come: one row a reader, whose lock makes it the only one at work.

What a reader does with the events is committed together with its position: each event is considered exactly once, by
one worker, whatever is killed when.
"""

from app.core.database import Connection, Row
from app.services.feed.position import MAX_ID

UNREAD = """
SELECT e.* FROM event e WHERE (e.xid, e.id) > ($1::text::xid8, $2) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.xid, e.id LIMIT $3
"""
_POSITION = """
SELECT c.xid::text AS xid, c.id, c.epoch = i.epoch AS valid FROM consumer c CROSS JOIN installation i WHERE c.name = $1
"""
_BEGIN_HERE = f"""
INSERT INTO consumer (name, epoch, xid, id)
SELECT $1, epoch, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, {MAX_ID} FROM installation
ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, xid = excluded.xid, id = excluded.id
"""
_MOVE = "UPDATE consumer SET xid = $2::text::xid8, id = $3 WHERE name = $1"


async def anything_new(connection: Connection, name: str) -> bool:
    """Whether the reader has something to do; takes no lock."""
    position = await connection.fetchrow(_POSITION, name)
    if position is None or not position["valid"]:
        return True
    return await connection.fetchrow(UNREAD, position["xid"], position["id"], 1) is not None


async def lock_position(connection: Connection, name: str) -> Row | None:
    """The position, locked; None when another worker holds it, or none is valid."""
    position = await connection.fetchrow(f"{_POSITION} FOR UPDATE OF c SKIP LOCKED", name)
    if position is not None and position["valid"]:
        return position
    if position is not None or not await _exists(connection, name):
        await connection.execute(_BEGIN_HERE, name)  # after a restore nothing is considered once more
    return None


async def move(connection: Connection, name: str, last: Row) -> None:
    """Everything up to and with the event `last` has been considered."""
    await connection.execute(_MOVE, name, last["xid"], last["id"])


async def _exists(connection: Connection, name: str) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM consumer WHERE name = $1)", name))
