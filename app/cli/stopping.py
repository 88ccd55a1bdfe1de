"""Lets long commands end well on Ctrl-C or SIGTERM: what is in hand is finished, and what was done is told.

Who is in a hurry asks twice.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code of a command that was stopped before its end."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = b"\nFinishing what is in hand; once more does not wait to count it.\n"


class Stop:
    """Whether somebody wants the command to end."""

    def __init__(self) -> None:
        self.asked = False
        self._told: list[Callable[[], None]] = []

    def tell(self, call: Callable[[], None]) -> None:
        """Call this when somebody asks, at once if somebody has; it must be safe in a signal handler."""
        self._told.append(call)
        if self.asked:
            call()

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """The handler of a signal; raises KeyboardInterrupt the second time."""
        if self.asked:
            raise KeyboardInterrupt
        self.end()
        os.write(2, _PATIENCE)  # printing takes locks, which the interrupted code may hold

    def end(self) -> None:
        """Let the command end as if somebody had asked."""
        self.asked = True
        for call in self._told:
            call()


@contextmanager
def stoppable() -> Iterator[Stop]:
    """In this block Ctrl-C and SIGTERM only ask; the handlers that were there before come back after it."""
    stop = Stop()
    before = [signal.signal(number, stop.ask) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
