"""Sends what is due: claim, read, hand over, write down; channel by channel, so that one that hangs delays only itself.

Nothing is held while the other side is waited for. A worker killed between handing over and writing down leads to
one more attempt with the same id.
"""

import asyncio
from datetime import datetime

import structlog

from app.core.clock import now
from app.core.database import Connection, Row
from app.domain.messages import Audience, MessageChannel
from app.domain.notices import NEWS, tells_only_open
from app.domain.placeholders import PlaceholderError
from app.domain.states import OPEN_ORDER_STATES
from app.services.installation import Installation
from app.services.messages import outbox
from app.services.messages.addresses import address_of
from app.services.messages.channels import chat, email, sms
from app.services.messages.channels.outcome import (
    MESSAGES,
    SEND_SECONDS,
    TIMEOUT,
    Letter,
    Outcome,
    Result,
    refused,
    retry,
)
from app.services.messages.recipients import SECRET, mobile_of
from app.services.messages.render import text_of

log = structlog.get_logger(__name__)
AT_ONCE = 16
SKIPPED_AT_ONCE = 2000
_OPEN = [state.value for state in OPEN_ORDER_STATES]
_READ = f"""
SELECT m.id, m.uid::text AS uid, m.attempts, m.audience, m.channel, m.facts, m.joined, m.request_id,
    r.ticket_no, r.category_code, r.area_code, r.urgency, r.requester, {SECRET} AS secret,
    c.address, c.active AS contact_active, o.state AS order_state, o.resolve_due_at,
    k.template, w.language, w.title AS words_title, w.body AS words_body
FROM message m
JOIN service_request r ON r.id = m.request_id
LEFT JOIN contact_point c ON c.id = m.contact_point_id
LEFT JOIN work_order o ON o.work_order_no = m.facts ->> 'order_no'
CROSS JOIN LATERAL (SELECT CASE WHEN m.audience = '{Audience.CITIZEN}' AND {SECRET} THEN '{NEWS}'
    ELSE m.template END AS template) k
LEFT JOIN LATERAL (SELECT t.language, t.title, t.body FROM message_template t
    WHERE t.key = k.template AND t.active
        AND t.channel = CASE m.channel WHEN '{MessageChannel.SMS}' THEN 'sms' ELSE 'rich' END
    ORDER BY t.language = coalesce(c.language, 'zh') DESC, t.language = 'zh' DESC LIMIT 1) w ON true
WHERE m.id = ANY($1)
"""


async def send_due(here: Installation, at: datetime, channel: MessageChannel) -> int:
    """Send all that is due on a channel; returns how many attempts were made."""
    if not is_on(here, channel):
        return await _write_off(here, channel, at)
    attempts = 0
    while True:
        quiet = here.settings.quiet
        async with here.database.connection() as connection:
            is_quiet = quiet is not None and quiet.holds(at)
            ids = await outbox.claim(connection, channel, at, quiet=is_quiet, most=AT_ONCE)
            rows = await connection.fetch(_READ, ids) if ids else []
        if not rows:
            return attempts
        await asyncio.gather(*(_one(here, row, at) for row in rows))
        attempts += len(rows)


def is_on(here: Installation, channel: MessageChannel) -> bool:
    """Whether the installation has this way out."""
    settings = here.settings
    return {MessageChannel.SMS: bool(settings.sms_url), MessageChannel.EMAIL: bool(settings.smtp_url)}.get(
        channel, True
    )


async def _write_off(here: Installation, channel: MessageChannel, at: datetime) -> int:
    total = 0
    while True:
        async with here.database.connection() as connection:
            count = await outbox.skip_all(connection, channel, at, "channel-off", SKIPPED_AT_ONCE)
        MESSAGES.labels(channel.value, Result.SKIPPED.value).inc(count)
        total += count
        if count < SKIPPED_AT_ONCE:
            return total


async def _one(here: Installation, row: Row, at: datetime) -> None:
    """One attempt, from the words to the record of it."""
    letter = _letter(here, row)
    outcome = letter if isinstance(letter, Outcome) else await deliver(here, letter)
    text = None if isinstance(letter, Outcome) else (letter.title, letter.text)
    done_at = max(at, now())

    async def work(connection: Connection) -> None:
        await outbox.finish(connection, row, outcome, text, done_at)

    await here.database.transaction(work)
    MESSAGES.labels(row["channel"], outcome.result.value).inc()


def _letter(here: Installation, row: Row) -> Letter | Outcome:
    """What goes out, or why nothing does."""
    if tells_only_open(row["template"]) and row["order_state"] not in (None, *_OPEN):
        return Outcome(Result.SKIPPED, "over")
    if row["words_body"] is None:
        return Outcome(Result.SKIPPED, "no-text")
    address = _address(here, row)
    if address is None:
        return Outcome(Result.SKIPPED, "no-address")
    try:
        title, body = text_of(row, here)
    except (PlaceholderError, ValueError, KeyError):
        log.exception("messages.words", template=row["template"])
        return refused("bad-text")
    return Letter(row["uid"], MessageChannel(row["channel"]), address, title, body)


def _address(here: Installation, row: Row) -> str | None:
    if row["audience"] == Audience.CITIZEN:
        return mobile_of(here.keys, row["requester"])
    return address_of(here.keys, row["address"]) if row["contact_active"] else None


_WAYS = {MessageChannel.SMS: sms.send, MessageChannel.EMAIL: email.send, MessageChannel.APPRISE: chat.send}


async def deliver(here: Installation, letter: Letter) -> Outcome:
    """Hand a letter over within the time limit; whatever goes wrong is an outcome."""
    try:
        async with asyncio.timeout(SEND_SECONDS + 5):
            return await _WAYS[letter.channel](letter, here.settings)
    except TimeoutError:
        return TIMEOUT
    except Exception:
        # One message that cannot be sent must not keep all others of its channel from being sent.
        log.exception("messages.failed", channel=letter.channel.value)
        return retry("internal")
