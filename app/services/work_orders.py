"""Reads of work orders: a unit's desk and one order with what the citizen said. A desk costs two statements at most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.database import Row
from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.masking import mask_text
from app.services import pages, views
from app.services.desk_pages import DeskPage
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.requests import content, lit
from app.services.visibility import shield, visible_orders
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What a desk may be narrowed by, any of several values where they are several; None means any."""

    state: Sequence[str] | None = None
    lamp: Sequence[str] | None = None
    unit: Sequence[str] | None = None
    role: Sequence[str] | None = None
    urgency: Sequence[str] | None = None
    kind: Sequence[str] | None = None
    due_before: datetime | None = None
    ticket_no: str | None = None
    escalated: bool | None = None


async def list_orders(
    here: Installation,
    actor: Actor,
    wanted: DeskFilter,
    *,
    by_due: bool,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> dict[str, Any]:
    """A page of orders: soonest due first (those without running clock last), or newest first.

    One statement, and one more for items that were not shown before.
    """
    sql, units = Sql(), _units(actor, wanted)
    if units is not None and not units:
        return {"items": [], "next_cursor": None}
    conditions = _narrowed(actor, replace(wanted, state=None), sql, now)
    page = DeskPage(sql, conditions, units=units, states=wanted.state, limit=limit + 1)
    if by_due:
        statement = page.by_due(_due_and_id(cursor) if cursor else None)
    else:
        statement = page.newest(decode_cursor(cursor, int)[0] if cursor else None)
    async with here.database.connection() as connection:
        rows = await connection.fetch(statement, *sql.args)
        items = await pages.orders(
            here, connection, actor, rows[:limit], lambda again: conditions_for(actor, wanted, again, now), now
        )
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        keys = [last["due_at"].isoformat() if last["due_at"] else None] if by_due else []
        following = encode_cursor(*keys, last["id"])
    return {"items": items, "next_cursor": following}


def _units(actor: Actor, wanted: DeskFilter) -> list[str] | None:
    """Whose orders the desk holds; None: everybody's."""
    if wanted.unit is None:
        return None if actor.sees_all else list(actor.units)
    return [unit for unit in wanted.unit if actor.sees_all or unit in actor.units]


def _due_and_id(cursor: str) -> tuple[datetime | None, int]:
    due, order_id = decode_cursor(cursor, datetime, int)
    return due, order_id


def conditions_for(actor: Actor, wanted: DeskFilter, sql: Sql, now: datetime) -> list[str]:
    """Which orders a desk or an export shows: what the reader may see, narrowed by the filters."""
    own = [] if actor.sees_all else [f"o.unit_code = ANY({sql.arg(list(actor.units), 'text[]')})"]
    if wanted.unit is not None:
        own.append(sql.among("o.unit_code", wanted.unit))
    return [*own, *_narrowed(actor, wanted, sql, now)]


def _narrowed(actor: Actor, wanted: DeskFilter, sql: Sql, now: datetime) -> list[str]:
    """The same for orders of the units that the desk holds."""
    columns = {"o.state": wanted.state, "o.role": wanted.role, "r.urgency": wanted.urgency, "r.kind": wanted.kind}
    found = [*shield(actor, sql, "r"), *sql.narrowed(columns)]
    if wanted.ticket_no is not None:
        found.append(f"r.ticket_no = {sql.arg(wanted.ticket_no)}")
    if wanted.escalated is not None:
        found.append(f"o.escalated_at IS {'NOT ' if wanted.escalated else ''}NULL")
    if wanted.due_before is not None:
        found.append(f"o.due_at < {sql.arg(wanted.due_before)}")
    if wanted.lamp is not None:
        found.append(lit(wanted.lamp, "o.due_at", "o.soon_at", sql.arg(now)))
    return found


def _item(here: Installation, actor: Actor, row: Row, now: datetime) -> dict[str, Any]:
    request, order = split(row)
    if order is None:
        raise AssertionError("an inner join yields an order")
    return views.order_item(request, order, here.reference.now, actor, now)


async def read_order(here: Installation, actor: Actor, order_no: str, now: datetime) -> dict[str, Any]:
    """One order with all that the citizen said, also before it was dispatched; one statement. Raises NotFoundError."""
    sql = Sql()
    conditions = [f"o.work_order_no = {sql.arg(order_no)}", *visible_orders(actor, sql)]
    async with here.database.connection() as connection:
        row = await connection.fetchrow(
            f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST}, r.text, r.requester, r.anonymous, r.lat, r.lon,
                (SELECT jsonb_agg(jsonb_build_object('at', e.at,
                    'text', coalesce(e.payload ->> 'public', e.payload ->> 'text')) ORDER BY e.seq)
                 FROM event e WHERE e.request_id = r.id AND e.kind = 'request.supplemented') AS supplements
            FROM work_order o JOIN service_request r ON r.id = o.request_id
            WHERE {conjunction(conditions)}
            """,
            *sql.args,
        )
    if row is None:
        raise not_found()
    request, _ = split(row)
    supplements = row["supplements"] or []
    if views.hides(request, actor):
        supplements = [
            {**said, "text": mask_text(said["text"], unseal(here.keys, row["requester"]).values())}
            for said in supplements
        ]
    return {**_item(here, actor, row, now), **content(here, actor, request, row), "supplements": supplements}
