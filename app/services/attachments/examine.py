"""From what somebody sent to what is kept: type, clean content, size, hash, name. All of it outside the event loop."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

from app.domain import attachments as types
from app.domain.attachments import FileKind, FileType, clean_name
from app.domain.errors import FileTooLargeError
from app.services.attachments.detect import detect
from app.services.attachments.documents import check_pdf
from app.services.attachments.recordings import without_place

_EXAMINERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="examine")
"""So many files a process unpacks at a time: a photo may need some hundred MB."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived, with what its sender called it. `content` is closed by whoever opened it."""

    content: IO[bytes]
    filename: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A file as it will be kept."""

    content: IO[bytes]
    file_type: FileType
    filename: str
    size: int
    sha256: str


@asynccontextmanager
async def examined(upload: Upload, max_bytes: int) -> AsyncIterator[Examined]:
    """The file as it will be kept, for the length of the block; raises InvalidError, FileTooLargeError."""
    kept = await asyncio.get_running_loop().run_in_executor(_EXAMINERS, _examine, upload, max_bytes)
    try:
        yield kept
    finally:
        if kept.content is not upload.content:
            kept.content.close()


def _examine(upload: Upload, max_bytes: int) -> Examined:
    if _size(upload.content) > max_bytes:
        raise FileTooLargeError(max_bytes)
    file_type = detect(upload.content)
    content = upload.content
    if file_type.kind is FileKind.IMAGE:
        from app.services.attachments.images import clean_image  # Pillow comes with the first photo

        content = clean_image(content, file_type)
    elif file_type is types.PDF:
        check_pdf(content)
    elif file_type in (types.MP4, types.M4A):
        content = without_place(content)
    try:
        size, digest = _size(content), file_hash(content)
        if size > 2 * max_bytes:  # a clean copy may be somewhat larger than what came
            raise FileTooLargeError(max_bytes)
    except BaseException:
        if content is not upload.content:
            content.close()
        raise
    return Examined(content, file_type, clean_name(upload.filename, file_type), size, digest)


def _size(content: IO[bytes]) -> int:
    return content.seek(0, 2)


def file_hash(content: IO[bytes]) -> str:
    """SHA-256 of the whole file in hexadecimal."""
    content.seek(0)
    digest = hashlib.sha256()
    while chunk := content.read(2**20):
        digest.update(chunk)
    return digest.hexdigest()
