"""Who is calling: login with throttled guessing, tokens and API keys turned into actors, password change."""

from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.core.database import Connection
from app.core.security import KeyRing, hash_api_key, hash_password, verify_password
from app.domain.actors import Actor, ActorKind
from app.domain.errors import ConflictError, ForbiddenError, UnauthenticatedError, invalid
from app.domain.permissions import Permission
from app.services.identities import UserRecord
from app.services.installation import Installation
from app.services.reference import Reference
from app.services.throttle import SHARED, check_throttle, forget_failures, network_of, record_failure

KEY_PREFIX = "hk_"


def authenticate(reference: Reference, keys: KeyRing, token: str) -> Actor | None:
    """The actor behind a bearer token or API key, None when it is not valid; costs no statement."""
    if token.startswith(KEY_PREFIX):
        return _by_api_key(reference, token)
    claims = keys.read_token(token)
    if claims is None or not str(claims["sub"]).isdigit():
        return None
    user = reference.identities.users.get(int(claims["sub"]))
    if user is None or user.token_version != claims.get("ver"):
        return None
    return actor_of(reference, user)


def actor_of(reference: Reference, user: UserRecord) -> Actor:
    """The actor that a user is."""
    return _actor(reference, user, ActorKind.USER, user.permissions)


def _actor(reference: Reference, user: UserRecord, kind: ActorKind, permissions: frozenset[Permission]) -> Actor:
    unit = user.unit_code or ""
    below, above = reference.subordinates.get(unit, ()), reference.superiors.get(unit, ())
    return Actor(kind, user.username, permissions, user.unit_code, below, user.id, user.roles, above)


def _by_api_key(reference: Reference, token: str) -> Actor | None:
    key = reference.identities.keys.get(hash_api_key(token))
    user = reference.identities.users.get(key.user_id) if key else None
    if key is None or user is None or (key.expires_at is not None and key.expires_at <= now()):
        return None
    return _actor(reference, user, ActorKind.API_KEY, user.permissions & key.scopes)


async def log_in(
    installation: Installation, username: str, password: str, address: str, at: datetime
) -> dict[str, Any]:
    """A token for a right password.

    Raises UnauthenticatedError for a wrong name or password (they look and cost the same) and ThrottledError
    after too many failures for the name or from the address.
    """
    database, settings = installation.database, installation.settings
    username = username.encode("utf-8", "replace").decode().replace("\x00", "?")  # no user is called that
    most = settings.login_attempts
    buckets = {f"login:name:{username.lower()[:100]}": most, f"login:address:{network_of(address)}": most * SHARED}
    async with database.connection() as connection:
        await check_throttle(connection, buckets, at)
        row = await connection.fetchrow(
            "SELECT id, password_hash, token_version FROM user_account WHERE username = $1 AND active", username
        )
    right = await verify_password(password, row["password_hash"] if row else None)
    async with database.connection() as connection:
        if not right or row is None:
            await record_failure(connection, buckets, at)
            raise UnauthenticatedError("用户名或密码不正确。", "Wrong user name or password.", code="wrong-credentials")
        # Guesses made side by side passed the first check together; by now they have been counted.
        await check_throttle(connection, buckets, at)
        await forget_failures(connection, list(buckets)[:1])
    lifetime = timedelta(minutes=settings.token_minutes)
    token = installation.keys.issue_token(row["id"], row["token_version"], lifetime)
    return {"access_token": token, "token_type": "bearer", "expires_in": int(lifetime.total_seconds())}


MIN_PASSWORD = 8


async def change_password(here: Installation, actor: Actor, current: str, new: str, at: datetime) -> None:
    """Set a new password and end all tokens of the user.

    Raises InvalidError when the current one is wrong, ThrottledError after too many wrong ones.
    """
    if actor.kind is ActorKind.API_KEY:
        raise ForbiddenError(
            "接口密钥不能修改密码，请用密码登录后修改。", "An API key may not change its user's password."
        )
    buckets = {f"login:name:{actor.name}": here.settings.login_attempts}
    async with here.database.connection() as connection:
        await check_throttle(connection, buckets, at)
        known = await connection.fetchval("SELECT password_hash FROM user_account WHERE id = $1", actor.user_id)
    right = await verify_password(current, known)
    async with here.database.connection() as connection:
        if not right:
            await record_failure(connection, buckets, at)
            raise invalid("/current_password", "wrong-password", "当前密码不正确。", "The current password is wrong.")
        await check_throttle(connection, buckets, at)
    new_hash = await hash_password(new)

    async def write(connection: Connection) -> None:
        changed = await connection.execute(
            """
            UPDATE user_account SET password_hash = $2, token_version = token_version + 1
            WHERE id = $1 AND password_hash = $3
            """,
            actor.user_id,
            new_hash,
            known,
        )
        if changed != "UPDATE 1":
            raise ConflictError("密码刚刚已被修改，请重新登录。", "The password was changed meanwhile; log in again.")

    await here.database.transaction(write)
    await here.reference.refresh()
