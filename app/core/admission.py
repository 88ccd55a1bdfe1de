"""Lets in as many calls of a kind as the process carries, lets a few more wait for a moment, refuses the rest early.

Calls that wait are neither tasks nor futures: a refused call costs its parsing and one write. When a long line does not
pass, patience is short and the newest goes first: most of what is served has then hardly waited, and what has waited
long is refused instead of being answered when its caller has given up.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

SWEEP_SECONDS = 0.01
"""A full line is looked through for those who went away at most so often: refusing must stay cheap."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls are handled at once, how many wait for how many seconds, how many may be put aside.

    A line that has not been empty for a fifth of `patience`, and is longer than what is handled at once, stands: from
    then on, until it is empty, patience is a fifth of that.
    """

    at_once: int
    line: int
    patience: float
    aside: int = 0


class Caller(Protocol):
    """A call that waits at a gate."""

    since: float

    @property
    def gone(self) -> bool:
        """Whether nobody waits for the answer any more."""

    def go_on(self) -> None:
        """It has been let in: begin."""

    def turn_away(self) -> None:
        """It is refused: say so."""


class Gate:
    """One kind of calls. `refused` is told of each call that is turned away."""

    def __init__(
        self, limits: Limits, refused: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits, self._refused, self.clock = limits, refused, clock
        self._line: deque[Caller] = deque()
        self._not_empty_since = 0.0
        self._standing = False
        self._swept = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self.inside = 0
        self.aside = 0

    @property
    def waiting(self) -> int:
        """Calls in the line."""
        return len(self._line)

    def enter(self) -> bool:
        """Take a place if there is one; whoever takes it calls `leave` in the end."""
        if self.inside < self._limits.at_once and self.aside <= self._limits.aside:
            self.inside += 1
            return True
        return False

    def wait(self, caller: Caller) -> None:
        """Stand in line, or be turned away at once when there is no hope."""
        now = self.clock()
        if len(self._line) >= self._limits.line:
            self._sweep(now)
        if not self._line:
            self._not_empty_since, self._standing = now, False
        if self.aside > self._limits.aside or not self._limits.line:
            self._refuse(caller)
            return
        if len(self._line) >= self._limits.line:
            if not self._stands(now):
                self._refuse(caller)
                return
            self._refuse(self._line.popleft())
        caller.since = now
        self._line.append(caller)
        if self._timer is None:
            self._set_timer(self._patience(now))

    def leave(self) -> None:
        """Give the place back; the next in line gets it."""
        self.inside -= 1
        if self._line:
            self._let_in()

    def _let_in(self) -> None:
        now = self.clock()
        self._drop_late(now)
        while self._line and self.inside < self._limits.at_once:
            caller = self._line.pop() if self._stands(now) else self._line.popleft()
            if not caller.gone:
                self.inside += 1
                caller.go_on()

    def _stands(self, now: float) -> bool:
        if not self._standing and self._long and now - self._not_empty_since > self._limits.patience / 5:
            self._sweep(now)
            self._standing = self._long
        return self._standing

    @property
    def _long(self) -> bool:
        return len(self._line) > self._limits.at_once

    def _sweep(self, now: float) -> None:
        """Take out who went away: they are no reason to refuse anybody."""
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            self._line = deque(caller for caller in self._line if not caller.gone)

    def _patience(self, now: float) -> float:
        return self._limits.patience / 25 if self._stands(now) else self._limits.patience

    def _drop_late(self, now: float) -> None:
        patience = self._patience(now)
        while self._line and now - self._line[0].since >= patience:
            self._refuse(self._line.popleft())

    def _look(self) -> None:
        """Nobody may have left since: those who wait are told in time all the same."""
        self._timer = None
        now = self.clock()
        self._drop_late(now)
        if self._line:
            self._set_timer(max(0.001, self._line[0].since + self._patience(now) - now))

    def _set_timer(self, seconds: float) -> None:
        seconds = min(seconds, self._limits.patience / 5)  # by then the line may stand
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _refuse(self, caller: Caller) -> None:
        if not caller.gone:
            self._refused()
            caller.turn_away()


class Stay:
    """One call under way, and its place behind a gate if there is one: given back early when the call only waits."""

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate
        self._aside = self._gone = False
        self._when_gone: Callable[[], None] | None = None

    def step_aside(self) -> None:
        """From now on the call waits for something that costs nothing."""
        if self._gate and not self._aside and not self._gone:
            self._aside = True
            self._gate.aside += 1
            self._gate.leave()

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Have it told, instead of what was given before, when the caller is gone; at once when it is."""
        self._when_gone = tell
        if self._gone:
            tell()

    def lose(self) -> None:
        """The caller went away, or we do not listen any more and would not notice: nothing is waited for."""
        self._gone = True
        if self._when_gone:
            self._when_gone()

    def end(self) -> None:
        """The call is over."""
        self._when_gone = None
        if self._gate is None:
            return
        if self._aside:
            self._gate.aside -= 1
        else:
            self._gate.leave()


_STAY: ContextVar[Stay | None] = ContextVar("stay", default=None)


def step_aside() -> None:
    """Give the place of the call that is being handled to the next in line; harmless where there is no gate."""
    stay = _STAY.get()
    if stay is not None:
        stay.step_aside()


def when_gone(tell: Callable[[], None]) -> None:
    """Have it told when the caller of the call that is being handled is gone; costs no task, harmless elsewhere."""
    stay = _STAY.get()
    if stay is not None:
        stay.when_gone(tell)


class Admitted:
    """The application for one call that has been let in: gives its place back when it ends."""

    def __init__(self, app: ASGIApp, gate: Gate | None) -> None:
        self._app, self.stay = app, Stay(gate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the call."""
        _STAY.set(self.stay)
        try:
            await self._app(scope, receive, send)
        finally:
            self.stay.end()
