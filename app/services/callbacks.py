"""Whom to ring: resolved requests that nobody has rated yet, the most pressing first, each with one agent at a time.

A claim is a note on the request's row that lapses by itself: an agent who goes home, or a seat that dies, keeps
nobody from being rung. It is no event and no new version of the request.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection, Row
from app.core.pagination import CursorError, decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.half_days import half_day_start
from app.services import views
from app.services.installation import Installation
from app.services.visibility import visible_requests
from app.services.workflow.lock import ORDER_LIST, REQUEST_COLUMNS, REQUEST_LIST, split
from app.services.workflow.rows import Values

CLAIM = timedelta(minutes=30)
_WAITING = ("r.state = 'resolved'", "r.callback_outcome IS NULL")
_URGENCY = "CASE r.urgency WHEN 'critical' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END"
_RANKS = {"critical": 0, "urgent": 1}


async def queue(
    here: Installation, actor: Actor, limit: int, cursor: str | None, now: datetime, *, everybody: bool = False
) -> dict[str, Any]:
    """A page of the queue: overdue first, then critical and urgent, then by due time; one statement.

    Leaves out whom somebody has tried in this half of the day, unless `everybody`. The pages after the first
    are ranked as of the first one's instant: what falls due in between does not slip away.
    """
    sql = Sql()
    ranked_at, after = _decode(cursor) if cursor else (now, None)
    order = _order(sql, ranked_at)
    conditions = [*_WAITING, *visible_requests(actor, sql)]
    if not everybody:
        conditions.append(_untried(here, sql, now))
    if after:
        conditions.append(f"({order}) > ({', '.join(sql.arg(key) for key in after)})")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            WITH picked AS (
                SELECT r.id FROM service_request r WHERE {conjunction(conditions)}
                ORDER BY {order} LIMIT {sql.arg(limit + 1)}
            )
            SELECT {REQUEST_LIST}, {ORDER_LIST} FROM picked JOIN service_request r ON r.id = picked.id
            LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no ORDER BY {order}
            """,
            *sql.args,
        )
    following = _encode(split(rows[limit - 1])[0], ranked_at) if len(rows) > limit else None
    return {"items": [_item(here, actor, row, now) for row in rows[:limit]], "next_cursor": following}


async def claim(here: Installation, actor: Actor, limit: int, now: datetime) -> dict[str, Any]:
    """The caller's next ones for 30 minutes: those already claimed first (renewed), then free ones by priority.

    Agents who ask at once get different ones. The same agent twice at once gets the same: the second call waits.
    """

    async def work(connection: Connection) -> list[Row]:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('call-backs of ' || $1, 0))", actor.name
        )
        sql = Sql()
        me, at = sql.arg(actor.name), sql.arg(now)
        mine = f"(r.callback_claimed_by = {me} AND r.callback_claimed_until > {at})"
        conditions = [
            *_WAITING,
            _untried(here, sql, now),
            f"(r.callback_claimed_until IS NULL OR r.callback_claimed_until <= {at} OR r.callback_claimed_by = {me})",
            *visible_requests(actor, sql),
        ]
        order = _order(sql, now)
        returned = ", ".join(f"c.{name}" for name in REQUEST_COLUMNS)
        return await connection.fetch(
            f"""
            WITH picked AS (
                SELECT r.id FROM service_request r WHERE {conjunction(conditions)}
                ORDER BY {mine} IS NOT TRUE, {order} LIMIT {sql.arg(limit)} FOR UPDATE OF r SKIP LOCKED
            ), r AS (
                UPDATE service_request c SET callback_claimed_by = {me}, callback_claimed_until = {sql.arg(now + CLAIM)}
                FROM picked WHERE c.id = picked.id RETURNING {returned}
            )
            SELECT {REQUEST_LIST}, {ORDER_LIST} FROM r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
            ORDER BY {order}
            """,
            *sql.args,
        )

    return {"items": [_item(here, actor, row, now) for row in await here.database.transaction(work)]}


async def release(here: Installation, actor: Actor, ticket_nos: Sequence[str]) -> dict[str, Any]:
    """Give claims of the caller back; names those given back. Others' claims and unknown numbers stay as they are."""

    async def work(connection: Connection) -> list[Row]:
        return await connection.fetch(
            """
            WITH mine AS (
                SELECT id FROM service_request WHERE ticket_no = ANY($1::text[]) AND callback_claimed_by = $2
                ORDER BY id FOR UPDATE
            )
            UPDATE service_request c SET callback_claimed_by = NULL, callback_claimed_until = NULL
            FROM mine WHERE c.id = mine.id RETURNING c.ticket_no
            """,
            list(ticket_nos),
            actor.name,
        )

    return {"released": sorted(row["ticket_no"] for row in await here.database.transaction(work))}


def _order(sql: Sql, ranked_at: datetime) -> str:
    return f"r.callback_due_at > {sql.arg(ranked_at)}, {_URGENCY}, r.callback_due_at, r.id"


def _untried(here: Installation, sql: Sql, now: datetime) -> str:
    since = sql.arg(half_day_start(now, here.settings.zone))
    return f"(r.called_at IS NULL OR r.called_at < {since})"


def _encode(last: Values, ranked_at: datetime) -> str:
    due = last["callback_due_at"]
    return encode_cursor(ranked_at.isoformat(), _RANKS.get(last["urgency"], 2), due.isoformat(), last["id"])


def _decode(cursor: str) -> tuple[datetime, tuple[Any, ...]]:
    """The instant at which the first page was ranked, and the sort keys of the last row."""
    ranked_at, rank, due, request_id = decode_cursor(cursor, datetime, int, datetime, int)
    if ranked_at is None or due is None or rank not in (0, 1, 2):
        raise CursorError(cursor)
    return ranked_at, (due > ranked_at, rank, due, request_id)


def _item(here: Installation, actor: Actor, row: Row, now: datetime) -> dict[str, Any]:
    request, order = split(row)
    claimed_until = request["callback_claimed_until"]
    claimed = claimed_until is not None and claimed_until > now
    return {
        **views.request_item(request, order, here.reference.now, actor, now),
        "due_at": request["callback_due_at"],
        "attempts": request["callback_attempts"],
        "claimed_by": request["callback_claimed_by"] if claimed else None,
        "claimed_until": claimed_until if claimed else None,
    }
