"""Takes attachments away: the row says so first, then the file is erased; whatever was cut off is done later."""

from contextlib import suppress
from datetime import datetime

from app.core.database import Connection
from app.core.file_store import FileStoreError
from app.domain.actors import SYSTEM, Actor
from app.services.attachments.record import record_removed
from app.services.installation import Installation


async def remove(here: Installation, actor: Actor, number: str, at: datetime) -> None:
    """Remove an attachment and erase its file; raises NotFoundError, ForbiddenError, ConflictError."""
    key = await here.database.transaction(lambda connection: record_removed(here, connection, actor, number, at))
    with suppress(FileStoreError):  # housekeeping erases it when the store can be reached again
        await erase(here, number, key)


async def remove_all(connection: Connection, request_ids: list[int], at: datetime) -> None:
    """Take away whatever belongs to these requests, in the caller's transaction; housekeeping erases the files."""
    await connection.execute(
        "UPDATE attachment SET removed_at = coalesce(removed_at, $2), removed_by = coalesce(removed_by, $3), "
        "filename = '附件', note = NULL WHERE request_id = ANY($1)",
        request_ids,
        at,
        SYSTEM.name,
    )


async def erase(here: Installation, number: str, key: str) -> None:
    """Erase the file of a removed attachment and forget where it was; raises FileStoreError."""
    await here.files.delete(key)
    async with here.database.connection() as connection:
        await connection.execute(
            "UPDATE attachment SET storage_key = NULL WHERE number = $1 AND removed_at IS NOT NULL", number
        )
