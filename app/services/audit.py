"""Who looked at whose identity, when and why: every reveal is an event, and this is where auditors read them.

Of a reveal in the restricted queue an auditor without that right reads that it happened, who did it and when, but not
in which matter: nobody reveals unobserved, and the queue stays closed.
"""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.events import EventKind
from app.schemas.common import begin
from app.services import views
from app.services.installation import Installation


@dataclass(frozen=True, slots=True)
class RevealFilter:
    """What the list of reveals may be narrowed by; None means any."""

    user: str | None = None
    ticket_no: str | None = None
    since: datetime | date | None = None
    until: datetime | date | None = None


async def list_reveals(
    here: Installation, actor: Actor, wanted: RevealFilter, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of reveals, newest first; one statement."""
    sql = Sql()
    # Written into the text, so that the partial index of reveals fits; it is a constant of ours.
    conditions = [f"e.kind = '{EventKind.IDENTITY_REVEALED}'", *_conditions(actor, wanted, here.settings.zone, sql)]
    if cursor:
        conditions.append(f"e.id < {sql.arg(decode_cursor(cursor, int)[0])}")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            SELECT e.id, e.at, e.actor_kind, e.actor, e.payload ->> 'reason' AS reason, r.ticket_no, r.restricted
            FROM event e JOIN service_request r ON r.id = e.request_id
            WHERE {conjunction(conditions)} ORDER BY e.id DESC LIMIT {sql.arg(limit + 1)}
            """,
            *sql.args,
        )
    return {
        "items": [_item(actor, row) for row in rows[:limit]],
        "next_cursor": encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None,
    }


def _conditions(actor: Actor, wanted: RevealFilter, zone: tzinfo, sql: Sql) -> list[str]:
    found = []
    if actor.above:
        found.append(f"NOT r.accused_units && {sql.arg(list(actor.above), 'text[]')}")
    if wanted.ticket_no is not None:
        found.append(f"r.ticket_no = {sql.arg(wanted.ticket_no)}")
        if not actor.sees_restricted:
            found.append("NOT r.restricted")
    if wanted.user is not None:
        found.append(f"e.actor = {sql.arg(wanted.user)}")
    if wanted.since is not None:
        found.append(f"e.at >= {sql.arg(begin(wanted.since, zone))}")
    if wanted.until is not None:
        found.append(f"e.at < {sql.arg(begin(wanted.until, zone))}")
    return found


def _item(actor: Actor, row: Any) -> dict[str, Any]:
    closed = row["restricted"] and not actor.sees_restricted
    return {
        "at": row["at"],
        "actor_kind": row["actor_kind"],
        "actor": row["actor"],
        "ticket_no": None if closed else row["ticket_no"],
        "reason": views.WITHHELD if closed else row["reason"],
        "restricted": row["restricted"],
    }
