"""Processes of a run: started, waited for, measured, stopped.

Processor time is read from the kernel; figures of processes that have gone are gone with them.
"""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

START_SECONDS = 120
FILES = 8192
"""Open files that a thousand waiting connections and their like need."""


def allow_files() -> None:
    """Let this process, and all that it starts, hold that many open, or as many as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES), most))


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(arguments: list[str], environment: dict[str, str]) -> None:
    """A command of the product, to its end; its output is shown only when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


@contextmanager
def running(
    arguments: list[str], port: int, path: str, environment: dict[str, str], log: Path
) -> Iterator[psutil.Process]:
    """A server that answers `path` with 200, and writes to `log`; it is asked to stop when the block ends."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], env={**os.environ, **environment}, stdout=told, stderr=told
        )
    try:
        if not _is_ready(process, port, path):
            raise SystemExit(f"{' '.join(arguments)} did not start:\n{log.read_text()[-4000:]}")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _is_ready(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    """Wait until it is, or has ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.settimeout(5)
            probe.sendall(f"GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n".encode())
            if b" 200 " in probe.recv(64):
                return True
        time.sleep(0.05)
    return False


def cpu(process: psutil.Process) -> float:
    """Seconds of processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def cpu_below(parent: psutil.Process) -> dict[int, float]:
    """Seconds by process of `parent` and all that it started and that still runs."""
    found = {}
    for process in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = cpu(process)
    return found


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds between two looks by `cpu_below`; a new process counts whole."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def writable_by_all(folder: Path) -> Path:
    """A folder that the database's own user may walk through."""
    folder.chmod(0o711)
    return folder
