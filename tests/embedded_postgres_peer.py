"""A second real process for the tests of the embedded server, and the small tools both test files share.

Run as a program it holds one EmbeddedPostgres and obeys one-word commands on its standard input, so a test can
kill it, stop it, or let it run as another user.
"""

import asyncio
import contextlib
import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from app.core.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, postmaster

AS_ROOT = os.geteuid() == 0
FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}  # throw-away data only
ORDINARY_UID = pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid()


class Peer:
    """The parent's handle on such a process."""

    def __init__(self, root: Path, *, uid: int | None = None, largest_file: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(root), str(os.geteuid() if uid is None else uid), str(largest_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def send(self, command: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def ask(self, command: str) -> Any:
        self.send(command)
        return self.answer()

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        self.process.wait(30)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


@contextlib.contextmanager
def fresh_folder() -> Iterator[Path]:
    """A folder every user may pass through (pytest's own is closed to the server's user when root runs the tests)."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="epg-test-")))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for pid_file in folder.rglob("postmaster.pid"):  # only a failing test leaves a server behind
            server = postmaster.find(pid_file.parent)
            if server is not None:
                postmaster.stop(server)
        shutil.rmtree(folder)


def query(dsn: str, sql: str) -> Any:
    """One value over a new connection."""

    async def run() -> Any:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for `condition` to return something true; connection trouble counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            value = condition()
            if value:
                return value
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def running(root: Path) -> bool:
    return postmaster.find(root / "data") is not None


def listing(folder: Path) -> list[tuple[object, ...]]:
    """Every file below `folder` with owner, mode, times and content: equal listings mean nothing was touched."""
    return [
        (str(path), status.st_mode, status.st_uid, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        for path in (folder, *sorted(folder.rglob("*")))
        for status in [path.lstat()]
    ]


def _obey(server: EmbeddedPostgres, command: str) -> object:
    if command == "start":
        server.start()
    elif command == "close":
        server.close()
    return {**server.describe(), "uid": os.geteuid(), "dsn": server.dsn() if command == "start" else None}


def main() -> None:
    root, uid, largest_file = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    server = EmbeddedPostgres(root, settings=FAST)
    if uid != os.geteuid():
        # Not through subprocess(user=...): that user may be unable to reach the interpreter itself.
        os.setgroups([])
        os.setgid(pwd.getpwuid(uid).pw_gid)
        os.setuid(uid)
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    for line in sys.stdin:
        command = line.strip()
        if command == "exit":
            return
        try:
            result = _obey(server, command)
        except EmbeddedPostgresError as error:
            result = {"error": str(error)}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
