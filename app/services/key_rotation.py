"""Rotation of the master keys while the service runs: a new key in front, then every sealed field re-encrypted to it.

Whoever meets the new key reads the keys again (`KeyRing.knows`), so no process has to be restarted. Each batch is a
transaction of its own that skips rows somebody works on: killed at any point, the rotation is started again and goes
on with the rows that are left. Hashes for look-ups (phones, identity numbers, query codes) cannot be made anew
without what they hide, so the oldest key stays for them and is never taken out.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.core.database import Connection
from app.core.security import KeyRing, KeyRingError
from app.services import idempotency, personal
from app.services.installation import KEYS_CHANNEL, Installation, keys_file, sync_folder, write_beside
from app.services.messages import addresses
from app.services.webhooks import hook

BATCH = 200
PAUSE = 0.2
PATIENCE = 10
"""Seconds before rows that somebody else held are tried again, and how often that brings nothing before they are left."""
_LOCK = 0x12345_0015
"""Advisory lock: one rotation at a time."""


class RotationError(Exception):
    """The keys cannot be rotated now; the text says why."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of ciphertexts. `keys`: the table's primary key, column → type; `purpose` as it was encrypted."""

    table: str
    keys: dict[str, str]
    column: str
    purpose: str


SEALED: tuple[Sealed, ...] = (
    Sealed("service_request", {"id": "bigint"}, "requester", personal.PURPOSE),
    Sealed("contact_point", {"id": "bigint"}, "address", addresses.PURPOSE),
    Sealed("webhook", {"id": "bigint"}, "secret", hook.PURPOSE),
    Sealed("webhook", {"id": "bigint"}, "previous_secret", hook.PURPOSE),
    Sealed("idempotency_key", {"scope": "text", "key": "text"}, "answer", idempotency.PURPOSE),
)
"""Every sealed column of the schema: whoever adds one adds it here (a test looks for forgotten ones)."""


@dataclass
class Outcome:
    """What a rotation did. `made`: a new key; `left`: fields still under another key, whose own key is lost or which
    somebody held all the time."""

    key: str
    made: bool = False
    resealed: int = 0
    left: int = 0


async def rotate(here: Installation, on_total: Callable[[int], None], on_done: Callable[[int], None]) -> Outcome:
    """Make a new current key (for keys kept in the data folder) and re-encrypt to the current key.

    When an earlier rotation has not reached every field, that one is finished and no key is made. Raises
    RotationError when another rotation runs.
    """
    async with _alone(here):
        outcome = Outcome(here.keys.current)
        outcome.resealed = await _reseal_everything(here, on_total, on_done)
        if not outcome.resealed and not here.settings.secret_keys:
            outcome.key, outcome.made = await asyncio.to_thread(_put_in_front, here), True
            outcome.resealed = await _reseal_everything(here, on_total, on_done)
        outcome.left = await fields_left(here)
        return outcome


async def _reseal_everything(
    here: Installation, on_total: Callable[[int], None], on_done: Callable[[int], None]
) -> int:
    await announce(here)
    on_total(await fields_left(here))
    return sum([await _reseal_all(here, sealed, on_done) for sealed in SEALED])


async def announce(here: Installation) -> None:
    """Let every running process read the keys again."""
    async with here.database.connection() as connection:
        await connection.execute("SELECT pg_notify($1, '')", KEYS_CHANNEL)


async def fields_left(here: Installation) -> int:
    """How many fields are not under the current key."""
    async with here.database.connection() as connection:
        counts = await keys_in_use(connection)
    return sum(count for key_id, count in counts.items() if key_id != here.keys.current)


async def keys_in_use(connection: Connection) -> dict[str, int]:
    """Key id → sealed fields that need it."""
    found: dict[str, int] = {}
    for sealed in SEALED:
        rows = await connection.fetch(
            f"""
            SELECT encode(substring({sealed.column} FROM 1 FOR position('\\x3a'::bytea IN {sealed.column}) - 1), 'escape') AS id,
                count(*) AS n
            FROM {sealed.table} WHERE {sealed.column} IS NOT NULL AND position('\\x3a'::bytea IN {sealed.column}) > 0
            GROUP BY 1
            """
        )
        for row in rows:
            found[row["id"]] = found.get(row["id"], 0) + row["n"]
    return found


