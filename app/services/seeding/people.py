"""The first administrator of an installation, and the users of the demo city."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.database import Connection
from app.core.security import hash_password
from app.settings import Settings

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made."""

    username: str
    display_name: str
    roles: tuple[str, ...]
    unit_code: str | None = None


async def seed_admin(connection: Connection, settings: Settings) -> str | None:
    """Make the first administrator when there is none; returns its password if one had to be made up."""
    if await connection.fetchval("SELECT 1 FROM user_role WHERE role_code = 'admin' LIMIT 1"):
        return None
    password = settings.admin_password or secrets.token_urlsafe(12)
    await insert_users(connection, [NewUser(ADMIN, "系统管理员", (ADMIN,))], await hash_password(password))
    return None if settings.admin_password else password


async def insert_users(connection: Connection, users: Iterable[NewUser], password_hash: str) -> int:
    """Insert those whose name is free, all with the same password; returns how many."""
    made = 0
    for user in users:
        user_id = await connection.fetchval(
            """
            INSERT INTO user_account (username, display_name, password_hash, unit_code, active, token_version)
            VALUES ($1, $2, $3, $4, true, 1) ON CONFLICT (username) DO NOTHING RETURNING id
            """,
            user.username,
            user.display_name,
            password_hash,
            user.unit_code,
        )
        if user_id is not None:
            made += 1
            await connection.executemany(
                "INSERT INTO user_role (user_id, role_code) VALUES ($1, $2)", [(user_id, role) for role in user.roles]
            )
    return made
