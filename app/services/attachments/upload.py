"""Takes a file: look into it, store it, then commit the row that names it.

In this order a crash leaves at worst a file without a row, which `tidy.py` throws away; never a row without its file.
"""

import asyncio
import secrets
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from app.core.database import Connection
from app.core.file_store import FileStoreError
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor, ActorKind
from app.domain.errors import HotlineError, not_found
from app.schemas.attachments import AttachmentForm
from app.services.attachments.examine import Examined, Upload, examined, file_hash
from app.services.attachments.record import record_added, refuse_when_over, too_many
from app.services.attachments.views import for_citizen, item
from app.services.idempotency import Claim, claim, keep, recall_kept
from app.services.installation import Installation
from app.services.visibility import visible_requests

CREATED = 201


async def may_attach(here: Installation, actor: Actor, ticket_no: str, *, repeated: bool) -> None:
    """Refuse before a large body is read: raises NotFoundError, ConflictError.

    A `repeated` call (with a key) may have been answered before; only its visibility is checked here.
    """
    sql = Sql()
    conditions = [f"r.ticket_no = {sql.arg(ticket_no)}", *visible_requests(actor, sql)]
    async with here.database.connection() as connection:
        row = await connection.fetchrow(
            f"""
            SELECT r.state, (SELECT count(*) FROM attachment a WHERE a.request_id = r.id AND a.removed_at IS NULL) AS held
            FROM service_request r WHERE {conjunction(conditions)}
            """,
            *sql.args,
        )
    if row is None:
        raise not_found()
    if not repeated:
        refuse_when_over(dict(row))
        if row["held"] >= here.settings.attachments_per_request:
            raise too_many(here.settings.attachments_per_request)


async def attach(
    here: Installation,
    actor: Actor,
    ticket_no: str,
    upload: Upload,
    form: AttachmentForm,
    at: datetime,
    key: tuple[Actor, str] | None = None,
) -> dict[str, Any]:
    """Keep a file; answers as it will stand in lists.

    `key` is an idempotency key and in whose name it counts. Raises InvalidError, FileTooLargeError, NotFoundError,
    ConflictError.
    """
    wanted = await _claim(ticket_no, upload, form, key) if key else None
    if wanted:
        async with here.database.connection() as connection:
            if replay := await recall_kept(connection, here.keys, wanted):
                return replay.body
    storage_key = f"{at:%Y%m%d}/{secrets.token_hex(20)}"
    async with examined(upload, here.settings.attachment_max_bytes) as kept:
        await here.files.put(storage_key, kept.content)
    file = _columns(kept, form, storage_key)

    async def work(connection: Connection) -> tuple[dict[str, Any], bool]:
        if wanted and (replay := await recall_kept(connection, here.keys, wanted)):
            return replay.body, False
        request, row = await record_added(here, connection, actor, ticket_no, file, at)
        body = for_citizen(row) if actor.kind is ActorKind.CITIZEN else item(request, row, actor)
        if wanted:
            sql = Sql()
            answer = keep(here.keys, wanted, CREATED, body, at)
            await connection.execute(sql.insert("idempotency_key", answer), *sql.args)
        return body, True

    try:
        body, used = await here.database.transaction(work)
    except HotlineError:  # certainly not committed; after a lost connection nobody knows, so the file stays
        await _drop(here, storage_key)
        raise
    if not used:
        await _drop(here, storage_key)
    here.reading.touch(ticket_no)
    return body


async def _claim(ticket_no: str, upload: Upload, form: AttachmentForm, key: tuple[Actor, str]) -> Claim:
    """Two calls are the same when the bytes of the file, its name and what was said about it are."""
    digest = await asyncio.to_thread(file_hash, upload.content)
    body = orjson.dumps([digest, upload.filename.encode(errors="replace").decode(), form.note, form.public])
    return claim(key[0], f"attach:{ticket_no}", key[1], body)


def _columns(kept: Examined, form: AttachmentForm, storage_key: str) -> dict[str, Any]:
    return {
        "filename": kept.filename,
        "content_type": kept.file_type.content_type,
        "size": kept.size,
        "sha256": kept.sha256,
        "storage_key": storage_key,
        "public": form.public,
        "note": form.note,
    }


async def _drop(here: Installation, storage_key: str) -> None:
    with suppress(FileStoreError):  # housekeeping finds it
        await here.files.delete(storage_key)
