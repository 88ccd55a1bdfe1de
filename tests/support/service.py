"""Runs `hotline` commands as an administrator would: as processes of their own, on real ports, killed for real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

T = TypeVar("T")
COMMAND = [sys.executable, "-m", "app.cli"]
READY = "hotline: "


def environment(**settings: str | Path) -> dict[str, str]:
    """This environment without the hotline's variables, and with those given."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") and k != "PORT"}
    return clean | {f"HOTLINE_{name.upper()}": str(value) for name, value in settings.items()}


def run(*arguments: str, timeout: float = 60, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(**settings), capture_output=True, text=True, timeout=timeout
    )


def eventually(look: Callable[[], T], *, within: float = 60, every: float = 0.1) -> T:
    """The first true answer; errors of the network count as not yet."""
    deadline = time.monotonic() + within
    while True:
        with suppress(httpx.TransportError, psutil.NoSuchProcess):
            if found := look():
                return found
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(every)


class Service:
    """A command that keeps running, with what it prints and logs."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process = process
        self._log = log
        self.output: list[str] = []
        self._children: list[psutil.Process] = []
        for line in process.stdout or ():
            self.output.append(line)
            if line.startswith(READY):
                break
        else:
            raise AssertionError(f"did not start: {self.log()}")
        self.url = next((word for word in self.output[-1].split() if word.startswith("http")), "")

    def log(self) -> str:
        """What it has written to standard error so far."""
        return self._log.read_text()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A call on a connection of its own."""
        return httpx.get(self.url + path, **{"timeout": 10, **options})

    def children(self, command: str) -> list[psutil.Process]:
        """Living child processes that run a command of ours."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if command in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child)
        return found

    def figures(self) -> dict[str, float]:
        """Lines of /metrics by name and labels."""
        lines = [line for line in self.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def token(self, username: str) -> dict[str, str]:
        """Headers of a user who has logged in."""
        form = {"username": username, "password": "demo"}
        answer = httpx.post(self.url + "/v1/auth/token", data=form, timeout=20)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def stop(self, number: int = signal.SIGTERM, timeout: float = 60) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout)


@contextmanager
def running(*arguments: str, log: Path, **settings: str | Path) -> Iterator[Service]:
    """A started command; whatever is left of it at the end is killed."""
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(**{"log_format": "json", **settings}),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process:
        family = psutil.Process(process.pid)
        try:
            yield Service(process, log)
        finally:
            everybody = [family, *family.children(recursive=True)] if process.poll() is None else []
            for member in everybody:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
