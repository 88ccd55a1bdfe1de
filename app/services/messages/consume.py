"""Reads the settled history from where it stopped and puts what is to be told into the outbox.

The position and the messages are written in one transaction under the position's lock: each event is considered
exactly once, by one worker, whatever is killed when.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.database import Connection, Row
from app.domain.messages import Audience, MessageChannel
from app.domain.notices import KINDS, NOTICES, Notice, notices_for, units_told
from app.services.feed.consumer import UNREAD, anything_new, lock_position, move
from app.services.installation import Installation
from app.services.messages.outbox import Draft, add
from app.services.messages.recipients import CITIZEN, Contact, Contacts, load_contacts, mobile_of, wants_news

NAME = "messages"
BATCH = 200
URGENT = ("urgent", "critical")
_CITIZENS_KINDS = [notice.kind for notice in NOTICES if notice.audience is Audience.CITIZEN]
_READ = f"""
SELECT e.xid::text AS xid, e.id, e.kind, e.request_id, e.work_order_no, e.unit_code, e.payload,
    r.urgency, r.restricted, r.notify, r.channel,
    CASE WHEN e.kind = ANY($4) THEN r.requester END AS requester,
    e.kind = 'request.rated' AND EXISTS (SELECT FROM event n WHERE n.request_id = e.request_id
        AND n.seq = e.seq + 1 AND n.kind = 'request.reopened' AND n.xid = e.xid) AS redone
FROM ({UNREAD}) e JOIN service_request r ON r.id = e.request_id
ORDER BY e.xid, e.id
"""


async def consume(here: Installation, at: datetime) -> int:
    """Read all new events; returns how many messages were begun or joined. Cheap while nothing happens."""
    told = 0
    while True:
        async with here.database.connection() as connection:
            if not await anything_new(connection, NAME):
                return told
        read, drafts = await here.database.transaction(lambda connection: _batch(connection, here, at))
        told += drafts
        if read < BATCH:
            return told


async def _batch(connection: Connection, here: Installation, at: datetime) -> tuple[int, int]:
    """One batch: how many events were read, how many messages came of them."""
    position = await lock_position(connection, NAME)
    if position is None:
        return 0, 0
    rows = await connection.fetch(_READ, position["xid"], position["id"], BATCH, _CITIZENS_KINDS)
    if not rows:
        return 0, 0
    drafts = await _drafts(connection, here, rows)
    await add(connection, drafts, at, here.settings.message_gap)
    await move(connection, NAME, rows[-1])
    return len(rows), len(drafts)


async def _drafts(connection: Connection, here: Installation, rows: list[Row]) -> list[Draft]:
    wanted = [
        (row, notice)
        for row in rows
        if row["kind"] in KINDS
        for notice in notices_for(row["kind"], row["payload"], redone=row["redone"])
    ]
    if not wanted:
        return []
    units = {code for row, notice in wanted for code in units_told(notice, row["unit_code"], row["payload"])}
    contacts = await load_contacts(connection, sorted(units))
    return [draft for row, notice in wanted for draft in _of(here, row, notice, contacts)]


def _of(here: Installation, row: Row, notice: Notice, contacts: Contacts) -> list[Draft]:
    """The messages of one rule at one event."""
    facts = _facts(row)
    if notice.audience is Audience.CITIZEN:
        if not wants_news(row) or mobile_of(here.keys, row["requester"]) is None:
            return []
        return [_draft(row, notice, facts, CITIZEN, MessageChannel.SMS)]
    reached: list[tuple[str | None, Contact]]
    if notice.audience is Audience.SUPERVISOR:
        # A discipline lead is for few eyes, and a group chat has many.
        reached = [] if row["restricted"] else [(None, contact) for contact in contacts.of_supervisors]
    else:
        told = units_told(notice, row["unit_code"], row["payload"])
        reached = [(code, contact) for code in told for contact in contacts.of_units.get(code, [])]
    return [
        _draft(
            row,
            notice,
            facts | ({"unit_code": code} if code else {}),
            f"contact:{contact.id}",
            contact.kind,
            code,
            contact.id,
        )
        for code, contact in reached
    ]


def _draft(
    row: Row,
    notice: Notice,
    facts: dict[str, Any],
    recipient: str,
    channel: str,
    unit_code: str | None = None,
    contact_point_id: int | None = None,
) -> Draft:
    return Draft(
        request_id=row["request_id"],
        recipient=recipient,
        audience=notice.audience.value,
        contact_point_id=contact_point_id,
        unit_code=unit_code,
        channel=channel,
        template=notice.template,
        weight=notice.weight,
        urgent=notice.audience is not Audience.CITIZEN and row["urgency"] in URGENT,
        facts=facts,
        event_id=row["id"],
    )


def _facts(row: Row) -> dict[str, Any]:
    """What the text may need of the event: codes and instants, nothing that somebody wrote."""
    payload: Mapping[str, Any] = row["payload"]
    facts = {"order_no": row["work_order_no"], "unit_code": row["unit_code"]}
    facts |= {name: payload[name] for name in ("clock", "due_at", "review_on") if isinstance(payload.get(name), str)}
    return {name: value for name, value in facts.items() if value is not None}
