"""What administrators do to a running webhook: pause, resume, replay, rotate its secret, try it out."""

import time
from typing import Any

from app.core.clock import now
from app.core.database import lent_connection
from app.core.outbound import OutboundError, Reply
from app.core.standard_webhooks import new_secret, written
from app.domain.actors import Actor
from app.domain.delivery import OVERLAP, Verdict, WebhookState, excerpt, judge
from app.domain.errors import ConflictError, FieldError, InvalidError, not_found
from app.models.webhook import Webhook
from app.services.administration import writing
from app.services.installation import Installation
from app.services.webhooks.hook import COLUMNS, PURPOSE, Hook, hook_of, in_words, outbound, post
from app.services.webhooks.manage import locked, ring, view
from app.services.webhooks.position import latest, place


async def pause(here: Installation, actor: Actor, webhook_id: int) -> dict[str, Any]:
    """Send nothing more until resumed; a call under way ends as it ends. Raises NotFoundError."""
    async with writing(here, actor, f"pause webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        webhook.state = WebhookState.PAUSED
        await ring(session, webhook)
        return await view(here, session, webhook_id)


async def resume(here: Installation, actor: Actor, webhook_id: int) -> dict[str, Any]:
    """Go on at the position, at once, with a clean slate.

    Raises NotFoundError, and ConflictError `position-lost` for a position from before a restore.
    """
    async with writing(here, actor, f"resume webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        end = await latest(await lent_connection(session))
        if end.partition("-")[0] != webhook.position.partition("-")[0]:
            raise ConflictError(
                "数据库已恢复过，原读取位置失效，请先用 replay 选定起点。",
                "The database was restored since; choose a position with :replay first.",
                code="position-lost",
            )
        webhook.state = WebhookState.ACTIVE
        _forgive(webhook)
        await ring(session, webhook)
        return await view(here, session, webhook_id)


async def replay(here: Installation, actor: Actor, webhook_id: int, after: str) -> dict[str, Any]:
    """Go on from another position; the state stays. Raises NotFoundError, InvalidError for what is no cursor."""
    async with writing(here, actor, f"replay webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        try:
            webhook.position = await place(await lent_connection(session), after)
        except InvalidError as error:
            raise InvalidError([FieldError("/after", e.code, e.zh, e.en) for e in error.errors]) from None
        _forgive(webhook)
        await ring(session, webhook)
        return await view(here, session, webhook_id)


async def rotate_secret(here: Installation, actor: Actor, webhook_id: int) -> dict[str, Any]:
    """A new secret, shown this once; the one before it signs along for a day. Raises NotFoundError."""
    secret = new_secret()
    async with writing(here, actor, f"rotate secret of webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        webhook.previous_secret, webhook.previous_until = webhook.secret, now() + OVERLAP
        webhook.secret = here.keys.encrypt(secret, PURPOSE)
        await ring(session, webhook)
        return {**await view(here, session, webhook_id), "secret": written(secret)}


async def try_out(here: Installation, webhook_id: int) -> dict[str, Any]:
    """Send a signed `ping` now, in any state, and tell how it was answered. Raises NotFoundError."""
    hook, at = await find(here, webhook_id), now()
    async with outbound(here.settings) as client:
        started = time.monotonic()
        try:
            answer: Reply | OutboundError = await post(
                client, hook, f"ping_{hook.id}_{int(at.timestamp() * 1000)}", "ping", at, {"webhook": hook.id}, at
            )
        except OutboundError as error:
            answer = error
    return told(answer, time.monotonic() - started)


async def find(here: Installation, webhook_id: int) -> Hook:
    """The webhook with its secrets; raises NotFoundError."""
    async with here.database.connection() as connection:
        row = await connection.fetchrow(f"SELECT {COLUMNS} FROM webhook WHERE id = $1", webhook_id)
    if row is None:
        raise not_found()
    return hook_of(dict(row), here.keys)


def told(answer: Reply | OutboundError, seconds: float) -> dict[str, Any]:
    """How an attempt went, for the one who asked for it."""
    reply = answer if isinstance(answer, Reply) else None
    delivered = judge(reply.status if reply else None) is Verdict.DELIVERED
    return {
        "delivered": delivered,
        "status": reply.status if reply else None,
        "seconds": round(seconds, 3),
        "error": None if delivered else in_words(answer),
        "response": excerpt(reply.text) if reply else "",
    }


def _forgive(webhook: Webhook) -> None:
    webhook.failures = webhook.refusals = 0
    webhook.next_attempt_at = webhook.failing_since = webhook.last_error = None
