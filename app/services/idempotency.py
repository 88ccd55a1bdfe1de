"""Same key and same body: the first answer again, status and body; same key and other body: a conflict.

The answer is written in the transaction of what it answers, encrypted, since it may hold a query code.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.core.database import Connection
from app.core.security import KeyRing
from app.core.sql import Sql
from app.domain.actors import Actor
from app.domain.errors import ConflictError

PURPOSE = "idempotency"
KEEP_DAYS = 7
"""Days after which a kept answer may be forgotten; the README tells clients."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's key for one call. `scope` keeps callers and calls apart."""

    scope: str
    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Replay:
    """The first answer to a key."""

    status: int
    body: dict[str, Any]


def claim(actor: Actor, operation: str, key: str, body: bytes) -> Claim:
    """The claim of a call: who, which operation, which key, which body."""
    return Claim(f"{actor.kind}:{actor.name}:{operation}", key, hashlib.sha256(body).digest())


def recall(keys: KeyRing, wanted: Claim, row: Mapping[str, Any]) -> Replay | None:
    """The kept answer in a row with `body_hash`, `status`, `answer`, None when there is none yet.

    Raises ConflictError `idempotency-mismatch` when the key was used for another body.
    """
    if row["body_hash"] is None:
        return None
    if row["body_hash"] != wanted.body_hash:
        raise ConflictError(
            "该幂等键已用于另一份内容，请换一个新的键。",
            "This Idempotency-Key was used for another body; use a new key.",
            code="idempotency-mismatch",
        )
    return Replay(row["status"], orjson.loads(keys.decrypt(row["answer"], PURPOSE)))


def keep(keys: KeyRing, wanted: Claim, status: int, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The row that keeps an answer."""
    return {
        "scope": wanted.scope,
        "key": wanted.key,
        "body_hash": wanted.body_hash,
        "status": status,
        "answer": keys.encrypt(orjson.dumps(body), PURPOSE),
        "created_at": at,
    }


async def recall_kept(connection: Connection, keys: KeyRing, wanted: Claim) -> Replay | None:
    """The kept answer to a claim, None when there is none yet; raises as `recall`."""
    row = await connection.fetchrow(
        "SELECT body_hash, status, answer FROM idempotency_key WHERE scope = $1 AND key = $2", wanted.scope, wanted.key
    )
    return recall(keys, wanted, dict(row)) if row else None


async def keep_now(connection: Connection, keys: KeyRing, wanted: Claim, body: Mapping[str, Any], at: datetime) -> None:
    """Keep an answer (status 200) in the caller's transaction; of two equal calls at once the second is run again."""
    sql = Sql()
    await connection.execute(sql.insert("idempotency_key", keep(keys, wanted, 200, body, at)), *sql.args)
