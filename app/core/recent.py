"""Remembers for some seconds what has just happened, in bounded memory and without a timer a thing.

Things are told apart by a number below `ROOM`: however many there are, they take some megabytes, and with very many it
may be said of one that it happened although it did not.
"""

import time
from collections.abc import Callable, Hashable

ROOM = 1 << 16


class Recent:
    """Holds each thing for at least `seconds` and less than twice that."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._since = clock()

    def add(self, thing: Hashable) -> None:
        """It happened now."""
        self._turn()
        self._young.add(hash(thing) % ROOM)

    def __contains__(self, thing: Hashable) -> bool:
        self._turn()
        number = hash(thing) % ROOM
        return number in self._young or number in self._old

    def _turn(self) -> None:
        now = self._clock()
        if now - self._since >= self._seconds:
            self._old = self._young if now - self._since < 2 * self._seconds else set()
            self._young, self._since = set(), now
