"""One after another for those who want the same thing: they wait here, where waiting costs nothing.

Waiting in the database would cost each a connection, and work that is done in vain.
"""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """Turns of one process, by what is wanted; nothing is kept of what nobody wants."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, wanted: str) -> asyncio.Lock:
        """To be held while it is one's turn; first come, first served."""
        lock = self._locks.get(wanted)
        if lock is None:
            lock = self._locks[wanted] = asyncio.Lock()
        return lock
