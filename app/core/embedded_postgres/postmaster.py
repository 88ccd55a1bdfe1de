"""The running server seen from outside: find it, start it, wait for it, stop it.

A process number in `postmaster.pid` proves nothing: the server may have been killed and the number given to
another program, or the process may be a zombie whose parent is busy. Every look therefore asks the system
what that process really is.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from app.core.embedded_postgres.binaries import environment
from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_readable, not_writable
from app.core.embedded_postgres.identity import Identity
from app.core.embedded_postgres.layout import Layout

_PROGRAM_NAMES = ("postgres", "postmaster")
_READY = ("ready", "standby")
_CLOCK_TOLERANCE_SECONDS = 5
# Servers this process has to reap; one may outlive the object that started it, when others use it.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Postmaster:
    """A live server on a data directory, as it described itself in `postmaster.pid`."""

    process: psutil.Process
    uid: int
    port: int
    socket_directory: Path
    listens: bool
    ready: bool

    @property
    def pid(self) -> int:
        """The server's process number."""
        return int(self.process.pid)

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie counts as dead."""
        reap_children()
        return _alive(self.process)


def find(data: Path) -> Postmaster | None:
    """The server that runs on `data` now, ready or still starting, or None."""
    reap_children()
    lines = _pid_file_lines(data)
    try:
        pid, started = int(lines[0]), int(lines[2])
        process = psutil.Process(pid)
        uid = int(process.uids().real)
    except (IndexError, ValueError, psutil.NoSuchProcess):
        return None
    if not _alive(process) or not _serves(process, data, started):
        return None
    rest = lines[3:] + [""] * 5
    return Postmaster(
        process,
        uid=uid,
        port=int(rest[0]) if rest[0].isdecimal() else 0,
        socket_directory=Path(rest[1]),
        listens=bool(rest[2]),
        ready=rest[4] in _READY,
    )


def forget_stale_lock_files(data: Path, sockets: Path) -> None:
    """Remove lock files that no server stands behind; call only under the start lock, after `find`.

    PostgreSQL itself would refuse to start if the number in one now belongs to another program or to a zombie.
    Backends that outlived their postmaster stay protected: PostgreSQL finds them by their shared memory.
    """
    stale = [*data.glob("postmaster.pid"), *sockets.glob(".s.PGSQL.*.lock")]
    if stale and not any(_is_serving(process, data) for process in psutil.process_iter()):
        for lock_file in stale:
            lock_file.unlink(missing_ok=True)


def launch(layout: Layout, binaries: Path, identity: Identity, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server detached from this process, so that neither Ctrl-C nor our death reaches it."""
    command = [str(binaries / "postgres"), "-D", str(layout.data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    try:
        with open(layout.log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
            process = subprocess.Popen(  # noqa: S603 - the administrator chose the binaries and settings
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(binaries, layout.root),
                umask=0o077,
                start_new_session=True,
                close_fds=True,
                **identity.popen_arguments(),
            )
    except OSError as error:
        raise not_writable(layout.root, error) from error
    _children.append(process)
    return process


def stop(server: Postmaster, patience: float = 60.0) -> None:
    """Fast shutdown: sessions are ended, everything committed is flushed; after `patience` seconds, at once.

    Raises EmbeddedPostgresError if the server survives even that.
    """
    for how, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 10.0)):
        try:
            server.process.send_signal(how)
        except psutil.NoSuchProcess:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not server.alive():
                return
            time.sleep(0.02)
    raise EmbeddedPostgresError(f"PostgreSQL (process {server.pid}) does not stop; look at its log and end it by hand.")


def end_orphans(data: Path) -> None:
    """End sessions that outlived their killed postmaster; call only under the start lock, after `find`.

    A session deep in a long calculation does not notice that its server is gone, and no new server may start
    beside it. Nothing committed is lost: the next server recovers from the write-ahead log.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name().startswith("postgres") and os.path.realpath(process.cwd()) == os.path.realpath(data):
                process.send_signal(signal.SIGQUIT)


def reap_children() -> None:
    """Collect the exit status of servers we started, or they would linger as zombies."""
    for child in list(_children):
        if child.poll() is not None and child in _children:
            _children.remove(child)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        text = os.fsdecode((data / "postmaster.pid").read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise not_readable(data, error) from error
    return [line.strip() for line in text.splitlines()]


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _serves(process: psutil.Process, data: Path, started: int) -> bool:
    try:
        return _is_serving(process, data, hide_denied=False)
    except psutil.AccessDenied:
        # Some systems hide other users' command lines; the moment of birth is the next best witness.
        return abs(float(process.create_time()) - started) < _CLOCK_TOLERANCE_SECONDS


def _is_serving(process: psutil.Process, data: Path, *, hide_denied: bool = True) -> bool:
    """Whether this process is a postmaster whose command line names `data`."""
    try:
        words: list[str] = process.cmdline()
        if not words or os.path.basename(words[0]) not in _PROGRAM_NAMES:  # its sessions are called "postgres: …"
            return False
        named = [after for before, after in pairwise(words) if before == "-D"]
        named += [word[2:] for word in words if word.startswith("-D") and len(word) > 2]
        named = named or [process.cwd()]
        return any(os.path.realpath(folder) == os.path.realpath(data) for folder in named)
    except psutil.AccessDenied:
        if hide_denied:
            return False
        raise
    except psutil.NoSuchProcess:
        return False
