"""Reads of what stands beside an order: applications and slips. A list costs one statement, one row costs one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.masking import mask_text
from app.domain.states import Subject
from app.domain.walking import available
from app.services import views
from app.services.installation import Installation
from app.services.narrowing import refuse_unknown
from app.services.reference import Reference
from app.services.visibility import visible_requests
from app.services.workflow.lock import ORDER_LIST, RECORDS, REQUEST_LIST, split
from app.services.workflow.rows import Values, position_of, standing

SHOWN = {
    Subject.APPLICATION: (
        "number", "work_order_no", "kind", "state", "round", "return_reason", "ground", "reason", "suggestion",
        "suggested_unit_code", "until", "review_on", "applied_by", "applied_at", "decided_by", "decided_at",
        "decision_reason",
    ),
    Subject.SUPERVISION: (
        "number", "work_order_no", "kind", "level", "state", "leader", "text", "reply_by", "issued_by", "issued_at",
        "reply", "replied_by", "replied_at", "overdue_at", "decided_by", "decided_at", "decision_reason",
    ),
}  # fmt: skip
WRITTEN = frozenset({"reason", "suggestion", "decision_reason", "text", "reply"})
"""What people wrote: masked for readers who may not know who is behind the request."""
_ORDER_OF = {Subject.APPLICATION: "a.work_order_no", Subject.SUPERVISION: "r.lead_order_no"}


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What a list may be narrowed by; None means any."""

    state: str | None = None
    kind: str | None = None
    level: str | None = None
    unit: str | None = None
    ticket_no: str | None = None
    overdue: bool | None = None


def view(
    subject: Subject, record: Values, request: Values, order: Values | None, reader: Actor, reference: Reference
) -> Values:
    """An application or slip as it stands in lists and answers; `version` is the request's, for `If-Match`."""
    hidden = views.hides(request, reader)
    choice = str(record["kind"]) if subject is Subject.APPLICATION else None
    about = record if subject is Subject.SUPERVISION else order
    actions = available(position_of(request, order, record), standing(reader, about), subject, choice)
    return {
        **{
            name: mask_text(record[name]) if hidden and name in WRITTEN and record.get(name) else record.get(name)
            for name in SHOWN[subject]
        },
        "ticket_no": request["ticket_no"],
        "unit": reference.names.unit(record["unit_code"]),
        "request_state": request["state"],
        "version": request["version"],
        "available_actions": list(actions),
    }


def _select(subject: Subject, where: str, tail: str) -> str:
    table = RECORDS[subject]
    return f"""
        SELECT {REQUEST_LIST}, {ORDER_LIST}, to_jsonb(a) AS record, a.number AS record_no
        FROM {table} a JOIN service_request r ON r.id = a.request_id
        LEFT JOIN work_order o ON o.work_order_no = {_ORDER_OF[subject]}
        WHERE {where} {tail}"""


def _visible(actor: Actor, sql: Sql) -> list[str]:
    conditions = visible_requests(actor, sql)
    if not actor.sees_all:
        conditions.append(f"a.unit_code = ANY({sql.arg(list(actor.units), 'text[]')})")
    return conditions


async def list_records(
    here: Installation,
    actor: Actor,
    subject: Subject,
    wanted: RecordFilter,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> dict[str, Any]:
    """A page of applications or slips, newest number first; raises InvalidError for a unit that is not there."""
    refuse_unknown(here.reference.now, {"unit": wanted.unit})
    sql = Sql()
    conditions = [*_visible(actor, sql), *_conditions(wanted, sql, now)]
    if cursor:
        conditions.append(f"a.number < {sql.arg(decode_cursor(cursor, str)[0])}")
    statement = _select(subject, conjunction(conditions), f"ORDER BY a.number DESC LIMIT {sql.arg(limit + 1)}")
    async with here.database.connection() as connection:
        rows = await connection.fetch(statement, *sql.args)
    reference = here.reference.now
    items = [view(subject, row["record"], *split(row), actor, reference) for row in rows[:limit]]
    more = len(rows) > limit
    return {"items": items, "next_cursor": encode_cursor(rows[limit - 1]["record_no"]) if more else None}


def _conditions(wanted: RecordFilter, sql: Sql, now: datetime) -> list[str]:
    columns = (
        ("a.state", wanted.state),
        ("a.kind", wanted.kind),
        ("a.level", wanted.level),
        ("a.unit_code", wanted.unit),
        ("r.ticket_no", wanted.ticket_no),
    )
    found = [f"{column} = {sql.arg(value)}" for column, value in columns if value is not None]
    if wanted.overdue is not None:
        late = f"(a.state = 'open' AND a.reply_by <= {sql.arg(now)})"
        found.append(late if wanted.overdue else f"NOT {late}")
    return found


async def read_record(here: Installation, actor: Actor, subject: Subject, number: str) -> dict[str, Any]:
    """One application or slip; raises NotFoundError."""
    sql = Sql()
    conditions = [f"a.number = {sql.arg(number)}", *_visible(actor, sql)]
    async with here.database.connection() as connection:
        row = await connection.fetchrow(_select(subject, conjunction(conditions), ""), *sql.args)
    if row is None:
        raise not_found()
    return view(subject, row["record"], *split(row), actor, here.reference.now)
