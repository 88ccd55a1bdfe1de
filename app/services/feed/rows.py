"""Reads events with the order and request they are about, in commit order."""

from datetime import datetime
from typing import Any

from app.core.database import Connection, Row
from app.core.sql import Sql
from app.domain.actors import Actor
from app.services import views
from app.services.feed.position import Position, to_cursor
from app.services.reference import Reference
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split

_EVENT = "e.xid::text::bigint AS e_xid, e.id AS e_id, e.at AS e_at, e.kind AS e_kind, e.seq AS e_seq, " + (
    "e.unit_code AS e_unit_code, e.from_state AS e_from_state, e.to_state AS e_to_state, e.request_state AS e_request_state, e.payload AS e_payload"
)
_JOINS = "JOIN service_request r ON r.id = e.request_id LEFT JOIN work_order o ON o.work_order_no = e.work_order_no"
_SETTLED = "e.xid < pg_snapshot_xmin(pg_current_snapshot())"


async def read_after(
    connection: Connection, position: Position, units: tuple[str, ...] | None, limit: int
) -> list[Row]:
    """Up to `limit` settled events after a position; of the given units, or all when None. One statement."""
    sql = Sql()
    after = f"(e.xid, e.id) > ({sql.arg(str(position.xid), 'text')}::xid8, {sql.arg(position.id)}) AND {_SETTLED}"
    page = f"ORDER BY e.xid, e.id LIMIT {sql.arg(limit)}"
    if units is None:
        source = f"(SELECT * FROM event e WHERE {after} {page})"
    else:
        # Unit by unit along its own index, so that a unit with few events never scans those of all others.
        source = f"""(SELECT e.* FROM unnest({sql.arg(list(units), "text[]")}) AS u(code) CROSS JOIN LATERAL (
            SELECT * FROM event e WHERE e.unit_code = u.code AND {after} {page}) e {page})"""
    rows = await connection.fetch(
        f"SELECT {REQUEST_LIST}, {ORDER_LIST}, {_EVENT} FROM {source} e {_JOINS} ORDER BY e.xid, e.id", *sql.args
    )
    return list(rows)


def position_of(row: Row) -> Position:
    """Where the row stands in commit order."""
    return Position(row["e_xid"], row["e_id"])


def item(row: Row, epoch: int, reference: Reference, actor: Actor, now: datetime) -> dict[str, Any]:
    """One item of the feed as this actor may see it."""
    request, order = split(row)
    payload = row["e_payload"]
    return {
        "cursor": to_cursor(epoch, position_of(row)),
        "kind": row["e_kind"],
        "at": row["e_at"],
        "ticket_no": request["ticket_no"],
        "seq": row["e_seq"],
        "from_state": row["e_from_state"],
        "to_state": row["e_to_state"],
        "request_state": row["e_request_state"],
        "details": views.masked_payload(payload) if views.hides(request, actor) else payload,
        "work_order": views.order_item(request, order, reference, actor, now) if order else None,
    }
