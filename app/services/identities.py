"""Who may call, held in memory: users with their permissions, and API keys by hash.

A token or key is thus checked without a statement; a change in the database ends it within milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.database import Connection
from app.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class UserRecord:
    """An active user."""

    id: int
    username: str
    display_name: str
    unit_code: str | None
    token_version: int
    roles: tuple[str, ...]
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A usable API key; `expires_at` may lie ahead or be None."""

    name: str
    user_id: int
    scopes: frozenset[Permission]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identities:
    """All active users and unrevoked keys."""

    users: Mapping[int, UserRecord]
    keys: Mapping[bytes, KeyRecord]


_USERS = """
SELECT u.id, u.username, u.display_name, u.unit_code, u.token_version,
       coalesce(array_agg(r.code ORDER BY r.code) FILTER (WHERE r.code IS NOT NULL), '{}') AS roles,
       coalesce(array_agg(DISTINCT p) FILTER (WHERE p IS NOT NULL), '{}') AS permissions
FROM user_account u
LEFT JOIN user_role ur ON ur.user_id = u.id
LEFT JOIN role r ON r.code = ur.role_code
LEFT JOIN LATERAL unnest(r.permissions) p ON true
WHERE u.active
GROUP BY u.id
"""
_KEYS = "SELECT key_hash, name, user_id, scopes, expires_at FROM api_key WHERE revoked_at IS NULL"


async def load_identities(connection: Connection) -> Identities:
    """Read all active users and unrevoked keys. Permissions that this version does not know are left out."""
    users = {
        row["id"]: UserRecord(
            row["id"],
            row["username"],
            row["display_name"],
            row["unit_code"],
            row["token_version"],
            tuple(dict.fromkeys(row["roles"])),
            _permissions(row["permissions"]),
        )
        for row in await connection.fetch(_USERS)
    }
    keys = {
        row["key_hash"]: KeyRecord(row["name"], row["user_id"], _permissions(row["scopes"]), row["expires_at"])
        for row in await connection.fetch(_KEYS)
    }
    return Identities(users, keys)


def _permissions(names: list[str]) -> frozenset[Permission]:
    known = {permission.value for permission in Permission}
    return frozenset(Permission(name) for name in names if name in known)
