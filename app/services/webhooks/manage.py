"""Webhooks for administrators: list, read, create, change, delete. Whoever manages them manages all of them."""

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.addresses import AddressError
from app.core.clock import now
from app.core.database import lent_connection
from app.core.pagination import decode_cursor, encode_cursor
from app.core.standard_webhooks import new_secret, written
from app.domain.actors import Actor
from app.domain.delivery import MOST_WEBHOOKS, WebhookState
from app.domain.errors import ConflictError, InvalidError, invalid, not_found, refuse_empty
from app.models.identity import User
from app.models.webhook import Webhook
from app.schemas.types import Form
from app.schemas.webhooks import WebhookForm, WebhookPage
from app.services.administration import create_once, reading, writing
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation
from app.services.webhooks.hook import CHANNEL, PURPOSE, outbound
from app.services.webhooks.position import latest
from app.services.webhooks.waiting import waiting

_SHOWN = (
    "id", "name", "url", "events", "state", "position", "failures", "failing_since", "last_error",
    "next_attempt_at", "last_success_at", "created_at",
)  # fmt: skip
_URL_FAULTS = {
    "url": ("不是有效的网址", "is not a URL"),
    "scheme": ("网址须以 https:// 或 http:// 开头", "must begin with https:// or http://"),
    "credentials": ("网址中不能带用户名和密码，请验证签名", "must not hold credentials; verify the signature instead"),
    "unresolvable": ("找不到该主机的地址", "names a host that cannot be found"),
    "inward-address": (
        "该主机不在公网上；如确需使用，请管理员加入 HOTLINE_WEBHOOK_ALLOW",
        "is not a public address; HOTLINE_WEBHOOK_ALLOW may allow it",
    ),
}


async def list_webhooks(here: Installation, page: WebhookPage) -> dict[str, Any]:
    """Webhooks with their users and what waits for each, oldest first; three statements."""
    statement = _with_username().order_by(col(Webhook.id)).limit(page.limit + 1)
    if page.username is not None:
        statement = statement.where(User.username == page.username)
    if page.state is not None:
        statement = statement.where(Webhook.state == page.state)
    if page.cursor:
        statement = statement.where(col(Webhook.id) > decode_cursor(page.cursor, int)[0])
    async with reading(here) as session:
        rows = list(await session.exec(statement))
        items = await _views(here, session, rows[: page.limit])
    more = len(rows) > page.limit
    return {"items": items, "next_cursor": encode_cursor(items[-1]["id"]) if more else None}


async def read_webhook(here: Installation, webhook_id: int) -> dict[str, Any]:
    """One webhook, without its secret; raises NotFoundError."""
    async with reading(here) as session:
        return await view(here, session, webhook_id)


async def create_webhook(here: Installation, actor: Actor, form: WebhookForm, claim: Claim | None) -> Replay:
    """Make a webhook that begins with what comes; `secret` in the answer is shown this once.

    Raises InvalidError for URLs that may not be called and unknown users, ConflictError `too-many`.
    """
    user_id = _owner_id(here, form.username or actor.name)
    await _check_url(here, form.url)
    secret = new_secret()

    async def work(session: AsyncSession) -> dict[str, Any]:
        if (await session.exec(select(func.count()).select_from(Webhook))).one() >= MOST_WEBHOOKS:
            raise ConflictError(
                f"最多可设 {MOST_WEBHOOKS} 个回调，请先删除不用的。",
                f"There are {MOST_WEBHOOKS} webhooks already; delete one that is not needed.",
                code="too-many",
            )
        webhook = Webhook(
            name=form.name,
            url=form.url,
            user_id=user_id,
            events=sorted(set(form.events)),
            state=WebhookState.ACTIVE,
            secret=here.keys.encrypt(secret, PURPOSE),
            position=await latest(await lent_connection(session)),
        )
        session.add(webhook)
        await session.flush()
        return {**await view(here, session, webhook.id or 0), "secret": written(secret)}

    return await create_once(here, actor, f"create webhook for {form.username or actor.name}", claim, work)


async def change_webhook(here: Installation, actor: Actor, webhook_id: int, form: Form) -> dict[str, Any]:
    """Change name, URL or kinds; holds from the next message on. Raises NotFoundError and as `create_webhook`."""
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)
    if "url" in changes:
        await _check_url(here, changes["url"])
    async with writing(here, actor, f"change webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        for name, value in changes.items():
            setattr(webhook, name, sorted(set(value)) if name == "events" else value)
        await ring(session, webhook)
        return await view(here, session, webhook_id)


async def delete_webhook(here: Installation, actor: Actor, webhook_id: int) -> None:
    """Remove it with its dead letters; raises NotFoundError."""
    async with writing(here, actor, f"delete webhook {webhook_id}") as session:
        webhook = await locked(session, webhook_id)
        await ring(session, webhook)
        await session.delete(webhook)


async def locked(session: AsyncSession, webhook_id: int) -> Webhook:
    """The webhook, kept from the workers until the transaction ends; raises NotFoundError."""
    row = (await session.exec(select(Webhook).where(Webhook.id == webhook_id).with_for_update())).one_or_none()
    if row is None:
        raise not_found()
    return row


async def ring(session: AsyncSession, webhook: Webhook) -> None:
    """Tell the worker that serves it, as soon as the change is committed."""
    await session.flush()
    await session.exec(select(func.pg_notify(CHANNEL, str(webhook.id))))


async def view(here: Installation, session: AsyncSession, webhook_id: int) -> dict[str, Any]:
    """One webhook as clients see it; raises NotFoundError."""
    rows = list(await session.exec(_with_username().where(Webhook.id == webhook_id)))
    if not rows:
        raise not_found()
    return (await _views(here, session, rows))[0]


async def _views(here: Installation, session: AsyncSession, rows: list[Any]) -> list[dict[str, Any]]:
    at = now()
    hooks = [{"id": row.id, "user_id": row.user_id, "position": row.position} for row, _ in rows]
    found = await waiting(here, await lent_connection(session), hooks, at) if hooks else {}
    return [
        {
            **row.model_dump(include=set(_SHOWN)),
            "username": username,
            "waiting": found[row.id],
            "previous_secret_until": row.previous_until if row.previous_until and row.previous_until > at else None,
        }
        for row, username in rows
    ]


def _with_username() -> Any:
    return select(Webhook, User.username).join(User, col(User.id) == col(Webhook.user_id))


def _owner_id(here: Installation, username: str) -> int:
    for user in here.reference.now.identities.users.values():
        if user.username == username:
            return user.id
    raise invalid("/username", "unknown", f"没有在用的用户“{username}”。", f"No active user is named '{username}'.")


async def _check_url(here: Installation, url: str) -> None:
    try:
        async with outbound(here.settings) as client:
            await client.check(url)
    except AddressError as error:
        raise _url_fault(error.code) from None


def _url_fault(code: str) -> InvalidError:
    zh, en = _URL_FAULTS[code]
    return invalid("/url", code, f"{zh}。", f"The URL {en}.")
