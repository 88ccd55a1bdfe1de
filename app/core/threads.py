"""Blocking calls of libraries, with an end: a few daemon threads, none of which can keep the process alive.

The event loop's own executor is waited for at exit and shared with password hashing; a call to somebody else's
server must hold up neither.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """At most `most` calls at once. A call that outlives its limit keeps its place until it really ends."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._places = asyncio.Semaphore(most)

    async def run(self, call: Callable[[], T], seconds: float) -> T:
        """The result, or what the call raises; TimeoutError when it takes longer, the wait for a place included."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            await self._places.acquire()
            outcome: asyncio.Future[T] = loop.create_future()
            threading.Thread(target=self._work, args=(loop, call, outcome), name=self._name, daemon=True).start()
            return await outcome

    def _work(self, loop: asyncio.AbstractEventLoop, call: Callable[[], T], outcome: "asyncio.Future[T]") -> None:
        """In the thread: make the call, carry what came of it back into the loop."""
        value: Any = None
        failure: Exception | None = None
        try:
            value = call()
        except Exception as error:
            failure = error

        def deliver() -> None:
            self._places.release()
            if outcome.done():
                return
            if failure is not None:
                outcome.set_exception(failure)
            else:
                outcome.set_result(value)

        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(deliver)
