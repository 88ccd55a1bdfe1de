"""Throws away files that nobody needs: of removed attachments, and of uploads that were cut off before their row.

An upload's file lies under the day it came, so a week of days is compared with the rows, however much is stored.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.file_store import StoredFile
from app.services.attachments.remove import erase
from app.services.installation import Installation

BATCH = 500
LEFT_ALONE = timedelta(days=1)
"""An upload may still be under way so long."""
LOOKED_BACK = timedelta(days=8)

_TO_ERASE = """
SELECT number, storage_key FROM attachment
WHERE removed_at IS NOT NULL AND storage_key IS NOT NULL ORDER BY removed_at LIMIT $1
"""


async def tidy_files(here: Installation, at: datetime) -> int:
    """Erase what is left over; returns how many files. Raises FileStoreError when the store is out of reach."""
    erased = await _erase_removed(here)
    day = at - LOOKED_BACK
    while day <= at:
        async for files in here.files.list(f"{day:%Y%m%d}", BATCH):
            erased += await _drop_orphans(here, files, at - LEFT_ALONE)
        day += timedelta(days=1)
    return erased + await here.files.drop_unfinished(at - LEFT_ALONE)


async def _erase_removed(here: Installation) -> int:
    erased = 0
    while True:
        async with here.database.connection() as connection:
            rows = await connection.fetch(_TO_ERASE, BATCH)
        for row in rows:
            await erase(here, row["number"], row["storage_key"])
        erased += len(rows)
        if len(rows) < BATCH:
            return erased


async def _drop_orphans(here: Installation, files: Iterable[StoredFile], before: datetime) -> int:
    old = [file.key for file in files if file.modified_at < before]
    if not old:
        return 0
    async with here.database.connection() as connection:
        rows = await connection.fetch("SELECT storage_key FROM attachment WHERE storage_key = ANY($1::text[])", old)
    orphans = set(old) - {row["storage_key"] for row in rows}
    for key in orphans:
        await here.files.delete(key)
    return len(orphans)
