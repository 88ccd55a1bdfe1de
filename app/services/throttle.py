"""Slows down guessing: failures of a bucket (a name, a ticket, an address) counted in windows of 15 minutes.

The counters live in the database, so every process of every machine sees them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.database import Connection
from app.domain.errors import ThrottledError

WINDOW = timedelta(minutes=15)


def window_start(at: datetime) -> datetime:
    """Beginning of the window that an instant lies in."""
    seconds = int(at.timestamp()) // int(WINDOW.total_seconds()) * int(WINDOW.total_seconds())
    return datetime.fromtimestamp(seconds, tz=at.tzinfo)


def seconds_left(at: datetime) -> int:
    """Seconds until the window ends."""
    return max(1, int((window_start(at) + WINDOW - at).total_seconds()))


async def check_throttle(connection: Connection, buckets: Sequence[str], limit: int, at: datetime) -> None:
    """Raises ThrottledError when any bucket has used up its attempts in this window."""
    spent = await connection.fetchval(
        "SELECT max(failures) FROM throttle WHERE bucket = ANY($1) AND window_start = $2",
        list(buckets),
        window_start(at),
    )
    if (spent or 0) >= limit:
        raise ThrottledError(seconds_left(at))


async def record_failure(connection: Connection, buckets: Sequence[str], at: datetime) -> int:
    """Count one failure in every bucket; returns how many the fullest has now."""
    rows = await connection.fetch(
        """
        INSERT INTO throttle AS t (bucket, window_start, failures)
        SELECT bucket, $2, 1 FROM unnest($1::text[]) AS bucket ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE SET
            failures = CASE WHEN t.window_start = $2 THEN least(t.failures + 1, 30000) ELSE 1 END,
            window_start = $2
        RETURNING failures
        """,
        list(buckets),
        window_start(at),
    )
    return max((row["failures"] for row in rows), default=0)


async def forget_failures(connection: Connection, buckets: Sequence[str]) -> None:
    """A success clears the bucket."""
    await connection.execute("DELETE FROM throttle WHERE bucket = ANY($1)", list(buckets))
