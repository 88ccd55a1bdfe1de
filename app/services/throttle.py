"""Slows down guessing and flooding: failures of a bucket (a name, a ticket, a network) counted in windows of 15 minutes.

The counters live in the database, so every process of every machine sees them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from ipaddress import ip_address, ip_network

from app.core.database import Connection
from app.domain.errors import ThrottledError

WINDOW = timedelta(minutes=15)
_SECONDS = int(WINDOW.total_seconds())
SHARED = 20
"""Many people share an address (a call centre, a mobile network): it may fail so many times as often as one name."""


def window_start(at: datetime) -> datetime:
    """Beginning of the window that an instant lies in."""
    return _start(int(at.timestamp()) // _SECONDS, at.tzinfo)


@lru_cache(maxsize=8)
def _start(number: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(number * _SECONDS, tz=zone)


def seconds_left(at: datetime) -> int:
    """Seconds until the window ends."""
    return max(1, int((window_start(at) + WINDOW - at).total_seconds()))


def spent_sql(window: str, *buckets: tuple[str, str]) -> str:
    """Whether any bucket has used up its attempts: an expression over placeholders for the window, buckets and limits."""
    found = "EXISTS (SELECT FROM throttle WHERE bucket = {} AND window_start = {} AND failures >= {}::int)"
    return "(" + " OR ".join(found.format(bucket, window, most) for bucket, most in buckets) + ")"


async def check_throttle(connection: Connection, limits: Mapping[str, int], at: datetime) -> None:
    """Raises ThrottledError when any bucket has used up its attempts in this window."""
    places = [(f"${2 * n + 2}", f"${2 * n + 3}") for n in range(len(limits))]
    given = [value for pair in limits.items() for value in pair]
    if await connection.fetchval(f"SELECT {spent_sql('$1', *places)}", window_start(at), *given):
        raise ThrottledError(seconds_left(at))


async def record_failure(connection: Connection, limits: Mapping[str, int], at: datetime) -> None:
    """Count one failure in every bucket; raises ThrottledError when one has more than its limit by now."""
    rows = await connection.fetch(
        """
        INSERT INTO throttle AS t (bucket, window_start, failures)
        SELECT bucket, $2, 1 FROM unnest($1::text[]) AS bucket ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE SET
            failures = CASE WHEN t.window_start = $2 THEN least(t.failures + 1, 30000) ELSE 1 END,
            window_start = $2
        RETURNING bucket, failures
        """,
        list(limits),
        window_start(at),
    )
    if any(row["failures"] > limits[row["bucket"]] for row in rows):
        raise ThrottledError(seconds_left(at))


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What one caller holds: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address


async def forget_failures(connection: Connection, buckets: Sequence[str]) -> None:
    """A success clears the bucket."""
    await connection.execute("DELETE FROM throttle WHERE bucket = ANY($1)", list(buckets))
