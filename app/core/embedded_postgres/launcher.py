"""Brings a server up on a data directory, whatever state the last one left it in.

Always called under the start lock, so only one process of ours decides at a time.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from app.core.embedded_postgres import binaries as programs
from app.core.embedded_postgres import cluster, layout, postmaster
from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_writable
from app.core.embedded_postgres.identity import Identity, user_name
from app.core.embedded_postgres.layout import Layout

DEFAULT_SETTINGS: Mapping[str, str] = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "log_checkpoints": "off",
    # Error details quote the offending values, which may be personal data.
    "log_error_verbosity": "terse",
}
# Backends that outlive a killed postmaster hold its shared memory for a moment; a starter that was killed may
# have left a server that has not written its pid file yet. Both pass by themselves.
_ORPHANS = "pre-existing shared memory block"
_PASSING = (_ORPHANS, 'lock file "postmaster.pid" already exists')
_POLL_SECONDS = 0.02
_RETRY_SECONDS = 0.2
_LARGEST_LOG = 20 * 1024 * 1024
_WAL_SEGMENT_MEGABYTES = 16
_LEAVING = "Starting PostgreSQL was given up because this process is leaving; start it again when needed."


def bring_up(
    where: Layout,
    identity: Identity,
    find_binaries: Callable[[], Path],
    *,
    port: int | None,
    settings: Mapping[str, str],
    deadline: float,
    cancelled: Callable[[], bool],
) -> tuple[postmaster.Postmaster, bool]:
    """Adopt the running server or start one; returns it when ready, and whether it was adopted.

    `deadline` is a `time.monotonic()` instant. Raises EmbeddedPostgresError.
    """
    while True:
        if cancelled():
            raise EmbeddedPostgresError(_LEAVING)
        server = postmaster.find(where.data)
        if server is not None:
            adopted = _adopt(server, where, identity, deadline, cancelled)
            if adopted is not None:
                return adopted, True
            continue
        process, log_start = _launch(where, identity, find_binaries(), port, settings)
        started = _wait_for(process, where, deadline, cancelled)
        if started is not None:
            return started, False
        reason = _reason(where, log_start)
        if not any(passing in reason for passing in _PASSING) or time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL does not start on {where.data} ({reason}); see {where.log} and repair that."
            )
        if _ORPHANS in reason:
            postmaster.end_orphans(where.data)
        time.sleep(_RETRY_SECONDS)


def _adopt(
    server: postmaster.Postmaster,
    where: Layout,
    identity: Identity,
    deadline: float,
    cancelled: Callable[[], bool],
) -> postmaster.Postmaster | None:
    """Wait until a server that somebody else started is ready; None if it ends meanwhile."""
    if server.uid != identity.uid:
        raise EmbeddedPostgresError(
            f"A PostgreSQL of user '{user_name(server.uid)}' (process {server.pid}) already uses {where.data}; stop "
            "it or run this program as that user."
        )
    while not server.ready:
        _check_patience(where, deadline, cancelled)
        time.sleep(_POLL_SECONDS)
        found = postmaster.find(where.data)
        if found is None:
            return None
        server = found
    return server


def _launch(
    where: Layout, identity: Identity, binaries: Path, port: int | None, settings: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server, creating the database if there is none; also returns where its part of the log begins."""
    fresh = layout.needs_initialising(where, programs.major(binaries))
    layout.check_writable(where)
    cluster.remove_leftovers(where)
    binaries = programs.reachable(binaries, where.binaries, identity)
    if fresh:
        cluster.create(where, binaries, identity, sync=settings.get("fsync") != "off")
    number = port or layout.DEFAULT_PORT
    sockets = where.socket_directory(number)
    layout.private_directory(sockets, identity)
    postmaster.forget_stale_lock_files(where.data, sockets)
    chosen = {
        **DEFAULT_SETTINGS,
        **settings,
        "port": str(number),
        "listen_addresses": "127.0.0.1" if port else "",
        "unix_socket_directories": str(sockets),
    }
    log_start = keep_log_small(where)
    return postmaster.launch(where, binaries, identity, chosen), log_start


def _wait_for(
    process: subprocess.Popen[bytes], where: Layout, deadline: float, cancelled: Callable[[], bool]
) -> postmaster.Postmaster | None:
    """The server once it is ready, None if the process ended before."""
    while process.poll() is None:
        server = postmaster.find(where.data)
        if server is not None and server.ready and server.pid == process.pid:
            return server
        _check_patience(where, deadline, cancelled)
        time.sleep(_POLL_SECONDS)
    return None


def _check_patience(where: Layout, deadline: float, cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise EmbeddedPostgresError(_LEAVING)
    if time.monotonic() > deadline:
        raise EmbeddedPostgresError(
            f"PostgreSQL on {where.data} is not ready in time, perhaps still recovering; see {where.log} and try again."
        )


def keep_log_small(where: Layout) -> int:
    """Move an oversized log to `.log.1`, keeping the file the server has open; returns the size of what is left."""
    try:
        size = where.log.stat().st_size if where.log.exists() else 0
        if size <= _LARGEST_LOG:
            return size
        shutil.copyfile(where.log, where.log.with_suffix(".log.1"))
        os.truncate(where.log, 0)  # the server appends, so it goes on at the new end
        return 0
    except OSError as error:
        raise not_writable(where.root, error) from error


def _reason(where: Layout, log_start: int) -> str:
    """The server's own last word: what it called fatal since `log_start`."""
    with where.log.open("rb") as log:
        log.seek(log_start)
        lines = log.read().decode(errors="replace").splitlines()
    for mark in ("PANIC:  ", "LOG:  could not bind ", "FATAL:  "):
        told = [line.split(":  ", 1)[1] for line in lines if mark in line]
        if told:
            return told[0]
    if shutil.disk_usage(where.root).free < _WAL_SEGMENT_MEGABYTES * 1024 * 1024:
        return "the disk is full: free some space"
    return next((line for line in reversed(lines) if line.strip()), "it gave no reason")
