"""Keeps one line for every webhook that this worker could lease; any number of workers may do so.

Woken by the history's bell through a feed hub of its own; what the clock brings (a pause that ends, the lease of
a worker that died) is looked for once a second by one small statement.
"""

import asyncio
import uuid
from datetime import datetime
from typing import Any

import structlog

from app.core.database import UNAVAILABLE
from app.core.listener import Listener
from app.core.security import KeyRingError
from app.services.feed.hub import Hub
from app.services.installation import Installation
from app.services.webhooks import leases
from app.services.webhooks.hook import CHANNEL, hook_of, outbound
from app.services.webhooks.leases import Holder
from app.worker.webhook_line import Line, Office

log = structlog.get_logger(__name__)
TICK_SECONDS = 1.0
ABREAST, SLOW_ABREAST = 50, 50
"""Calls under way at once: to receivers that answer quickly, and apart from them to those that are slow or fail."""
LEASE_MARGIN = 5.0
RENEWALS = 3
"""How often a lease is renewed in its length."""
STOP_SECONDS = 5.0
SEALED_PAUSE = 60.0


class Deliveries:
    """The lines of one worker. Make it before the listener starts; `close` gives all leases back."""

    def __init__(self, here: Installation, listener: Listener) -> None:
        self._here, self._hub = here, Hub(here.database)
        self._hub.follow(listener)
        listener.subscribe(CHANNEL, self._ring)
        self._holder = Holder(uuid.uuid4().hex, 2 * here.settings.webhook_timeout + LEASE_MARGIN)
        self._office: Office | None = None
        self._lines: dict[int, tuple[Line, asyncio.Task[None]]] = {}
        self._renewed = 0.0

    async def tick(self, _here: Installation, _at: datetime) -> int:
        """Renew what is held, take what is free and due; returns how many webhooks were taken."""
        self._lines = {key: pair for key, pair in self._lines.items() if not pair[1].done()}
        held = list(self._lines)
        time = asyncio.get_running_loop().time()
        async with self._here.database.connection() as connection:
            if held and time - self._renewed > self._holder.seconds / RENEWALS:
                await leases.renew(connection, self._holder, held)
                self._renewed = time
            rows = await leases.acquire(connection, self._holder, held)
        if not rows:
            return 0
        office = self._office or await self._open()
        for row in rows:
            await self._begin(office, dict(row))
        return len(rows)

    async def _begin(self, office: Office, row: dict[str, Any]) -> None:
        try:
            line = Line(office, hook_of(row, self._here.keys))
        except KeyRingError as error:  # one unreadable secret must not stop the others
            log.error("webhook.sealed", webhook=row["id"], exc_info=error)
            async with self._here.database.connection() as connection:
                await leases.postpone(connection, self._holder, row["id"], str(error), SEALED_PAUSE)
            return
        self._lines[row["id"]] = line, asyncio.create_task(line.run(), name=f"webhook-{row['id']}")

    async def close(self) -> None:
        """End after the calls under way, or without them when they take too long; give the leases back."""
        for line, _ in self._lines.values():
            line.stop()
        tasks = [task for _, task in self._lines.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._office is None:
            return
        await self._hub.close()
        await self._office.client.close()
        try:
            async with self._here.database.connection() as connection:
                await leases.release(connection, self._holder, list(self._lines))
        except UNAVAILABLE as error:  # then they run out by themselves
            log.warning("webhooks.unavailable", error=type(error).__name__)

    async def _open(self) -> Office:
        """Begin to read the history; an installation without webhooks never does."""
        await self._hub.open()
        client = outbound(self._here.settings)
        lanes = asyncio.Semaphore(ABREAST), asyncio.Semaphore(SLOW_ABREAST)
        self._office = Office(self._here, self._hub, client, self._holder, *lanes)
        return self._office

    def _ring(self, payload: str) -> None:
        """A webhook was changed; empty: the listener was cut off and cannot know which."""
        for key, (line, _) in self._lines.items():
            if not payload or str(key) == payload:
                line.nudge()
