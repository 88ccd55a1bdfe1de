"""Whom to ring: resolved requests that nobody has rated yet, the most pressing first."""

from datetime import datetime
from typing import Any

from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.services import views
from app.services.installation import Installation
from app.services.visibility import visible_requests
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split


async def queue(here: Installation, actor: Actor, limit: int, cursor: str | None, now: datetime) -> dict[str, Any]:
    """A page of the call-back queue, earliest due first; one statement."""
    sql = Sql()
    conditions = ["r.state = 'resolved'", "r.callback_outcome IS NULL", *visible_requests(actor, sql)]
    if cursor:
        due, request_id = decode_cursor(cursor, datetime, int)
        conditions.append(f"(r.callback_due_at, r.id) > ({sql.arg(due)}, {sql.arg(request_id)})")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST}
            FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
            WHERE {conjunction(conditions)} ORDER BY r.callback_due_at, r.id LIMIT {sql.arg(limit + 1)}
            """,
            *sql.args,
        )
    shown = [split(row) for row in rows[:limit]]
    following = None
    if len(rows) > limit:
        last = shown[-1][0]
        following = encode_cursor(last["callback_due_at"].isoformat(), last["id"])
    reference = here.reference.now
    items = [
        {
            **views.request_item(request, order, reference, actor, now),
            "due_at": request["callback_due_at"],
            "attempts": request["callback_attempts"],
        }
        for request, order in shown
    ]
    return {"items": items, "next_cursor": following}
