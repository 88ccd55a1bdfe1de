"""What the workers write about webhooks: who holds which, how far each has come, what went wrong.

Each is one statement, so a worker may be cut off at any point. Whoever writes names itself and the position it
started from: after losing the lease, or after an administrator moved the position, nothing is overwritten.
"""

from dataclasses import dataclass
from typing import Any

from app.core.database import Connection
from app.core.security import KeyRing
from app.core.sql import Sql
from app.domain.delivery import GIVE_UP, excerpt
from app.services.webhooks.hook import COLUMNS, Hook, hook_of

_RENEWED = "leased_until = now() + $2 * interval '1 second'"
_GIVEN_BACK = "leased_by = NULL, leased_until = NULL"
_ACQUIRE = f"""
UPDATE webhook SET leased_by = $1, {_RENEWED}
WHERE id IN (
    SELECT id FROM webhook
    WHERE state = 'active' AND (next_attempt_at IS NULL OR next_attempt_at <= now()) AND id <> ALL ($3::bigint[])
      AND (leased_until IS NULL OR leased_until < now() OR leased_by = $1)
    ORDER BY id FOR UPDATE SKIP LOCKED)
RETURNING {COLUMNS}
"""
_RENEW = f"UPDATE webhook SET {_RENEWED} WHERE leased_by = $1 AND id = ANY ($3::bigint[]) AND leased_until > now()"
_CONFIRM = (
    f"UPDATE webhook SET {_RENEWED} WHERE leased_by = $1 AND id = $3 AND leased_until > now() RETURNING {COLUMNS}"
)
_CLEAN = "failures = 0, refusals = 0, next_attempt_at = NULL"
_MINE = "id = $1 AND leased_by = $2 AND position = $3"


@dataclass(frozen=True, slots=True)
class Holder:
    """One worker's name and the length of its leases in seconds."""

    name: str
    seconds: float


async def acquire(connection: Connection, holder: Holder, held: list[int]) -> list[Any]:
    """Lease every active webhook that is due and free; `held` are those being served. Rows with `COLUMNS`."""
    return list(await connection.fetch(_ACQUIRE, holder.name, holder.seconds, held))


async def renew(connection: Connection, holder: Holder, held: list[int]) -> None:
    """Go on holding what is held and has not been lost."""
    await connection.execute(_RENEW, holder.name, holder.seconds, held)


async def confirm(connection: Connection, holder: Holder, hook_id: int, keys: KeyRing) -> Hook | None:
    """Renew one lease; the webhook as it is now, None when the lease (or the webhook) is gone."""
    row = await connection.fetchrow(_CONFIRM, holder.name, holder.seconds, hook_id)
    return hook_of(dict(row), keys) if row else None


async def release(connection: Connection, holder: Holder, hook_ids: list[int]) -> None:
    """Give leases back, so that others need not wait for their end."""
    await connection.execute(
        f"UPDATE webhook SET {_GIVEN_BACK} WHERE leased_by = $1 AND id = ANY ($2::bigint[])", holder.name, hook_ids
    )


async def advance(connection: Connection, holder: Holder, hook: Hook, to: str, *, delivered: bool) -> bool:
    """Move the position and renew the lease; False when the lease or the position is not what it was."""
    sql = Sql()
    sql.args = [hook.id, holder.name, hook.position]
    success = f"{_CLEAN}, failing_since = NULL, last_error = NULL, last_success_at = now()," if delivered else ""
    tag = await connection.execute(
        f"UPDATE webhook SET {success} position = {sql.arg(to)}, "
        f"leased_until = now() + {sql.arg(holder.seconds)} * interval '1 second' WHERE {_MINE}",
        *sql.args,
    )
    return bool(tag == "UPDATE 1")


async def back_off(
    connection: Connection, holder: Holder, hook: Hook, at: str, error: str, seconds: float, *, refused: bool
) -> None:
    """Remember a failure before `at` (what comes next), wait, give the lease back; disable what fails for too long."""
    await connection.execute(
        f"""
        UPDATE webhook SET {_GIVEN_BACK}, position = $4, failures = least(failures + 1, 30000), last_error = $5,
            refusals = CASE WHEN $7 THEN refusals + 1 ELSE refusals END,
            next_attempt_at = now() + $6 * interval '1 second', failing_since = coalesce(failing_since, now()),
            state = CASE WHEN state = 'active' AND failing_since < now() - $8::interval THEN 'disabled' ELSE state END
        WHERE {_MINE}
        """,
        hook.id,
        holder.name,
        hook.position,
        at,
        error,
        seconds,
        refused,
        GIVE_UP,
    )


async def bury(
    connection: Connection, holder: Holder, hook: Hook, item: dict[str, Any], status: int, text: str
) -> bool:
    """Put a refused message aside and go on behind it, in one statement; False as in `advance`."""
    tag = await connection.execute(
        f"""
        WITH moved AS (
            UPDATE webhook SET {_CLEAN}, position = $4, last_error = $5, failing_since = coalesce(failing_since, now())
            WHERE {_MINE} RETURNING id)
        INSERT INTO webhook_dead_letter (webhook_id, position, kind, ticket_no, status, response)
        SELECT id, $4, $6, $7, $8, $9 FROM moved
        """,
        hook.id,
        holder.name,
        hook.position,
        item["cursor"],
        f"HTTP {status}",
        item["kind"],
        item["ticket_no"],
        status,
        excerpt(text),
    )
    return bool(tag == "INSERT 0 1")


async def postpone(connection: Connection, holder: Holder, hook_id: int, error: str, seconds: float) -> None:
    """Leave a webhook alone for a while for a reason that is not its receiver's."""
    await connection.execute(
        f"""
        UPDATE webhook SET {_GIVEN_BACK}, last_error = $3, next_attempt_at = now() + $4 * interval '1 second'
        WHERE id = $1 AND leased_by = $2
        """,
        hook_id,
        holder.name,
        error,
        seconds,
    )


async def disable(connection: Connection, holder: Holder, hook_id: int, error: str) -> None:
    """Stop for good until an administrator resumes; the position stays."""
    await connection.execute(
        f"UPDATE webhook SET {_GIVEN_BACK}, state = 'disabled', last_error = $3 WHERE id = $1 AND leased_by = $2",
        hook_id,
        holder.name,
        error,
    )
