"""Messages that a receiver refused (死信): kept until somebody sends them again with success, or throws them away."""

import time
from typing import Any

from sqlmodel import col, delete, select

from app.core.clock import now
from app.core.database import Row
from app.core.outbound import OutboundError, Reply
from app.core.pagination import decode_cursor, encode_cursor
from app.domain.actors import Actor
from app.domain.delivery import excerpt
from app.domain.errors import ConflictError, not_found
from app.models.webhook import Webhook, WebhookDeadLetter
from app.schemas.administration import Page
from app.services.administration import reading, writing
from app.services.feed.position import Position, from_cursor
from app.services.feed.rows import item, read_after
from app.services.installation import Installation
from app.services.webhooks.control import find, told
from app.services.webhooks.hook import Hook, outbound, owner, post_item


async def list_letters(here: Installation, webhook_id: int, page: Page) -> dict[str, Any]:
    """A webhook's dead letters, oldest first; raises NotFoundError. Two statements."""
    statement = select(WebhookDeadLetter).where(WebhookDeadLetter.webhook_id == webhook_id)
    if page.cursor:
        statement = statement.where(col(WebhookDeadLetter.id) > decode_cursor(page.cursor, int)[0])
    async with reading(here) as session:
        if (await session.exec(select(Webhook.id).where(Webhook.id == webhook_id))).one_or_none() is None:
            raise not_found()
        rows = list(await session.exec(statement.order_by(col(WebhookDeadLetter.id)).limit(page.limit + 1)))
    more = len(rows) > page.limit
    return {
        "items": [row.model_dump(exclude={"webhook_id"}) for row in rows[: page.limit]],
        "next_cursor": encode_cursor(rows[page.limit - 1].id) if more else None,
    }


async def delete_letter(here: Installation, actor: Actor, webhook_id: int, letter_id: int) -> None:
    """Throw one away; raises NotFoundError."""
    async with writing(here, actor, f"delete dead letter {letter_id} of webhook {webhook_id}") as session:
        removal = (
            delete(WebhookDeadLetter)
            .where(col(WebhookDeadLetter.webhook_id) == webhook_id, col(WebhookDeadLetter.id) == letter_id)
            .returning(col(WebhookDeadLetter.id))
        )
        if not list(await session.exec(removal)):
            raise not_found()


async def retry_letter(here: Installation, webhook_id: int, letter_id: int) -> dict[str, Any]:
    """Send one again now; it is gone when it was taken. No transaction is open while the receiver is asked.

    Raises NotFoundError, and ConflictError `not-visible` when the webhook's user may no longer see its event.
    """
    hook = await find(here, webhook_id)
    async with here.database.connection() as connection:
        letter = await connection.fetchrow(
            "SELECT position FROM webhook_dead_letter WHERE webhook_id = $1 AND id = $2", webhook_id, letter_id
        )
    if letter is None:
        raise not_found()
    shown = await _event(here, hook, letter["position"])
    async with outbound(here.settings) as client:
        started = time.monotonic()
        try:
            answer: Reply | OutboundError = await post_item(client, hook, shown, now())
        except OutboundError as error:
            answer = error
    found = told(answer, time.monotonic() - started)
    async with here.database.connection() as connection:
        if found["delivered"]:
            await connection.execute("DELETE FROM webhook_dead_letter WHERE id = $1", letter_id)
        else:
            await connection.execute(
                "UPDATE webhook_dead_letter SET status = $2, response = $3, at = now() WHERE id = $1",
                letter_id,
                found["status"],
                excerpt(found["response"] or found["error"]),
            )
    return found


async def _event(here: Installation, hook: Hook, cursor: str) -> dict[str, Any]:
    """The event as the webhook's user would see it now."""
    actor = owner(here.reference.now, hook.user_id)
    rows: list[Row] = []
    epoch = int(cursor.partition("-")[0])
    position = from_cursor(epoch, cursor)
    if actor:
        async with here.database.connection() as connection:
            rows = await read_after(connection, Position(position.xid, position.id - 1), actor, 1)
    if not actor or not rows or rows[0]["e_id"] != position.id:
        raise ConflictError(
            "回调所属用户已看不到该事件。", "The webhook's user may no longer see this event.", code="not-visible"
        )
    return item(rows[0], epoch, here, actor, now())
