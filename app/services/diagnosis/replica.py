"""Looks at the read replica as the service does: whether it answers, follows our primary, and follows it closely enough."""

import asyncio
import time

import asyncpg

from app.core.database import Connection
from app.core.replica import ANSWER_SECONDS, MARK, REPLAYED
from app.services.diagnosis.finding import Finding, ok, warn
from app.settings import Settings

_PAUSE_SECONDS = 0.05
_MEANWHILE = "The primary serves all reads meanwhile."
_UNFIT = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def look_at_replica(primary: Connection, settings: Settings) -> list[Finding]:
    """A finding about `HOTLINE_REPLICA_URL`; none when no replica is set. Takes at most `HOTLINE_REPLICA_MAX_LAG`."""
    if not settings.replica_url:
        return []
    try:
        replica = await asyncpg.connect(settings.replica_url.replace("postgres://", "postgresql://", 1), timeout=10)
    except _UNFIT as error:
        reason = str(error) or type(error).__name__
        advice = f"{_MEANWHILE} Start it, or correct HOTLINE_REPLICA_URL."
        return [warn("replica", f"cannot be reached ({reason})", advice)]
    try:
        return [await _compare(primary, replica, settings.replica_max_lag)]
    except _UNFIT as error:
        return [warn("replica", f"does not answer ({str(error) or type(error).__name__})", _MEANWHILE)]
    finally:
        replica.terminate()


async def _compare(primary: Connection, replica: Connection, most: float) -> Finding:
    """How far the replica is, told by how long it takes to have what the primary has now."""
    mark, began = await primary.fetchrow(MARK), time.monotonic()
    while True:
        there = await replica.fetchrow(REPLAYED, timeout=max(ANSWER_SECONDS, most))
        if mark is None or there is None:
            raise AssertionError("each of the statements yields one row")
        behind, seconds = mark["lsn"] - there["lsn"], time.monotonic() - began
        if not there["follows"]:
            return warn("replica", "is reachable, but no replica: not used", f"{_MEANWHILE} Set it up as a standby.")
        if there["system_identifier"] != mark["system_identifier"]:
            return warn("replica", "is reachable, but follows another server: not used", _MEANWHILE)
        if behind <= 0:
            return ok("replica", f"reachable, {seconds:.2f} s behind, used for look-ups, lists and statistics")
        if seconds > most:
            told = f"reachable, more than {most:g} s behind ({behind} bytes of the log): not used"
            return warn(
                "replica", told, f"{_MEANWHILE} See what holds its replay up, or raise HOTLINE_REPLICA_MAX_LAG."
            )
        await asyncio.sleep(_PAUSE_SECONDS)
