"""A read replica, used only while it is known to hold everything that was committed a few seconds ago.

Twice a second the primary is asked how far its log goes and the replica how far it has replayed it. That needs no clock
of the servers, and sees a stopped replay, a cut connection and a replica that became a primary alike.
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
from app.core.database import UNAVAILABLE, Connection, Database

log = structlog.get_logger(__name__)
T = TypeVar("T")
LOOK_SECONDS = 0.5
LOST = (*UNAVAILABLE, asyncpg.InternalClientError)
ANSWER_SECONDS = 2.0
"""A replica that takes longer to say how it is, or to give a connection, is not used."""
PAUSE_SECONDS = 2.0
_MARK = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS lsn, system_identifier FROM pg_control_system()"
_REPLAYED = """
SELECT pg_is_in_recovery() AS follows, coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint AS lsn, system_identifier
FROM pg_control_system()
"""


class NotAReplicaError(Exception):
    """The server is no replica of our primary (any more)."""


class Replica:
    """`database` follows `primary`; it may be unreachable at any time, at the start too."""

    def __init__(self, database: Database, primary: Database, max_lag: float) -> None:
        """`max_lag`: seconds; a replica that lacks something committed longer ago is not used."""
        self._database, self._primary, self.max_lag = database, primary, max_lag
        self._breaker = Breaker(3, PAUSE_SECONDS)
        self._marks: deque[tuple[float, int]] = deque(maxlen=1000)
        self._complete_until = -math.inf
        self._busy: set[Connection] = set()
        self._connected = False
        self._task: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float:
        """Seconds back to the last moment of which the replica is known to hold everything; infinite when unknown."""
        return time.monotonic() - self._complete_until

    @property
    def usable(self) -> bool:
        """Whether it may be asked now."""
        return self.lag <= self.max_lag and not self._breaker.open

    def open(self) -> None:
        """Begin to watch it; it is used from when it turns out to be fit."""
        self._task = asyncio.create_task(self._watch(), name="replica")

    async def close(self) -> None:
        """Stop using it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
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

    async def _watch(self) -> None:
        fit = True
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._look()
                if not fit:
                    log.info("replica.fit")
                fit = True
            except (*LOST, asyncpg.PostgresError, NotAReplicaError) as error:
                self._complete_until = -math.inf
                self._marks.clear()
                for connection in tuple(self._busy):
                    connection.terminate()  # whoever waits for it asks the primary
                if fit:
                    log.warning("replica.unfit", error=type(error).__name__)
                fit = False
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        if not self._connected:
            await self._database.open()
            self._connected = True
        async with self._primary.connection() as connection:
            began = time.monotonic()
            mark = await connection.fetchrow(_MARK)
        replayed = await self.read(_replayed)
        if mark is None or not replayed["follows"] or replayed["system_identifier"] != mark["system_identifier"]:
            raise NotAReplicaError
        self._marks.append((began, mark["lsn"]))
        while self._marks and self._marks[0][1] <= replayed["lsn"]:
            self._complete_until = self._marks.popleft()[0]


async def _replayed(connection: Connection) -> asyncpg.Record:
    row = await connection.fetchrow(_REPLAYED)
    if row is None:
        raise AssertionError("the statement yields one row")
    return row
