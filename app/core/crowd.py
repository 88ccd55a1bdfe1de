"""Bounds the connections of a process: when there are too many, the one that has kept us waiting longest goes.

A connection costs a descriptor and a little memory, and both end: who says nothing must not keep out who does.
"""

import resource
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

SPARE_DESCRIPTORS = 200
"""For the database, files, libraries and outgoing calls."""


def room(wanted: int) -> int:
    """How many connections the system lets this process have, at most `wanted`; its soft limit is raised for them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):  # some systems have limits below the hard one
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if allowed == resource.RLIM_INFINITY else max(1, min(wanted, allowed - SPARE_DESCRIPTORS))


class Guest(Protocol):
    """A connection."""

    def send_off(self) -> None:
        """End it."""


class Crowd:
    """All connections of a process, at most `most`; `refused` is told of each that has to go."""

    def __init__(self, most: int, refused: Callable[[], None]) -> None:
        self._most, self._refused = most, refused
        self._idle: dict[Guest, None] = {}
        self.count = 0

    def arrive(self, guest: Guest) -> None:
        """A new connection; over the limit, the longest idle one ends, which is this one when all others are at work."""
        self.count += 1
        self._idle[guest] = None
        if self.count > self._most:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            self._refused()
            oldest.send_off()

    def work(self, guest: Guest) -> None:
        """The connection has brought a whole call."""
        self._idle.pop(guest, None)

    def rest(self, guest: Guest) -> None:
        """The connection's call is answered; it is the last in the row of those who may have to go."""
        self._idle.pop(guest, None)
        self._idle[guest] = None

    def depart(self, guest: Guest) -> None:
        """The connection is gone."""
        self._idle.pop(guest, None)
        self.count -= 1
