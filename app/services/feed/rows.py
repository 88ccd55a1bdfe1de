"""Reads events with the order and request they are about, in commit order."""

from datetime import datetime
from typing import Any

from app.core.database import Connection, Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.services import views
from app.services.feed.position import Position, to_cursor
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.visibility import shield
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split

_EVENT = "e.xid::text::bigint AS e_xid, e.id AS e_id, e.at AS e_at, e.kind AS e_kind, e.seq AS e_seq, " + (
    "e.unit_code AS e_unit_code, e.from_state AS e_from_state, e.to_state AS e_to_state, e.request_state AS e_request_state, e.payload AS e_payload, r.requester AS e_requester"
)
_JOINS = "JOIN service_request r ON r.id = e.request_id LEFT JOIN work_order o ON o.work_order_no = e.work_order_no"
_SETTLED = "e.xid < pg_snapshot_xmin(pg_current_snapshot())"


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
    rows = await connection.fetch(
        f"SELECT {REQUEST_LIST}, {ORDER_LIST}, {_EVENT} FROM {source} e {_JOINS} ORDER BY e.xid, e.id", *sql.args
    )
    return list(rows)


def position_of(row: Row) -> Position:
    """Where the row stands in commit order."""
    return Position(row["e_xid"], row["e_id"])


def item(row: Row, epoch: int, here: Installation, actor: Actor, now: datetime) -> dict[str, Any]:
    """One item of the feed as this actor may see it."""
    request, order = split(row)
    payload, reference = row["e_payload"], here.reference.now
    if views.hides(request, actor):
        payload = views.masked_payload(payload, unseal(here.keys, row["e_requester"]).values(), row["e_kind"])
    return {
        "cursor": to_cursor(epoch, position_of(row)),
        "kind": row["e_kind"],
        "at": row["e_at"],
        "ticket_no": request["ticket_no"],
        "seq": row["e_seq"],
        "from_state": row["e_from_state"],
        "to_state": row["e_to_state"],
        "request_state": row["e_request_state"],
        "details": payload,
        "work_order": views.order_item(request, order, reference, actor, now) if order else None,
    }