@asynccontextmanager
async def _alone(here: Installation) -> AsyncIterator[None]:
    """Hold the lock of rotations; the database lets go of it when this process dies."""
    async with here.database.connection() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise RotationError("Another rotation is running; let it finish.")
        try:
            yield
        finally:
            await connection.fetchval("SELECT pg_advisory_unlock($1)", _LOCK)


def _put_in_front(here: Installation) -> str:
    """A fresh key in front of those in the file, in one step; its name."""
    path = keys_file(here.settings)
    key_id = f"k{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    fresh = write_beside(path, f"{KeyRing.new_key(key_id)},{path.read_text().strip()}")
    if os.geteuid() == 0:  # the service may run as somebody else
        os.chown(fresh, path.stat().st_uid, path.stat().st_gid)
    fresh.replace(path)
    sync_folder(path.parent)
    here.keys.refresh()
    return key_id


async def _reseal_all(here: Installation, sealed: Sealed, on_done: Callable[[int], None]) -> int:
    """Pass over the table until nothing is left; the first pass leaves out what others hold or write meanwhile."""
    total = idle = 0
    while idle < PATIENCE:
        done = await _pass_over(here, sealed, on_done)
        total += done
        idle = 0 if done else idle + 1
        if not await _remaining(here, sealed):
            break
        await asyncio.sleep(PAUSE)
    return total


async def _pass_over(here: Installation, sealed: Sealed, on_done: Callable[[int], None]) -> int:
    """One pass in the order of the primary key; returns how many fields were re-encrypted."""
    after: tuple[Any, ...] | None = ()
    total = 0
    while after is not None:
        start = after
        done, after = await here.database.transaction(
            lambda connection, start=start: _reseal_batch(connection, here.keys, sealed, start)  # type: ignore[misc]
        )
        total += done
        on_done(done)
    return total


async def _remaining(here: Installation, sealed: Sealed) -> bool:
    prefix = here.keys.current.encode() + b":"
    async with here.database.connection() as connection:
        found: bool = await connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {sealed.table} WHERE {_other_key(sealed)})", prefix, len(prefix)
        )
    return found


def _other_key(sealed: Sealed) -> str:
    """The condition on a row whose field is under another key than the one whose prefix is $1, of length $2."""
    return f"{sealed.column} IS NOT NULL AND substring({sealed.column} FROM 1 FOR $2) <> $1"


async def _reseal_batch(
    connection: Connection, keys: KeyRing, sealed: Sealed, after: tuple[Any, ...]
) -> tuple[int, tuple[Any, ...] | None]:
    """One batch behind the primary key `after`: fields re-encrypted, and where to go on (None: at the end)."""
    names, prefix = ", ".join(sealed.keys), keys.current.encode() + b":"
    behind = f"AND ({names}) > ({', '.join(f'${n}' for n in range(4, 4 + len(after)))})" if after else ""
    rows = await connection.fetch(
        f"""
        SELECT {names}, {sealed.column} AS sealed FROM {sealed.table} WHERE {_other_key(sealed)} {behind}
        ORDER BY {names} LIMIT $3 FOR UPDATE SKIP LOCKED
        """,
        prefix, len(prefix), BATCH, *after,
    )  # fmt: skip
    fresh = {row: blob for row in rows if (blob := _resealed(keys, sealed, row["sealed"]))}
    columns = [[row[name] for row in fresh] for name in sealed.keys]
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(sealed.keys.values(), 1))
    matching = " AND ".join(f"t.{name} = v.{name}" for name in sealed.keys)
    await connection.execute(
        f"""
        UPDATE {sealed.table} t SET {sealed.column} = v.sealed
        FROM unnest({arrays}, ${len(columns) + 1}::bytea[]) AS v({names}, sealed) WHERE {matching}
        """,
        *columns, list(fresh.values()),
    )  # fmt: skip
    return len(fresh), tuple(rows[-1][name] for name in sealed.keys) if len(rows) == BATCH else None


def _resealed(keys: KeyRing, sealed: Sealed, blob: bytes) -> bytes | None:
    """The field under the current key; None when its own key is lost: it is left as it is."""
    try:
        return keys.encrypt(keys.decrypt(blob, sealed.purpose), sealed.purpose)
    except KeyRingError:
        return None
