"""Throws away what has served its time: kept answers of idempotent calls, counters of old guesses, messages long sent,
dead letters of webhooks, words by which nobody searches any more, and the persons behind requests that ended long ago (`erasure.py`).

In small batches, because the feed serves nothing newer than the oldest running transaction.
"""

from datetime import datetime, timedelta

from app.services.erasure import erase_ended
from app.services.idempotency import KEEP_DAYS
from app.services.installation import Installation

BATCH = 2000
THROTTLE_KEPT = timedelta(days=1)
LETTERS_KEPT = MESSAGES_KEPT = timedelta(days=90)
_OLD = {
    "idempotency_key": ("created_at", timedelta(days=KEEP_DAYS)),
    "throttle": ("window_start", THROTTLE_KEPT),
    "webhook_dead_letter": ("at", LETTERS_KEPT),
    "message": ("done_at", MESSAGES_KEPT),
}


async def clean_up(here: Installation, at: datetime) -> int:
    """Delete old rows and erase old requests' persons; returns how many."""
    total = 0
    searched = timedelta(days=here.settings.duplicate_days, hours=here.settings.cluster_window_hours)
    for table, (column, kept) in {**_OLD, "request_key": ("filed_at", searched)}.items():
        statement = (
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {column} < $1 LIMIT $2))"
        )
        while deleted := await _delete(here, statement, at - kept):
            total += deleted
    return total + await erase_ended(here, at)


async def _delete(here: Installation, statement: str, before: datetime) -> int:
    async with here.database.connection() as connection:
        tag = await connection.execute(statement, before, BATCH)
    return int(tag.rpartition(" ")[2])
