"""One LISTEN connection per process, however many parts wait for news.

PostgreSQL forgets notifications while nobody listens; after every (re)connection all subscribers are told to
look for themselves, so nothing is missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from app.core.database import keep_alive

log = structlog.get_logger(__name__)
Callback = Callable[[str], None]


class Listener:
    """Calls `callback(payload)` for each notification of a channel, and `callback("")` after connecting."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._callbacks: dict[str, list[Callback]] = {}
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, channel: str, callback: Callback) -> None:
        """Register before `start`."""
        self._callbacks.setdefault(channel, []).append(callback)

    def start(self) -> None:
        """Begin to listen in the background; connection losses are mended by themselves."""
        self._task = asyncio.create_task(self._run(), name="listener")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._listen_until_lost()
                pause = 0.1
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("listener.unavailable", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _listen_until_lost(self) -> None:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self._dsn, timeout=10)
        keep_alive(connection)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel in self._callbacks:
                await connection.add_listener(channel, self._heard)
            for callbacks in self._callbacks.values():
                for callback in callbacks:
                    callback("")
            await lost.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        for callback in self._callbacks.get(channel, ()):
            callback(str(payload))
