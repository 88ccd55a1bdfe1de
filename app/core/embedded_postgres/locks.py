"""File locks by which independent processes agree on who starts and who stops the shared server.

`flock` belongs to the open file, not to the process: the kernel drops it when a holder is killed, and two
holders inside one process exclude each other as two processes would.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_writable

_POLL_SECONDS = 0.05


class FileLock:
    """A shared or exclusive lock on one file, which is created when missing and never deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self, *, shared: bool) -> bool:
        """Take the lock if nobody stands in the way; raises EmbeddedPostgresError if the disk does."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise not_writable(self._path.parent, error) from error
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            # Unlock rather than only close: a forked child may still hold a copy of the descriptor.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def exclusive(path: Path, timeout: float, cancelled: Callable[[], bool]) -> Iterator[bool]:
    """Hold `path` exclusively for the block; yields False if `cancelled` became true while waiting.

    Raises EmbeddedPostgresError after `timeout` seconds.
    """
    lock = FileLock(path)
    deadline = time.monotonic() + timeout
    while not lock.try_acquire(shared=False):
        if cancelled():
            yield False
            return
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"Another process has been starting or stopping PostgreSQL for {timeout:.0f} seconds "
                f"(it holds {path}); look at that process and try again."
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield True
    finally:
        lock.release()
