"""Spreads the chunks of a file over processes: reading what citizens wrote is what an import takes its time for.

Each process has its own connection and files whole chunks by itself; the one that reads the file hands out a few at
a time, so that memory stays bounded, and gets the results back in their order. When it is interrupted, each process
files the chunk it has in hand and begins no other.
"""

import asyncio
import gc
import os
import signal
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AsyncExitStack, contextmanager
from ctypes import c_bool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import active_children, parent_process
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import RawValue

from app.core.memory import settle
from app.domain.actors import Actor
from app.services.installation import open_installation
from app.services.intake.bulk.chunk import CHUNK, Importing
from app.services.intake.bulk.lines import Numbered
from app.services.intake.bulk.results import Result
from app.settings import Settings

SELDOM = 100_000, 50, 1_000
"""When the collector looks for cycles: a chunk makes hundreds of thousands of objects and hardly any cycle."""
AHEAD = 2
"""Chunks in the works for each process, so that none waits for the reader."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Processes that file chunks."""

    pool: ProcessPoolExecutor
    count: int
    stopped: c_bool
    """In memory that all processes share; without a lock, which a killed one might take along."""

    @contextmanager
    def ended_first(self) -> Iterator[None]:
        """Before this block is left, for whatever reason, the processes end: what they need must outlive them."""
        try:
            yield
        except BrokenProcessPool:
            for left in active_children():
                left.kill()  # the pool would only ask them, and they do not listen
            raise
        finally:
            self.stop()
            self.pool.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Let the processes finish the chunks in hand and begin no other."""
        self.stopped.value = True

    async def file_all(
        self, url: str, settings: Settings, actor: Actor, lines: Iterable[Numbered]
    ) -> AsyncIterator[list[Result]]:
        """The results of each chunk of lines, in the order of the input; after `stop` of those that were in hand."""
        loop = asyncio.get_running_loop()
        running: deque[asyncio.Future[list[Result]]] = deque()
        try:
            for chunk in in_chunks(lines):
                if self.stopped.value:
                    break
                running.append(loop.run_in_executor(self.pool, _file_chunk, url, settings, actor, chunk))
                if len(running) > AHEAD * self.count:
                    yield await running.popleft()
            while running:
                yield await running.popleft()
        finally:
            for left in running:
                left.cancel()  # nobody waits for it any more


def in_chunks(lines: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """The lines, some at a time."""
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def cores() -> int:
    """How many processes can be at work at once on this machine, as far as this one may use it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def started(count: int) -> Iterator[Workers]:
    """So many processes; to be started while this one has neither threads nor connections, which they might inherit."""
    stopped = RawValue(c_bool, False)
    with ProcessPoolExecutor(count, initializer=_begin, initargs=(stopped,)) as pool:
        pool.submit(os.getpid).result()
        yield Workers(pool, count, stopped)


class _Process:
    """What a process holds between its chunks."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.importing: Importing | None = None
        self.stopped = c_bool(False)

    async def file(self, url: str, settings: Settings, actor: Actor, chunk: list[Numbered]) -> list[Result]:
        if self.stopped.value:
            return []
        if self.importing is None:
            here = await self.stack.enter_async_context(open_installation(url, settings))
            self.importing = Importing(here, actor, by_name=True, stopped=lambda: self.stopped.value)
            settle()
            gc.set_threshold(*SELDOM)
        return await self.importing.file(chunk)


_process = _Process()


def _begin(stopped: c_bool) -> None:
    """In a new process: leave signals to the parent, heed what it says, and end when it is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # either may be sent to all processes of the import at once
        signal.signal(number, signal.SIG_IGN)
    _process.stopped = stopped
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _file_chunk(url: str, settings: Settings, actor: Actor, chunk: list[Numbered]) -> list[Result]:
    return _process.runner.run(_process.file(url, settings, actor, chunk))
