"""The product as its users start it: the command line on a data folder of its own, as real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """An installation in a folder; commands run as `python -m app.cli`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.service: subprocess.Popen[bytes] | None = None
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") and k != "PORT"}
        self.environment = {**inherited, "HOTLINE_DATA_DIR": str(folder), "HOTLINE_PORT": str(self.port)}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *arguments]

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run a command to its end; returns what it printed on stdout."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def start(self, *arguments: str) -> None:
        """Serve in the background and wait until it is ready."""
        with (self.folder / "service.log").open("ab") as log:
            self.service = subprocess.Popen(
                self.command(*arguments), env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.wait_ready()

    def wait_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self.service is None or self.service.poll() is None, (self.folder / "service.log").read_text()
            time.sleep(0.1)
        raise AssertionError("the service did not become ready: " + (self.folder / "service.log").read_text()[-2000:])

    def stop(self) -> None:
        if self.service and self.service.poll() is None:
            self.service.terminate()
            self.service.wait(40)

    def children(self, word: str) -> list[psutil.Process]:
        """Child processes of the service whose command line has the word."""
        assert self.service
        found = []
        for process in psutil.Process(self.service.pid).children(recursive=True):
            try:
                if word in process.cmdline():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def postmaster(self) -> int | None:
        path = self.folder / "postgres" / "data" / "postmaster.pid"
        try:
            return int(path.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def kill_postgres(self) -> None:
        if pid := self.postmaster():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
