"""Keeps files under keys: in a local folder, or in anything that speaks S3; one code path for both (obstore).

Keys are made by the caller and never shown. What goes wrong is a `FileStoreError`, an outage like any other.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from app.core.lazily import later

if TYPE_CHECKING:
    import obstore
    from obstore import exceptions, store
else:  # comes with the first file
    obstore = later("obstore")
    exceptions = later("obstore.exceptions")
    store = later("obstore.store")

CHUNK = 256 * 1024
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


class FileStoreError(OSError):
    """The store cannot be reached, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in a listing."""

    key: str
    modified_at: datetime


class FileStore:
    """A place for files; opened at first use, so that whoever needs none makes no folder."""

    def __init__(self, folder: Path, url: str = "", key: str = "", secret: str = "") -> None:
        """`url` is `s3://bucket/prefix?endpoint=…&region=…`; empty: the folder."""
        self._folder, self._url, self._access = folder, url, (key, secret)

    @cached_property
    def _store(self) -> "store.LocalStore | store.S3Store":
        if not self._url:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return store.LocalStore(self._folder)
        parts = urlsplit(self._url)
        options = dict(parse_qsl(parts.query))
        key, secret = self._access
        config: Any = {"access_key_id": key, "secret_access_key": secret, "region": "us-east-1", **options}
        return store.S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options={"allow_http": True, "timeout": timedelta(seconds=30)},
            retry_config=_RETRIES,
        )

    async def put(self, key: str, content: IO[bytes]) -> None:
        """Write the whole file; once this returns it is there, after a power failure as well."""
        content.seek(0)
        try:
            await obstore.put_async(self._store, key, content, use_multipart=False)
            if not self._url:
                await asyncio.to_thread(_settle, self._folder / key)
        except (exceptions.BaseError, OSError) as error:
            raise FileStoreError(f"cannot write: {error}") from error

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Chunks of the bytes from `start` to before `end`; the file is found, or not, before the first of them."""
        try:
            found = await obstore.get_async(self._store, key, options={"range": (start, end)} if end > start else None)
        except (exceptions.BaseError, OSError) as error:
            raise FileStoreError(f"cannot read: {error}") from error
        return _chunks(found)

    async def delete(self, key: str) -> None:
        """Erase a file; one that is not there is as good as erased."""
        try:
            with suppress(FileNotFoundError, exceptions.NotFoundError):
                await obstore.delete_async(self._store, key)
        except (exceptions.BaseError, OSError) as error:
            raise FileStoreError(f"cannot delete: {error}") from error

    async def list(self, prefix: str, batch: int) -> AsyncIterator[list[StoredFile]]:
        """The files below a prefix, `batch` at a time."""
        try:
            async for found in obstore.list(self._store, prefix, chunk_size=batch):
                yield [StoredFile(meta["path"], meta["last_modified"]) for meta in found]
        except (exceptions.BaseError, OSError) as error:
            raise FileStoreError(f"cannot list: {error}") from error

    async def drop_unfinished(self, before: datetime) -> int:
        """Delete what a write that was killed left behind (S3 does so by itself); returns how many."""
        return 0 if self._url else await asyncio.to_thread(_drop_unfinished, self._folder, before.timestamp())


async def _chunks(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    async for chunk in found.stream(min_chunk_size=CHUNK):
        yield bytes(chunk)


def _settle(path: Path) -> None:
    """Have the disk keep the file and its name: the row that names it is committed next."""
    for target, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY), (path.parent.parent, os.O_RDONLY)):
        descriptor = os.open(target, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _drop_unfinished(folder: Path, before: float) -> int:
    """The local store writes to `name#1` first, and lists no such names."""
    dropped = 0
    for path in folder.glob("*/*#*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                dropped += 1
    return dropped
