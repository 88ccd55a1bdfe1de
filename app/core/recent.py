"""Remembers for some seconds what has just happened, in bounded memory and without a timer a thing."""

import time
from collections.abc import Callable, Hashable


class Recent:
    """Holds each thing for at least `seconds` and less than twice that."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._young: set[Hashable] = set()
        self._old: set[Hashable] = set()
        self._since = clock()

    def add(self, thing: Hashable) -> None:
        """It happened now."""
        self._turn()
        self._young.add(thing)

    def __contains__(self, thing: Hashable) -> bool:
        self._turn()
        return thing in self._young or thing in self._old

    def _turn(self) -> None:
        now = self._clock()
        if now - self._since >= self._seconds:
            self._old = self._young if now - self._since < 2 * self._seconds else set()
            self._young, self._since = set(), now
