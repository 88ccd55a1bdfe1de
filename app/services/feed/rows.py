"""Reads events with the order and request they are about, in commit order."""

from datetime import datetime
from typing import Any

from app.core.database import Connection, Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.services import views
from app.services.feed.position import Position, to_cursor
from app.services.installation import Installation
from app.services.items import ORDER_ITEM, Shaper
from app.services.personal import unseal
from app.services.visibility import shield

_EVENT = """e.xid::text::bigint AS e_xid, e.id AS e_id, e.at AS e_at, e.kind AS e_kind, e.seq AS e_seq,
    e.unit_code AS e_unit_code, e.from_state AS e_from_state, e.to_state AS e_to_state,
    e.request_state AS e_request_state, e.payload AS e_payload"""
_MARKS = "r.id AS request_id, r.requester, r.accused_units, r.restricted, r.erased_at"
_COLUMNS = f"{ORDER_ITEM}, {_EVENT}, {_MARKS}"
_JOINS = "JOIN service_request r ON r.id = e.request_id LEFT JOIN work_order o ON o.work_order_no = e.work_order_no"
_SETTLED = "e.xid < pg_snapshot_xmin(pg_current_snapshot())"
_NEWS = f"""
SELECT n.*, pg_snapshot_xmin(s)::text::bigint AS settled, pg_snapshot_xmax(s)::text::bigint AS newest
FROM pg_current_snapshot() s LEFT JOIN LATERAL (
    SELECT {_COLUMNS}
    FROM (SELECT * FROM event e WHERE (e.xid, e.id) > ($1::text::xid8, $2) AND {_SETTLED} ORDER BY e.xid, e.id LIMIT $3) e
    {_JOINS}) n ON true
ORDER BY n.e_xid, n.e_id
"""


async def read_news(connection: Connection, position: Position, limit: int) -> tuple[list[Row], int, int]:
    """Up to `limit` settled events after a position, whoever may see them, and as of when: the oldest transaction that
    still ran, and the first that had not begun. One statement.
    """
    rows = await connection.fetch(_NEWS, str(position.xid), position.id, limit)
    first = rows[0]
    return (rows if first["e_id"] is not None else []), first["settled"], first["newest"]


async def read_after(connection: Connection, position: Position, actor: Actor, limit: int) -> list[Row]:
    """Up to `limit` settled events after a position that the actor may see. One statement."""
    sql = Sql()
    after = f"(e.xid, e.id) > ({sql.arg(str(position.xid), 'text')}::xid8, {sql.arg(position.id)}) AND {_SETTLED}"
    if shut := shield(actor, sql, "s"):
        # Asked row by row along the index of the events; a join might be planned from the requests' side.
        after += f" AND (SELECT {conjunction(shut)} FROM service_request s WHERE s.id = e.request_id)"
    page = f"ORDER BY e.xid, e.id LIMIT {sql.arg(limit)}"
    if actor.sees_all:
        source = f"(SELECT * FROM event e WHERE {after} {page})"
    else:
        # Unit by unit along its own index, so that a unit with few events never scans those of all others.
        source = f"""(SELECT e.* FROM unnest({sql.arg(list(actor.units), "text[]")}) AS u(code) CROSS JOIN LATERAL (
            SELECT * FROM event e WHERE e.unit_code = u.code AND {after} {page}) e {page})"""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM {source} e {_JOINS} ORDER BY e.xid, e.id", *sql.args)
    return list(rows)


def position_of(row: Row) -> Position:
    """Where the row stands in commit order."""
    return Position(row["e_xid"], row["e_id"])


def item(row: Row, epoch: int, here: Installation, actor: Actor, now: datetime) -> dict[str, Any]:
    """One item of the feed as this actor may see it."""
    payload, shaper = row["e_payload"], Shaper(here.reference.now, actor, now)
    if shaper.hides(row):
        payload = views.masked_payload(payload, unseal(here.keys, row["requester"]).values(), row["e_kind"])
    return {
        "cursor": to_cursor(epoch, position_of(row)),
        "kind": row["e_kind"],
        "at": row["e_at"],
        "ticket_no": row["ticket_no"],
        "seq": row["e_seq"],
        "from_state": row["e_from_state"],
        "to_state": row["e_to_state"],
        "request_state": row["e_request_state"],
        "details": payload,
        "work_order": shaper.order(row) if row["o_work_order_no"] else None,
    }
