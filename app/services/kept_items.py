"""Items that were shown before, as the bytes they were shown as: desks are looked at far more often than they change.

An item depends on its rows, on what kind of reader asks, on the names of the day and on which lamps are lit. The key
holds the first two (rows by the transaction that wrote them), a new snapshot of the names empties the whole, and each
item is kept no longer than until its next lamp changes. So what is kept is what would be made.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from app.domain.actors import Actor
from app.services.reference import Reference

Key = tuple[Any, ...]
MOST_BYTES = 5 * 2**20
"""What one process keeps, some 1,500 items; beyond that the oldest eighth is dropped."""
_AROUND = 600
"""Bytes that an item takes besides its own: its key, its place, the moments between which it holds."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class KeptItems:
    """Bytes of items by key; a key ends with what `of` gave for the reader."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._items: dict[Key, tuple[orjson.Fragment, datetime, datetime, int]] = {}
        self.bytes = 0
        self._kinds: dict[Key, int] = {}
        self._generation = 0
        self._reference: Reference | None = None

    def __len__(self) -> int:
        return len(self._items)

    def of(self, reference: Reference, reader: Actor) -> Key:
        """This kind of reader under these names, for keys; items with other names are dropped.

        Who is still making an item under names that have just changed keeps it under a key that nobody asks for.
        """
        if self._reference is not reference:
            if self._reference is None or _names_differ(self._reference, reference):
                self.clear()
            self._reference = reference
        kind = (reader.kind, reader.permissions, reader.unit_code)
        return self._generation, self._kinds.setdefault(kind, len(self._kinds))

    def find(self, key: Key, now: datetime) -> orjson.Fragment | None:
        """What was kept under the key and still is as it would be made."""
        found = self._items.get(key)
        return found[0] if found is not None and found[1] <= now < found[2] else None

    def keep(self, key: Key, item: Mapping[str, Any], clocks: Mapping[str, Any], now: datetime) -> orjson.Fragment:
        """The item as bytes, kept until one of its clocks changes its lamp."""
        # A copy: what orjson gives has the room of its buffer, four to eight times as much.
        text = bytes(memoryview(orjson.dumps(item)))
        made, size = orjson.Fragment(text), len(text) + _AROUND
        self._drop(key)
        while self._items and self.bytes + size > self._most:
            self._drop(*islice(self._items, -(-len(self._items) // 8)))
        self._items[key] = made, now, _lit_until(clocks, now), size
        self.bytes += size
        return made

    def _drop(self, *keys: Key) -> None:
        for key in keys:
            if old := self._items.pop(key, None):
                self.bytes -= old[3]

    def clear(self) -> None:
        """Drop everything."""
        self._items.clear()
        self.bytes = 0
        self._kinds.clear()
        self._generation += 1


def _names_differ(one: Reference, other: Reference) -> bool:
    return (one.units, one.categories, one.areas) != (other.units, other.categories, other.areas)


def _lit_until(clocks: Mapping[str, Any], now: datetime) -> datetime:
    """When the next of these clocks changes its lamp."""
    running = (clock for clock in clocks.values() if clock["lamp"])
    edges = [at for clock in running for at in (clock["due_soon_at"], clock["due_at"]) if at is not None and at > now]
    return min(edges, default=_NEVER)
