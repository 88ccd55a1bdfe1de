"""A read replica, used only while it is known to hold everything that was committed a few seconds ago.

Twice a second the primary is asked how far its log goes and the replica how far it has replayed it. That needs no clock
of the servers, and sees a stopped replay, a cut connection and a replica that became a primary alike. Each question has
a connection of its own, so that servers under load are not taken for dead. A primary that does not answer says nothing
about the replica but that nobody knows how far it is behind, which is lag.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import asyncpg
import structlog

from app.core.breaker import Breaker
from app.core.database import UNAVAILABLE, Connection, Database, Row, keep_alive

log = structlog.get_logger(__name__)
T = TypeVar("T")
LOOK_SECONDS = 0.5
LOST = (*UNAVAILABLE, asyncpg.InternalClientError)
SILENT = (*LOST, asyncpg.PostgresError)
ANSWER_SECONDS = 2.0
"""A replica that takes longer to say how it is, or to give a connection, is not used."""
PAUSE_SECONDS = 2.0
MARK = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS lsn, system_identifier FROM pg_control_system()"
REPLAYED = """
SELECT pg_is_in_recovery() AS follows, coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint AS lsn, system_identifier
FROM pg_control_system()
"""


class NotAReplicaError(Exception):
    """The server is no replica of our primary (any more)."""


class _Question:
    """Asked over and over on a connection of its own, which is made anew after a failure."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def ask(self, statement: str) -> Row:
        """The answer, within `ANSWER_SECONDS`; raises one of `SILENT`."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._connection is None:
                    self._connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "hotline"})
                    keep_alive(self._connection)
                row = await self._connection.fetchrow(statement)
        except BaseException:
            self.hang_up()
            raise
        if row is None:
            raise AssertionError("the statement yields one row")
        return row

    def hang_up(self) -> None:
        """Cut the connection; a frozen server is not asked for its consent."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class Replica:
    """`database` follows `primary`; it may be unreachable at any time, at the start too."""

    def __init__(self, database: Database, primary: Database, max_lag: float) -> None:
        """`max_lag`: seconds; a replica that lacks something committed longer ago is not used."""
        self._database, self.max_lag = database, max_lag
        self._primary, self._there = _Question(primary.dsn), _Question(database.dsn)
        self._breaker = Breaker(3, PAUSE_SECONDS)
        self._marks: deque[tuple[float, int]] = deque(maxlen=1000)
        self._complete_until = -math.inf
        self._busy: set[Connection] = set()
        self._connected = False
        self._cluster: int | None = None
        self._marked = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def lag(self) -> float:
        """Seconds back to the last moment of which the replica is known to hold everything; infinite when unknown."""
        return time.monotonic() - self._complete_until

    @property
    def usable(self) -> bool:
        """Whether it may be asked now."""
        return self.lag <= self.max_lag and not self._breaker.open

    def holds(self, moment: float) -> bool:
        """Whether it is known to hold everything that was committed before a moment of the monotonic clock."""
        return self._complete_until >= moment

    def open(self) -> None:
        """Begin to watch it; it is used from when it turns out to be fit."""
        watches = (self._watch_primary(), self._watch_replica())
        self._tasks = [asyncio.create_task(watch, name="replica") for watch in watches]

    async def close(self) -> None:
        """Stop using it."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._primary.hang_up()
        self._there.hang_up()
        if self._connected:
            await self._database.close()

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` reads there; raises what asyncpg raises, TimeoutError when there is no connection."""
        try:
            async with self._database.pool.acquire(timeout=ANSWER_SECONDS) as connection:
                self._busy.add(connection)
                try:
                    found = await work(connection)
                except (asyncio.CancelledError, asyncpg.InternalClientError):
                    # A frozen server would let the pool wait for its consent; one that has just said good-bye on a
                    # connection leaves it in a state that the driver does not expect.
                    connection.terminate()
                    raise
                finally:
                    self._busy.discard(connection)
        except LOST:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return found

    async def _watch_primary(self) -> None:
        heard = True
        while True:
            began = time.monotonic()
            try:
                mark = await self._primary.ask(MARK)
            except SILENT as error:
                self._marks.clear()  # who answers next may be another server, with a log of its own
                if heard:
                    log.warning("replica.primary_silent", error=type(error).__name__)
                heard = False
            else:
                self._cluster, heard = mark["system_identifier"], True
                self._marks.append((began, mark["lsn"]))
                self._marked.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch_replica(self) -> None:
        fit = True
        while True:
            try:
                await self._look()
                if not fit:
                    log.info("replica.fit")
                fit = True
            except (*SILENT, NotAReplicaError) as error:
                self._complete_until = -math.inf
                self._marks.clear()
                for connection in tuple(self._busy):
                    connection.terminate()  # whoever waits for it asks the primary
                if fit:
                    log.warning("replica.unfit", error=type(error).__name__)
                fit = False
                await asyncio.sleep(LOOK_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * LOOK_SECONDS):
                    await self._marked.wait()
            self._marked.clear()

    async def _look(self) -> None:
        """How far the replica is; it is asked right after the primary, and also when that does not answer."""
        replayed = await self._there.ask(REPLAYED)
        if not replayed["follows"] or self._cluster not in (None, replayed["system_identifier"]):
            raise NotAReplicaError
        if not self._connected:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._database.open()
            self._connected = True
        while self._marks and self._marks[0][1] <= replayed["lsn"]:
            self._complete_until = self._marks.popleft()[0]
