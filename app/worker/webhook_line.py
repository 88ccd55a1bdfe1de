"""Serves one webhook while this worker holds its lease: reads the feed as its user, sends, moves the position.

One task each, so that a receiver that is slow, hangs or is dead delays only itself. After a failure the task
ends and gives the lease back; whoever takes the webhook when its pause is over goes on at the same message.
"""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from typing import Any

import structlog

from app.core.clock import now
from app.core.database import UNAVAILABLE
from app.core.outbound import Outbound, OutboundError, Reply
from app.domain.actors import Actor
from app.domain.delivery import REFUSALS, Verdict, asked_pause, judge, pause
from app.domain.errors import InvalidError
from app.services.feed.hub import Hub
from app.services.feed.poll import poll
from app.services.installation import Installation
from app.services.metrics import WEBHOOK_DELIVERIES
from app.services.webhooks import leases
from app.services.webhooks.hook import Hook, in_words, owner, post_item
from app.services.webhooks.leases import Holder

log = structlog.get_logger(__name__)
BATCH = 20
FRESH_SECONDS = 1.0
"""For so long what was read, and that the lease is ours, is taken to be still true."""
IDLE_SECONDS = 10.0
"""A wait for news; afterwards the position behind other people's events is written down."""
OWNER_PAUSE, MISTAKE_PAUSE = 30.0, 60.0
SLOW_SECONDS, PROMPT_SECONDS = 1.0, 0.5
"""A receiver that took longer queues apart next time; one that takes longer gives up its place among the prompt."""
_UNHURT: dict[str, Any] = {"failures": 0, "refusals": 0}


@dataclass(frozen=True, slots=True)
class Office:
    """What all lines of a worker share. Slow and failing receivers queue apart, so that they starve no good one."""

    here: Installation
    hub: Hub
    client: Outbound
    holder: Holder
    lane: asyncio.Semaphore
    slow_lane: asyncio.Semaphore


