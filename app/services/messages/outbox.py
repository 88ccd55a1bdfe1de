"""The outbox as statements: add or join, claim under a lease, write down how an attempt ended.

A claim is a short transaction of its own; what is claimed and never finished comes back when its lease has run
out. `attempts` is the fence: who comes too late with an outcome finds it changed and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection, Row
from app.domain.messages import MAX_ATTEMPTS, MessageState, pause_after
from app.services.messages.channels.outcome import Outcome, Result

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be: whom, about which request, in which words; `joined` counts the events it tells of."""

    request_id: int
    recipient: str
    audience: str
    contact_point_id: int | None
    unit_code: str | None
    channel: str
    template: str
    weight: int
    urgent: bool
    facts: dict[str, Any]
    event_id: int
    joined: int = 1


_HEAVIER = """template = CASE WHEN {new}.weight >= {old}.weight THEN {new}.template ELSE {old}.template END,
    facts = CASE WHEN {new}.weight >= {old}.weight THEN {new}.facts ELSE {old}.facts END,
    event_id = CASE WHEN {new}.weight >= {old}.weight THEN {new}.event_id ELSE {old}.event_id END,
    weight = greatest({new}.weight, {old}.weight), urgent = {old}.urgent OR {new}.urgent,
    joined = least({old}.joined + {new}.joined, 9999)"""
_ADD = f"""
INSERT INTO message (request_id, recipient, audience, contact_point_id, unit_code, channel, template, weight, urgent,
    facts, event_id, joined, state, created_at, due_at)
SELECT d.request_id, d.recipient, d.audience, d.contact_point_id, d.unit_code, d.channel, d.template, d.weight, d.urgent,
    d.facts, d.event_id, d.joined, 'waiting', $2::timestamptz,
    greatest($2, (SELECT max(coalesce(p.done_at, $2)) + $3::interval FROM message p WHERE p.request_id = d.request_id
        AND p.recipient = d.recipient AND p.state IN ('sent', 'sending')))
FROM jsonb_to_recordset($1) AS d(request_id bigint, recipient text, audience text, contact_point_id bigint,
    unit_code text, channel text, template text, weight smallint, urgent boolean, facts jsonb, event_id bigint,
    joined smallint)
ON CONFLICT (recipient, request_id) WHERE state = 'waiting' DO UPDATE SET
    {_HEAVIER.format(new="excluded", old="message")}
"""
_CLAIM = """
WITH due AS (
    SELECT id FROM message WHERE state = 'waiting' AND channel = $1 AND due_at <= $2 AND (urgent OR NOT $3)
    ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
), lost AS (
    SELECT id FROM message WHERE state = 'sending' AND lease_until <= $2 AND channel = $1
    ORDER BY lease_until LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE message SET state = 'sending', lease_until = $2 + $5::interval, attempts = attempts + 1
WHERE id IN (SELECT id FROM due UNION ALL SELECT id FROM lost)
RETURNING id
"""
_SKIP_ALL = """
UPDATE message SET state = 'skipped', reason = $4, done_at = $2
WHERE id IN (SELECT id FROM message WHERE state = 'waiting' AND channel = $1 AND due_at <= $2
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
"""
_MINE = "id = $1 AND state = 'sending' AND attempts = $2"
_END = f"""
UPDATE message SET state = $3, reason = $4, done_at = $5, lease_until = NULL, gateway_id = $6, title = $7, body = $8,
    template = $9
WHERE {_MINE}
"""
_AGAIN = f"""
WITH m AS (SELECT * FROM message WHERE {_MINE} FOR UPDATE),
newer AS (
    UPDATE message w SET {_HEAVIER.format(new="w", old="m")}
    FROM m WHERE w.recipient = m.recipient AND w.request_id = m.request_id AND w.state = 'waiting' RETURNING w.id
)
UPDATE message SET lease_until = NULL, reason = $3, due_at = $4,
    state = CASE WHEN EXISTS (SELECT FROM newer) THEN 'replaced' ELSE 'waiting' END,
    done_at = CASE WHEN EXISTS (SELECT FROM newer) THEN $5::timestamptz END
FROM m WHERE message.id = m.id
"""


async def add(connection: Connection, drafts: Iterable[Draft], at: datetime, gap_minutes: float) -> None:
    """Begin new messages, or let them join those that wait; one statement."""
    folded: dict[tuple[str, int], Draft] = {}
    for draft in drafts:
        key = (draft.recipient, draft.request_id)
        before = folded.get(key)
        folded[key] = draft if before is None else _joined(before, draft)
    if folded:
        rows = [asdict(draft) for draft in folded.values()]
        await connection.execute(_ADD, rows, at, timedelta(minutes=gap_minutes))


def _joined(before: Draft, after: Draft) -> Draft:
    """Two messages to one recipient about one request as one: the heavier gives the words, the newer among equals."""
    words = after if after.weight >= before.weight else before
    return replace(words, urgent=before.urgent or after.urgent, joined=before.joined + after.joined)


async def claim(connection: Connection, channel: str, at: datetime, *, quiet: bool, most: int) -> list[int]:
    """Ids of messages that are this worker's until the lease ends; in quiet hours the urgent ones only."""
    return [row["id"] for row in await connection.fetch(_CLAIM, channel, at, quiet, most, LEASE)]


async def skip_all(connection: Connection, channel: str, at: datetime, reason: str, most: int) -> int:
    """Write off what is due on a channel that is not in use; returns how many."""
    tag = await connection.execute(_SKIP_ALL, channel, at, most, reason)
    return int(tag.rpartition(" ")[2])


async def finish(
    connection: Connection, row: Row, outcome: Outcome, text: tuple[str, str] | None, at: datetime
) -> MessageState:
    """Write down how an attempt ended; returns the state it led to."""
    attempts = row["attempts"]
    if outcome.result is Result.RETRY and attempts < MAX_ATTEMPTS:
        await connection.execute(_AGAIN, row["id"], attempts, outcome.reason, at + pause_after(attempts), at)
        return MessageState.WAITING
    state = {Result.SENT: MessageState.SENT, Result.SKIPPED: MessageState.SKIPPED}.get(
        outcome.result, MessageState.FAILED
    )
    title, body = text if text and state is MessageState.SENT else (None, None)
    await connection.execute(
        _END, row["id"], attempts, state.value, outcome.reason, at, outcome.gateway_id, title, body, row["template"]
    )
    return state
