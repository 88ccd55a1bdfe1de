"""How far webhooks lag behind: what their users could see and have not been sent. One statement for a whole page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.errors import InvalidError
from app.services.feed.position import Position, from_cursor
from app.services.installation import Installation
from app.services.webhooks.hook import owner

MOST = 1000
"""Events looked at for each webhook; with a filter of kinds not all of them count."""
_NEXT = f"""
(e.xid, e.id) > (h.xid::xid8, h.id) AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.xid, e.id LIMIT {MOST}
"""
_WAITING = f"""
SELECT h.number, count(*) FILTER (WHERE w.kind = ANY (v.events) OR v.events = '{{}}') AS events,
       count(w.at) = {MOST} AS more, min(w.at) FILTER (WHERE w.kind = ANY (v.events) OR v.events = '{{}}') AS oldest
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[]) AS h(number, xid, id, sees_all)
JOIN webhook v ON v.id = h.number
CROSS JOIN LATERAL (
    (SELECT e.kind, e.at FROM event e WHERE h.sees_all AND {_NEXT})
    UNION ALL
    (SELECT e.kind, e.at FROM unnest($5::bigint[], $6::text[]) AS u(number, code) CROSS JOIN LATERAL (
        SELECT e.kind, e.at, e.xid, e.id FROM event e WHERE e.unit_code = u.code AND {_NEXT}) e
     WHERE u.number = h.number AND NOT h.sees_all ORDER BY e.xid, e.id LIMIT {MOST})
    ) w
GROUP BY h.number
"""


async def waiting(
    here: Installation, connection: Connection, hooks: Sequence[Mapping[str, Any]], at: datetime
) -> dict[int, dict[str, Any] | None]:
    """By id, what waits for each webhook (rows with `id`, `user_id`, `position`); None where nobody may read."""
    epoch = await connection.fetchval("SELECT epoch FROM installation")
    found: dict[int, dict[str, Any] | None] = {hook["id"]: None for hook in hooks}
    readers: list[tuple[int, Position, Actor]] = []
    for hook in hooks:
        actor, position = owner(here.reference.now, hook["user_id"]), _position(epoch, hook["position"])
        if actor and position:
            readers.append((hook["id"], position, actor))
            found[hook["id"]] = {"events": 0, "more": False, "seconds": 0.0}
    pairs = [(number, unit) for number, _, actor in readers if not actor.sees_all for unit in actor.units]
    rows = await connection.fetch(
        _WAITING,
        [number for number, _, _ in readers],
        [str(position.xid) for _, position, _ in readers],
        [position.id for _, position, _ in readers],
        [actor.sees_all for _, _, actor in readers],
        [number for number, _ in pairs],
        [unit for _, unit in pairs],
    )
    for row in rows:
        age = max(0.0, (at - row["oldest"]).total_seconds()) if row["oldest"] else 0.0
        found[row["number"]] = {"events": row["events"], "more": row["more"], "seconds": age}
    return found


def _position(epoch: int, cursor: str) -> Position | None:
    try:
        return from_cursor(epoch, cursor)
    except InvalidError:
        return None
