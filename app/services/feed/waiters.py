"""Who waits for news of the feed: one future and one timer each, woken only by events that it may see.

A thousand units wait while one of them gets an order. Those who see the same are looked at together.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from functools import partial

from prometheus_client import Gauge

from app.core.admission import when_gone
from app.core.database import Row
from app.domain.actors import Actor
from app.domain.errors import TooManyPollsError
from app.services.visibility import hidden_from

WAITERS = Gauge("hotline_feed_waiters", "Clients waiting in the feed.", multiprocess_mode="livesum", registry=None)
Sight = tuple[bool, bool, tuple[str, ...], tuple[str, ...]]


def shows(actor: Actor, row: Row) -> bool:
    """Whether the actor may see an event in memory."""
    return (actor.sees_all or row["e_unit_code"] in actor.units) and not hidden_from(actor, row)


class Waiters:
    """The waiting clients of one hub, by what they may see; first come, first woken.

    `most_each`: how many may wait for one account, with its log-ins and keys together; None: any number.
    """

    def __init__(self, most_each: int | None = None) -> None:
        self._groups: dict[Sight, tuple[Actor, dict[asyncio.Future[bool], None]]] = {}
        self._most_each = most_each
        self._each: Counter[str] = Counter()

    async def wait(self, actor: Actor, timeout: float) -> bool:
        """True as soon as something is told that the actor may see.

        False after `timeout` seconds, when dismissed, or when the caller hangs up. Raises TooManyPollsError.
        """
        if self._most_each is not None and self._each[actor.name] >= self._most_each:
            raise TooManyPollsError(self._most_each)
        self._each[actor.name] += 1
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(timeout, _end, future, False)
        sight = actor.sees_all, actor.sees_restricted, actor.units, actor.above
        group = self._groups.setdefault(sight, (actor, {}))[1]
        group[future] = None
        WAITERS.inc()
        when_gone(partial(_end, future, False))
        try:
            return await future
        finally:
            WAITERS.dec()
            self._each[actor.name] -= 1
            if not self._each[actor.name]:
                del self._each[actor.name]
            timer.cancel()
            group.pop(future, None)
            if not group and sight in self._groups and self._groups[sight][1] is group:
                del self._groups[sight]

    def tell(self, rows: Iterable[Row]) -> None:
        """Wake those who may see any of these events."""
        news = list(rows)
        for actor, group in self._groups.values():
            if any(shows(actor, row) for row in news):
                for future in group:
                    _end(future, True)

    def dismiss(self) -> None:
        """Send all home."""
        for _, group in self._groups.values():
            for future in group:
                _end(future, False)


def _end(future: asyncio.Future[bool], outcome: bool) -> None:
    if not future.done():
        future.set_result(outcome)
