"""API keys: shown once, kept as a hash, never stronger than their user; an administrator manages all of them.

A machine's key cannot make further keys unless it may administer identities: else a key about to expire, or one
of few scopes, could make itself a better successor.
"""

from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import now
from app.core.pagination import decode_cursor, encode_cursor
from app.core.security import hash_api_key, new_api_key
from app.domain.actors import Actor, ActorKind
from app.domain.errors import ForbiddenError, invalid, not_found
from app.domain.permissions import Permission
from app.models.identity import ApiKey, User
from app.schemas.users import ApiKeyForm, ApiKeyPage
from app.services.administration import create_once, reading, writing
from app.services.idempotency import Claim, Replay
from app.services.identities import UserRecord
from app.services.installation import Installation

PREFIX_LENGTH = 8
"""Signs of a key that lists show, so that people can tell keys apart: `hk_` and five more."""


async def list_keys(here: Installation, actor: Actor, page: ApiKeyPage) -> dict[str, Any]:
    """Keys with their users, oldest first: all of them for who reads identities, else the caller's own."""
    statement = _visible(actor).order_by(col(ApiKey.id)).limit(page.limit + 1)
    if page.username is not None:
        statement = statement.where(User.username == page.username)
    if page.usable is not None:
        dead = or_(col(ApiKey.revoked_at).is_not(None), col(ApiKey.expires_at) <= now())
        statement = statement.where(dead.is_not(True) if page.usable else dead)
    if page.cursor:
        statement = statement.where(col(ApiKey.id) > decode_cursor(page.cursor, int)[0])
    async with reading(here) as session:
        rows = list(await session.exec(statement))
    more = len(rows) > page.limit
    return {
        "items": [_view(key, username) for key, username in rows[: page.limit]],
        "next_cursor": encode_cursor(rows[page.limit - 1][0].id) if more else None,
    }


async def read_key(here: Installation, actor: Actor, key_id: int) -> dict[str, Any]:
    """One key, without the key itself; raises NotFoundError."""
    async with reading(here) as session:
        row = (await session.exec(_visible(actor).where(ApiKey.id == key_id))).one_or_none()
    if row is None:
        raise not_found()
    return _view(*row)


async def create_key(here: Installation, actor: Actor, form: ApiKeyForm, claim: Claim | None) -> Replay:
    """Make a key; `key` in the answer is shown this once.

    Raises ForbiddenError for another's key, InvalidError for unknown users, scopes beyond the user's own and
    dates that have passed.
    """
    owner = _owner(here, actor, form)
    _check(form, owner)
    secret = new_api_key()

    async def work(session: AsyncSession) -> dict[str, Any]:
        key = ApiKey(
            name=form.name,
            prefix=secret[:PREFIX_LENGTH],
            key_hash=hash_api_key(secret),
            user_id=owner.id,
            scopes=sorted(set(form.scopes)),
            expires_at=form.expires_at,
        )
        session.add(key)
        await session.flush()
        await session.refresh(key)
        return {**_view(key, owner.username), "key": secret}

    return await create_once(here, actor, f"create API key for {owner.username}", claim, work)


async def revoke_key(here: Installation, actor: Actor, key_id: int) -> None:
    """End a key for good, at once; once more does nothing. Raises NotFoundError, ForbiddenError."""
    async with writing(here, actor, f"revoke API key {key_id}") as session:
        row = (await session.exec(_visible(actor).where(ApiKey.id == key_id))).one_or_none()
        if row is None:
            raise not_found()
        key, username = row
        if not (actor.may(Permission.IDENTITY_WRITE) or key.user_id == actor.user_id):
            raise _not_yours(username)
        key.revoked_at = key.revoked_at or now()


def _visible(actor: Actor) -> Any:
    statement = select(ApiKey, User.username).join(User, col(User.id) == col(ApiKey.user_id))
    if actor.may(Permission.IDENTITY_READ) or actor.may(Permission.IDENTITY_WRITE):
        return statement
    return statement.where(col(ApiKey.user_id) == actor.user_id)


def _owner(here: Installation, actor: Actor, form: ApiKeyForm) -> UserRecord:
    """The user that the key will act as."""
    administers = actor.may(Permission.IDENTITY_WRITE)
    if actor.kind is ActorKind.API_KEY and not administers:
        raise ForbiddenError("密钥不能再生成密钥，请登录后操作。", "A key cannot make keys; log in instead.")
    username = form.username or actor.name
    if username != actor.name and not administers:
        raise _not_yours(username)
    for user in here.reference.now.identities.users.values():
        if user.username == username:
            return user
    raise invalid("/username", "unknown", f"没有在用的用户“{username}”。", f"No active user is named '{username}'.")


def _not_yours(username: str) -> ForbiddenError:
    return ForbiddenError(
        f"您不能管理“{username}”的密钥。", f"The keys of '{username}' are not yours; this needs identity.write."
    )


def _check(form: ApiKeyForm, owner: UserRecord) -> None:
    for position, scope in enumerate(form.scopes):
        if scope not in owner.permissions:
            raise invalid(
                f"/scopes/{position}",
                "beyond-user",
                f"用户“{owner.username}”没有权限“{scope}”。",
                f"'{owner.username}' does not have '{scope}' itself.",
            )
    if form.expires_at is not None and form.expires_at <= now():
        raise invalid("/expires_at", "past", "到期时间须在将来。", "Must lie in the future.")


def _view(key: ApiKey, username: str) -> dict[str, Any]:
    return {"username": username, **key.model_dump(exclude={"key_hash", "user_id"})}