class Line:
    """The task of one webhook. `nudge` it when the webhook was changed; `stop` it to end after the present attempt."""

    def __init__(self, office: Office, hook: Hook) -> None:
        self._office, self._hook = office, hook
        self._cursor = hook.position
        self._confirmed = self._looked = time.monotonic()
        self._nudged = asyncio.Event()
        self._over = self._stopping = False
        self._slow = hook.failures > 0

    def nudge(self) -> None:
        """Look at the webhook's row before going on."""
        self._nudged.set()

    def stop(self) -> None:
        """End after the attempt that is under way."""
        self._stopping = True
        self._nudged.set()

    async def run(self) -> None:
        """Serve until the lease is lost or given back; never raises but when cancelled."""
        try:
            await self._serve()
        except UNAVAILABLE as error:
            log.warning("webhook.unavailable", webhook=self._hook.id, error=type(error).__name__)

    async def _serve(self) -> None:
        try:
            while not (self._over or self._stopping):
                await self._turn()
        except UNAVAILABLE:
            raise
        except Exception as error:
            # A mistake of ours about one webhook must not stop the others, nor be made again at once.
            log.exception("webhook.failed", webhook=self._hook.id)
            await self._leave(type(error).__name__, MISTAKE_PAUSE)

    async def _turn(self) -> None:
        if self._nudged.is_set():
            self._nudged.clear()
            await self._look()
            return
        actor = owner(self._office.here.reference.now, self._hook.user_id)
        if actor is None:
            await self._leave("the owner is inactive or may not read", OWNER_PAUSE)
            return
        try:
            page = await self._read(actor)
        except InvalidError as error:  # the cursor is from before a restore
            await self._disable(error.errors[0].en)
            return
        if page is not None:
            await self._deliver(page, actor)

    async def _read(self, actor: Actor) -> dict[str, Any] | None:
        """What comes next in the feed; None when nudged while waiting."""
        office = self._office
        reading = asyncio.create_task(
            poll(office.here, office.hub, lambda: actor, self._cursor, IDLE_SECONDS, BATCH, now()), name="webhook-read"
        )
        nudged = asyncio.create_task(self._nudged.wait(), name="webhook-nudge")
        try:
            await asyncio.wait({reading, nudged}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else None
        finally:
            for task in (reading, nudged):
                task.cancel()
            await asyncio.gather(reading, nudged, return_exceptions=True)

    async def _deliver(self, page: dict[str, Any], actor: Actor) -> None:
        """Send the items in order; leaves the rest to the next turn when something has changed meanwhile."""
        read_at = time.monotonic()
        for item in page["items"]:
            if self._hook.wants(item["kind"]):
                changed = self._nudged.is_set() or time.monotonic() - read_at > FRESH_SECONDS
                if changed or not await self._attempt(item, actor):
                    return
            self._cursor = item["cursor"]
        self._cursor = page["next_cursor"]
        overdue = not page["items"] or time.monotonic() - self._confirmed > IDLE_SECONDS
        if overdue and self._cursor != self._hook.position:
            await self._advance(self._cursor, delivered=False)

    async def _attempt(self, item: dict[str, Any], actor: Actor) -> bool:
        """One attempt; True when the line is to go on behind the item."""
        lane = self._office.slow_lane if self._slow else self._office.lane
        async with lane:
            if self._doubtful() and not await self._look():
                return False
            if owner(self._office.here.reference.now, self._hook.user_id) != actor:
                return False
            sending = asyncio.create_task(self._send(item), name="webhook-send")
            try:
                await asyncio.wait({sending}, timeout=None if self._slow else PROMPT_SECONDS)
            except asyncio.CancelledError:
                sending.cancel()
                raise
        try:
            answer = await sending  # whoever is not prompt goes on outside, so that others need not wait for the place
        finally:
            sending.cancel()
        return await self._settle(item, answer)

    async def _send(self, item: dict[str, Any]) -> Reply | OutboundError:
        try:
            return await post_item(self._office.client, self._hook, item, now())
        except OutboundError as error:
            return error

    def _doubtful(self) -> bool:
        """Whether to ask the database before sending: is the lease ours, and the row what it was?"""
        at = time.monotonic()
        return at - self._confirmed > FRESH_SECONDS or at - self._looked > IDLE_SECONDS

    async def _settle(self, item: dict[str, Any], answer: Reply | OutboundError) -> bool:
        """Write down what the attempt came to; True when the line is to go on behind the item."""
        hook, reply = self._hook, answer if isinstance(answer, Reply) else None
        verdict = judge(reply.status if reply else None)
        WEBHOOK_DELIVERIES.labels(verdict.value).inc()
        if verdict is Verdict.DELIVERED:
            self._slow = reply is not None and reply.seconds > SLOW_SECONDS
            return await self._advance(item["cursor"], delivered=True)
        if verdict is Verdict.GONE:
            await self._disable(in_words(answer))
            return False
        if verdict is Verdict.REFUSED and reply and hook.refusals + 1 >= REFUSALS:
            WEBHOOK_DELIVERIES.labels("dead").inc()
            async with self._office.here.database.connection() as connection:
                await leases.bury(connection, self._office.holder, hook, item, reply.status, reply.text)
            return await self._look()
        await self._back_off(answer, refused=verdict is Verdict.REFUSED)
        return False

    async def _back_off(self, answer: Reply | OutboundError, *, refused: bool) -> None:
        asked = asked_pause(answer.headers, now()) if isinstance(answer, Reply) else 0.0
        seconds = pause(self._hook.failures + 1, random.random(), asked)  # noqa: S311 - jitter
        told = in_words(answer)
        async with self._office.here.database.connection() as connection:
            await leases.back_off(
                connection, self._office.holder, self._hook, self._cursor, told, seconds, refused=refused
            )
        self._over = True

    async def _advance(self, to: str, *, delivered: bool) -> bool:
        """Move on; where the database does not agree, take its word for where we are."""
        started = time.monotonic()
        async with self._office.here.database.connection() as connection:
            moved = await leases.advance(connection, self._office.holder, self._hook, to, delivered=delivered)
        if not moved:
            await self._look()
            return False
        self._hook = replace(self._hook, position=to, **(_UNHURT if delivered else {}))
        self._confirmed = started
        return True

    async def _look(self) -> bool:
        """Renew the lease and read the row; False when the line cannot go on as it was."""
        started, before = time.monotonic(), self._hook
        async with self._office.here.database.connection() as connection:
            hook = await leases.confirm(connection, self._office.holder, before.id, self._office.here.keys)
        if hook is None:
            self._over = True
            return False
        self._hook, self._confirmed, self._looked = hook, started, started
        if not hook.active:
            await self._release()
            return False
        if hook.position != before.position:
            self._cursor = hook.position
            return False
        return hook == before

    async def _leave(self, reason: str, seconds: float) -> None:
        self._over = True
        async with self._office.here.database.connection() as connection:
            await leases.postpone(connection, self._office.holder, self._hook.id, reason, seconds)

    async def _disable(self, reason: str) -> None:
        self._over = True
        log.warning("webhook.disabled", webhook=self._hook.id)
        async with self._office.here.database.connection() as connection:
            await leases.disable(connection, self._office.holder, self._hook.id, reason)

    async def _release(self) -> None:
        self._over = True
        async with self._office.here.database.connection() as connection:
            await leases.release(connection, self._office.holder, [self._hook.id])
