"""What is due next, over all lives: a heap of moments, so that no time is spent on looking whether anything happens."""

import heapq
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import count


class Item(StrEnum):
    """What happens at a moment."""

    FILE = "file"
    ACT = "act"
    ALARM = "alarm"
    WAKE = "wake"


@dataclass
class Agenda:
    """Items in order of their moments; those after `end` are not kept."""

    end: datetime
    _heap: list[tuple[datetime, int, Item, int]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def add(self, at: datetime, item: Item, life: int) -> None:
        """Something is to happen to a life, known by its index."""
        if at <= self.end:
            heapq.heappush(self._heap, (at, next(self._order), item, life))

    @property
    def lives(self) -> int:
        """To how many lives something is still to happen."""
        return len({life for _, _, _, life in self._heap})

    def next(self) -> tuple[datetime, Item, int] | None:
        """The next item, or None when the time is over."""
        if not self._heap:
            return None
        at, _, item, life = heapq.heappop(self._heap)
        return at, item, life
