"""Reads what was filed since the last look and sorts it into clusters; closes those that nothing has joined for long.

The position in the history and all that follows from it are one transaction under the position's lock, so that several
workers, or one that is killed half-way, come to the same clusters and the same alerts.
"""

from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection
from app.domain.events import EventKind
from app.services.clusters.gather import gather
from app.services.feed.consumer import UNREAD, anything_new, lock_position, move
from app.services.installation import Installation
from app.services.visibility import open_matter

NAME = "clusters"
BATCH = 200
_READ = f"SELECT e.xid::text AS xid, e.id, e.kind, e.request_id FROM ({UNREAD}) e ORDER BY e.xid, e.id"
_REQUESTS = f"""
SELECT r.id, r.ticket_no, r.title, left(r.text, 600) AS text, r.category_code, r.area_code, r.lat, r.lon,
    tsvector_to_array(r.search) AS words, r.phone_hash, r.channel, r.created_at
FROM service_request r
WHERE r.id = ANY($1) AND {open_matter()} AND r.created_at > $2
    AND NOT EXISTS (SELECT FROM cluster_member m WHERE m.request_id = r.id)
ORDER BY r.id
"""
_OVER = "UPDATE cluster SET state = 'over' WHERE state <> 'over' AND last_at < $1"


async def watch(here: Installation, at: datetime) -> int:
    """Look at all new requests; returns how many joined a cluster. Cheap while nothing happens."""
    window = timedelta(hours=here.settings.cluster_window_hours)
    joined = 0
    while True:
        async with here.database.connection() as connection:
            if not await anything_new(connection, NAME):
                break
        read, more = await here.database.transaction(lambda connection: _batch(connection, here, at))
        joined += more
        if read < BATCH:
            break
    async with here.database.connection() as connection:
        await connection.execute(_OVER, at - window)
    return joined


async def _batch(connection: Connection, here: Installation, at: datetime) -> tuple[int, int]:
    """One batch: how many events were read, how many requests joined a cluster."""
    position = await lock_position(connection, NAME)
    if position is None:
        return 0, 0
    rows = await connection.fetch(_READ, position["xid"], position["id"], BATCH)
    if not rows:
        return 0, 0
    filed = {row["request_id"]: row["id"] for row in rows if row["kind"] == EventKind.REQUEST_RECEIVED}
    since = at - timedelta(hours=here.settings.cluster_window_hours)
    joined = 0
    seen = set[int]()
    for request in await connection.fetch(_REQUESTS, list(filed), since) if filed else ():
        if request["id"] not in seen:
            members = await gather(connection, here, dict[str, Any](request), filed[request["id"]], at)
            seen.update(members)
            joined += len(members)
    await move(connection, NAME, rows[-1])
    return len(rows), joined
