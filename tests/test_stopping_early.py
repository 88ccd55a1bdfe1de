"""Ctrl-C before a command has begun: exit code 130 and no traceback, wherever in its imports or its opening it is."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.service import COMMAND, environment


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A database that takes connections and never answers, so that no command gets further than to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


@contextmanager
def started(silent: socket.socket, folder: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
    given = environment(data_dir=folder, database_url=url)
    process = subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def interrupted(process: "subprocess.Popen[str]") -> list[str]:
    """The lines that a command still writes when Ctrl-C reaches it."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    return said.splitlines()


@pytest.mark.parametrize("milestone", ["typer", "asyncpg", "pydantic", "app.settings"])
@pytest.mark.parametrize("command", ["migrate", "worker"])
def test_while_modules_are_imported(silent: socket.socket, tmp_path: Path, command: str, milestone: str) -> None:
    loud = [sys.executable, "-X", "importtime", *COMMAND[1:], command]
    with started(silent, tmp_path, *loud) as process:
        assert process.stdout
        while (line := process.stdout.readline()).rpartition("|")[2].strip() != milestone:
            assert line, "it ended before"
        assert [line for line in interrupted(process) if not line.startswith("import time:")] == []


@pytest.mark.parametrize("command", [["migrate"], ["ledger"], ["worker"], ["serve", "--port", "0"]])
def test_while_the_database_is_opened(silent: socket.socket, tmp_path: Path, command: list[str]) -> None:
    with started(silent, tmp_path, *COMMAND, *command) as process:
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1)  # now it waits for an answer
            assert interrupted(process) == []
