"""A primary of its own and a real streaming replica of it, made by pg_basebackup and run as a plain process."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from app.core.embedded_postgres import EmbeddedPostgres, binaries
from app.core.embedded_postgres.identity import choose_identity
from app.core.embedded_postgres.layout import Layout, private_directory

PORT = 5432  # names the sockets only; nothing listens on the network


class Standby:
    """The replica: can be stopped, killed, and started again."""

    def __init__(self, folder: Path, primary: EmbeddedPostgres) -> None:
        self._layout = Layout(folder)
        self._identity = choose_identity(folder)
        kept = Layout(Path(os.path.realpath(str(primary.describe()["data"]))).parent)
        self._programs = binaries.reachable(primary.binaries, kept.binaries, self._identity)
        self._password = kept.password_file.read_text()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o711)
        sockets = str(primary.describe()["socket"])
        private_directory(folder / "run", self._identity)
        private_directory(folder / "data", self._identity)
        command = ["pg_basebackup", "-h", sockets, "-p", str(PORT), "-U", "hotline", "-D", str(folder / "data"), "-R"]
        self._run([*command, "-X", "stream", "-c", "fast", "--no-sync"]).check_returncode()

    def _environment(self) -> dict[str, str]:
        return {**binaries.environment(self._programs, self._layout.root), "PGPASSWORD": self._password}

    def _run(self, command: list[str]) -> "subprocess.CompletedProcess[bytes]":
        where = [str(self._programs / command[0]), *command[1:]]
        return subprocess.run(where, env=self._environment(), cwd="/", **self._identity.popen_arguments())

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._layout.root / "run")}
        settings |= {"port": str(PORT), "max_connections": "100", "shared_buffers": "16MB", "fsync": "off"}
        settings |= {"shared_preload_libraries": "pg_stat_statements"}
        command = [str(self._programs / "postgres"), "-D", str(self._layout.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = (self._layout.root / "postgres.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                command, env=self._environment(), cwd="/", stderr=log, stdout=log, start_new_session=True,
                **self._identity.popen_arguments(),
            )  # fmt: skip

    def kill(self) -> None:
        """The machine is gone, as far as anybody can tell: all its processes at once."""
        assert self._process
        self._signal(signal.SIGKILL)
        self._process.wait(30)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        family = psutil.Process(self._process.pid)
        for member in (family, *family.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                member.send_signal(number)

    def freeze(self) -> None:
        """It holds its connections and says nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Fast shutdown."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def dsn(self, database: str) -> str:
        """URL of a database on the replica."""
        sockets = quote(str(self._layout.root / "run"), safe="")
        return f"postgresql://hotline:{quote(self._password, safe='')}@/{database}?host={sockets}&port={PORT}"

    async def ask(self, database: str, statement: str) -> object:
        """One value, on a connection of its own."""
        async with asyncio.timeout(60):
            while True:
                try:
                    connection = await asyncpg.connect(self.dsn(database), timeout=10)
                    break
                except (OSError, asyncpg.CannotConnectNowError):
                    await asyncio.sleep(0.1)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@contextmanager
def standby_of(primary: EmbeddedPostgres, folder: Path) -> Iterator[Standby]:
    """A started replica, stopped and deleted in the end."""
    made = Standby(folder, primary)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
