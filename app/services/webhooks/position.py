"""Where a webhook may be put in the history: at a cursor of the feed, at the beginning, at the present end."""

from app.core.database import Connection
from app.domain.errors import invalid
from app.services.feed.position import BEGINNING, MAX_ID, Position, from_cursor, to_cursor

_NOW = "SELECT epoch, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin FROM installation"


async def latest(connection: Connection) -> str:
    """The cursor behind everything that is settled now."""
    row = await connection.fetchrow(_NOW)
    if row is None:
        raise RuntimeError("the installation row is missing")
    return to_cursor(row["epoch"], Position(row["xmin"] - 1, MAX_ID))


async def place(connection: Connection, after: str) -> str:
    """The cursor that `after` means; raises InvalidError for what is none, or is from before a restore."""
    end = await latest(connection)
    if after == "latest":
        return end
    epoch = int(end.partition("-")[0])
    if after == "beginning":
        return to_cursor(epoch, BEGINNING)
    if (position := from_cursor(epoch, after)) > from_cursor(epoch, end):
        raise invalid("/query/after", "cursor", "游标在最新事件之后。", "The cursor lies in the future.")
    return to_cursor(epoch, position)
