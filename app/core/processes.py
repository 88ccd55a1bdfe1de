"""A small supervisor: one parent keeps a few child processes alive and ends them together.

A child says that it is ready by a line on its standard output; its logs go to standard error. A child that
dies is started again, soon at first, more slowly when it dies at once again and again; one that says that it cannot
work as things are is given up if the rest is of no use without it. Children watch for their parent and stop by
themselves when it was killed.
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

READY = b"ready\n"
PARENT = "SUPERVISOR_PID"
"""Names the parent in a child's environment."""
HOPELESS = 78
"""Exit status of a child that cannot work until somebody changes something; EX_CONFIG of sysexits.h."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
STEADY_SECONDS = 30.0
"""A child that lived this long has earned a quick restart."""
PATIENCE = 4
"""Deaths of one child before the service was ever ready, after which it is given up."""
_PARENT_CHECK_SECONDS = 0.5


class SupervisorError(Exception):
    """A child never comes up, or not again; the text names it."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive: its name in the log, its command, the descriptors it inherits.

    `needed`: without it, or another with the same command, the rest is of no use.
    """

    name: str
    command: Sequence[str]
    descriptors: tuple[int, ...] = ()
    needed: bool = True


class Supervisor:
    """Keeps `children` alive until SIGTERM or SIGINT; `grace` is how many seconds they have to end."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: dict[str, str],
        grace: float,
        when_ready: Callable[[], None],
        when_dead: Callable[[int], None],
        when_stopping: Callable[[], None],
    ) -> None:
        self._children = children
        self._environment = {**environment, PARENT: str(os.getpid())}
        self._grace = grace
        self._when_ready, self._when_dead, self._when_stopping = when_ready, when_dead, when_stopping
        self._stopping = asyncio.Event()
        self._processes: dict[str, Process] = {}
        self._missing = {child.name for child in children}
        self._was_ready = False

    async def run(self) -> None:
        """Start all and return when all have ended after a signal; raises SupervisorError when one never comes up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        keepers = [asyncio.create_task(self._keep(child), name=child.name) for child in self._children]
        try:
            await asyncio.gather(*keepers)
        finally:
            self._stop()
            await asyncio.gather(*keepers, return_exceptions=True)

    def _stop(self) -> None:
        """Tell the children once; a second signal ends them at once."""
        if self._stopping.is_set():
            number: signal.Signals = signal.SIGKILL
        else:
            self._stopping.set()
            self._when_stopping()
            number = signal.SIGTERM
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(number)

    async def _keep(self, child: Child) -> None:
        """Start a child again and again, until told to stop."""
        pause, deaths = FIRST_PAUSE, 0
        while not self._stopping.is_set():
            started = time.monotonic()
            status = await self._live(child)
            if self._stopping.is_set():
                return
            deaths += 1
            if status == HOPELESS and child.needed and not self._has_twin(child):
                raise SupervisorError(
                    f"The {child.name} process cannot work as things are; what it said above says why."
                )
            if not self._was_ready and deaths >= PATIENCE:
                raise SupervisorError(f"The {child.name} process does not start; the log above says why.")
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY_SECONDS else pause
            log.warning("process.died", process=child.name, status=status, restart_in=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _has_twin(self, child: Child) -> bool:
        """Whether a living process does the same work."""
        return any(other.command == child.command and other.name in self._processes for other in self._children)

    async def _live(self, child: Child) -> int:
        """One life of a child, from start to end; returns its exit status."""
        process = await asyncio.create_subprocess_exec(
            *child.command, env=self._environment, stdout=PIPE, pass_fds=child.descriptors
        )
        self._processes[child.name] = process
        if self._stopping.is_set():
            process.terminate()
        listening = asyncio.create_task(self._listen(child, process))
        killing = asyncio.create_task(self._end_in_time(process))
        try:
            return await process.wait()
        finally:
            killing.cancel()
            listening.cancel()
            del self._processes[child.name]
            self._when_dead(process.pid)

    async def _listen(self, child: Child, process: Process) -> None:
        """Wait for the child's word; the first time that all are ready, say so."""
        if process.stdout is None:
            return
        while line := await process.stdout.readline():
            if line == READY:
                log.info("process.ready", process=child.name, pid=process.pid)
                self._missing.discard(child.name)
                if not self._missing and not self._was_ready and not self._stopping.is_set():
                    self._was_ready = True
                    self._when_ready()

    async def _end_in_time(self, process: Process) -> None:
        """Kill a child that does not end within the grace after it was told to."""
        await self._stopping.wait()
        await asyncio.sleep(self._grace)
        log.error("process.killed", pid=process.pid, after_seconds=self._grace)
        with suppress(ProcessLookupError):
            process.kill()


def say_ready() -> None:
    """A child's word to its supervisor."""
    sys.stdout.write(READY.decode())
    sys.stdout.flush()


def is_orphan() -> bool:
    """Whether the supervisor that started this process is gone."""
    return os.getppid() != int(os.environ[PARENT])


async def stop_when_orphaned() -> None:
    """Ask this process to stop, as its supervisor would have, when that is gone."""
    while not is_orphan():  # noqa: ASYNC110 - the kernel has no event for it that every platform knows
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    log.warning("process.orphaned")
    os.kill(os.getpid(), signal.SIGTERM)
