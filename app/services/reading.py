"""Chooses where a read goes: to the replica when nobody can tell the difference, else to the primary.

What one has just done oneself must be seen: whoever wrote lately carries a mark (routers/own_writes.py), and requests in
which something happened lately, in whichever process, are read from the primary until the replica must have it. After something was hidden, so
are lists, searches and figures, until the replica is known to have hidden it too.
"""

import math
import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import TypeVar

import asyncpg
from prometheus_client import Counter, Gauge

from app.core.database import Connection, Database, Row
from app.core.recent import Recent
from app.core.replica import LOST, Replica
from app.settings import Settings

T = TypeVar("T")
MARGIN_SECONDS = 1.0
READS = Counter("hotline_reads", "Reads that may go to a replica, by who served them.", ["server"], registry=None)
LAG = Gauge(
    "hotline_replica_lag_seconds", "How far the replica may be behind.", multiprocess_mode="livemax", registry=None
)
FRESH: ContextVar[bool] = ContextVar("fresh", default=False)
"""Whether the call that is being handled must see everything: its caller has just written something."""


class Reading:
    """Reads of one process. Without a replica everything goes to the primary."""

    def __init__(self, primary: Database, settings: Settings) -> None:
        self._primary = primary
        self.replica: Replica | None = None
        if settings.replica_url:
            url = settings.replica_url.replace("postgres://", "postgresql://", 1)
            there = Database(
                url, pool_size=settings.database_pool_size, statement_timeout=settings.database_statement_timeout
            )
            self.replica = Replica(there, primary, settings.replica_max_lag)
        self.touched = Recent(hold_seconds(settings))
        self._hidden_at = -math.inf

    async def __call__(self, work: Callable[[Connection], Awaitable[T]], about: str | None = None) -> T:
        """What `work` reads; it may run twice. `about` is the ticket number when the read is about one request."""
        replica = self.replica
        if replica is not None:
            if replica.usable and not FRESH.get() and self._told_by(replica, about):
                try:
                    found = await replica.read(work)
                except asyncpg.QueryCanceledError:
                    raise  # it takes too long anywhere
                except (*LOST, asyncpg.PostgresError):
                    READS.labels(
                        "primary_instead"
                    ).inc()  # gone, in conflict with its replay, or there is something to write
                else:
                    READS.labels("replica").inc()
                    return found
            else:
                READS.labels("primary").inc()
        async with self._primary.connection() as connection:
            return await work(connection)

    def _told_by(self, replica: Replica, about: str | None) -> bool:
        """Whether the replica knows what this process has heard of."""
        return replica.holds(self._hidden_at) if about is None else about not in self.touched

    def touch(self, ticket_no: str) -> None:
        """Something has just happened in this request."""
        if self.replica is not None:
            self.touched.add(ticket_no)

    def touch_all(self, rows: Iterable[Row]) -> None:
        """Something has happened in the requests of these events, here or in another process."""
        for row in rows:
            self.touch(row["ticket_no"])

    def touch_everything(self) -> None:
        """Something has just been hidden from some who saw it: no list may show it any more."""
        self._hidden_at = time.monotonic()

    def sample(self) -> None:
        """Write down how far the replica is behind."""
        if self.replica is not None:
            LAG.set(self.replica.lag)


def hold_seconds(settings: Settings) -> float:
    """How long after a write the replica may lack it and be in use all the same."""
    return settings.replica_max_lag + MARGIN_SECONDS
