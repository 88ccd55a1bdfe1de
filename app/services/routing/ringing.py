"""Lets every process learn from new corrections, at most once a minute.

A bell on each correction would count all cases anew with every return; nobody needs a lesson within the minute. The
worker compares the newest correction with the one its own snapshot knows of, so a bell that was lost rings again.
"""

from datetime import datetime

from app.services.installation import Installation
from app.services.reference import CHANNEL, CORRECTED
from app.services.routing.evidence import STALE_AFTER, newest_correction

RING_SECONDS = 60.0


async def ring_for_lessons(here: Installation, at: datetime) -> int:
    """Ring when there are corrections that the snapshot does not know, or it grew old; 1 when it rang."""
    known = here.reference.now.learned.evidence
    async with here.database.connection() as connection:
        faded = bool(known.outcomes) and at - known.at >= STALE_AFTER
        if not faded and await newest_correction(connection) == known.newest:
            return 0
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, CORRECTED)
    return 1
