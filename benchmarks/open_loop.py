"""Calls that come when they are due, whether or not earlier ones have been answered: how a storm comes over a city.

A caller who is refused does not come back. There is no task a call, so that the callers leave the processor to the service.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.client import Answer, Sample, Shot, Wire

GIVE_UP_SECONDS = 120.0
"""What has not been answered so long after the last call was due counts as an error."""


@dataclass
class Burst(Sample):
    """What became of the calls; `latencies` are of those that were served, and like `refused` count from when a call was due.

    `seconds` run until the last of them was answered; `recovery`: seconds from the last call of the burst until single
    calls are served again in their usual time, None when that never came.
    """

    refused: list[float] = field(default_factory=list)
    recovery: float | None = None


class _Line(Wire):
    """A connection that says one call at a time."""

    def __init__(self, crowd: "Crowd") -> None:
        super().__init__()
        self._crowd = crowd
        self.call: Shot | None = None
        self._due = 0.0

    def say(self, call: Shot, due: float) -> None:
        """Send it."""
        self.call, self._due = call, due
        self.transport.write(call.raw)

    def heard(self, answer: Answer) -> None:
        call, self.call = self.call, None
        assert call
        self._crowd.heard(self, call, answer, time.perf_counter() - self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.lost(self)


class Crowd:
    """Callers on so many connections; who finds none free waits for one."""

    def __init__(self, port: int) -> None:
        self.burst = Burst()
        self._port = port
        self._lines: set[_Line] = set()
        self._free: list[_Line] = []
        self._waiting: deque[tuple[Shot, float]] = deque()
        self._leaving = False
        self._began = 0.0

    async def connect(self, connections: int) -> None:
        """Open the connections."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", self._port)
            self._lines.add(line)
            self._free.append(line)

    def begin(self) -> float:
        """The instant from which on its seconds are counted: now."""
        self._began = time.perf_counter()
        return self._began

    def arrive(self, call: Shot, due: float) -> None:
        """Somebody calls."""
        if self._free:
            self._free.pop().say(call, due)
        else:
            self._waiting.append((call, due))

    def heard(self, line: _Line, call: Shot, answer: Answer, taken: float) -> None:
        """Somebody was answered; the next one may speak."""
        self.burst.seconds = time.perf_counter() - self._began
        if answer.status == call.expected:
            self.burst.latencies.append(taken)
        elif answer.status == 503:
            self.burst.refused.append(taken)
        else:
            self.burst.fail(f"{answer.status}: {answer.body[:300].decode(errors='replace')}")
        if self._waiting:
            line.say(*self._waiting.popleft())
        else:
            self._free.append(line)

    def lost(self, line: _Line) -> None:
        """The service hung up."""
        if self._leaving:
            return
        self._lines.discard(line)
        if line in self._free:
            self._free.remove(line)
        if line.call:
            self.burst.fail("connection lost")

    @property
    def unanswered(self) -> int:
        """Calls that still wait."""
        return len(self._waiting) + sum(line.call is not None for line in self._lines)

    def leave(self) -> None:
        """Hang up; who still waits has given up."""
        if self.unanswered:
            self.burst.fail("no answer", self.unanswered)
        self._leaving = True
        for line in self._lines:
            line.transport.close()


async def burst(
    port: int, make: Callable[[], Shot], *, rate: float, seconds: float, connections: int, usual: float
) -> Burst:
    """Offer `rate` calls a second for so many seconds; `usual`: seconds within which a call is served on a normal day."""
    crowd = Crowd(port)
    await crowd.connect(connections)
    begin = crowd.begin()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        elif number % 100 == 0:
            await asyncio.sleep(0)  # late: answers must be heard all the same
        crowd.arrive(make(), due)
    crowd.burst.recovery = await _recovery(port, make, usual)
    end = time.perf_counter() + GIVE_UP_SECONDS
    while crowd.unanswered and time.perf_counter() < end:
        await asyncio.sleep(0.05)
    crowd.leave()
    return crowd.burst


async def _recovery(port: int, make: Callable[[], Shot], usual: float) -> float | None:
    """Seconds from now until three calls in a row are served in their usual time; None when that is not awaited."""
    began, good = time.perf_counter(), 0
    while good < 3 and time.perf_counter() - began < GIVE_UP_SECONDS:
        single = Crowd(port)
        await single.connect(1)
        single.arrive(make(), time.perf_counter())
        while single.unanswered and time.perf_counter() - began < GIVE_UP_SECONDS:
            await asyncio.sleep(0.001)
        single.leave()
        good = good + 1 if single.burst.latencies and single.burst.latencies[0] <= usual else 0
        await asyncio.sleep(0.02)
    return time.perf_counter() - began if good == 3 else None
