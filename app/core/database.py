"""The way to PostgreSQL: one asyncpg pool for the case pipeline, one SQLAlchemy engine for administration.

Both speak to the same database; a session can lend its asyncpg connection, so that both share a transaction.
SQLAlchemy is imported with the first session: a server that nobody administers does without (decision 27).
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlmodel.ext.asyncio.session import AsyncSession

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # generic for the type checker only
Row: TypeAlias = asyncpg.Record
T = TypeVar("T")

TRANSIENT = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
    asyncpg.ExclusionViolationError,
)
"""Two callers met. The loser runs again from the start and finds what the winner wrote."""

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # too many connections, disk full, out of memory
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server said good-bye while we began to speak
    ConnectionError,
    TimeoutError,
    OSError,
)
"""The database cannot be reached at the moment; nothing can be said about the call in flight."""


_MAY_HARM = (*UNAVAILABLE, asyncpg.PostgresError)
IDLE_SECONDS = 600
"""A connection that nobody has used for so long is closed."""


class _PlainConnection(asyncpg.Connection):
    """A connection that is given back as it is: no code of ours leaves settings, cursors or LISTENs behind.

    asyncpg's own reset costs four statements at each release.
    """

    def get_reset_query(self) -> str:
        """Nothing to undo."""
        return ""


class Database:
    """Connections of one process. `dsn` is a `postgresql://` URL."""

    def __init__(self, dsn: str, *, pool_size: int = 10, statement_timeout: float = 30.0) -> None:
        self.dsn = dsn
        self._pool_size = pool_size
        self._server_settings = {
            "application_name": "hotline",
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": str(int(statement_timeout * 1000)),
        }
        # The server gives up first; this is for a server that cannot be heard any more.
        self._command_timeout = statement_timeout + 5
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._kept: deque[tuple[PoolConnectionProxy[asyncpg.Record], float]] = deque()
        self._waiting = 0
        self._closing = False
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect; raises one of `UNAVAILABLE` when the server is out of reach."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=1,
            max_size=self._pool_size,
            init=prepare_connection,
            connection_class=_PlainConnection,
            server_settings=self._server_settings,
            statement_cache_size=512,
            command_timeout=self._command_timeout,
            max_inactive_connection_lifetime=IDLE_SECONDS,
        )

    async def close(self) -> None:
        """Give all connections back; those still busy after 10 s are cut."""
        if self._engine is not None:
            await self._engine.dispose()
        if self._pool is not None:
            self._closing = True
            while self._kept:
                await self._pool.release(self._kept.pop()[0])
            try:
                await asyncio.wait_for(self._pool.close(), 10)
            except TimeoutError:
                self._pool.terminate()

    @property
    def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        """The open pool."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections there are, and how many of them nobody uses."""
        return self.pool.get_size(), self.pool.get_idle_size() + len(self._kept)

    def connection(self) -> _Lent:
        """`async with` a connection, for reads and for writes of one statement; no other way leads to the pool."""
        return _Lent(self)

    async def borrow(self) -> PoolConnectionProxy[asyncpg.Record]:
        """The connection that was given back last, else one from the pool."""
        while self._kept:
            connection, _ = self._kept.pop()
            if _lives(connection):
                return connection
            await self.pool.release(connection)
        self._waiting += 1
        try:
            return await self.pool.acquire()
        finally:
            self._waiting -= 1

    async def give_back(self, connection: PoolConnectionProxy[asyncpg.Record], *, sound: bool) -> None:
        """Keep a connection at hand for the next call: giving it to the pool costs a task, as much as a short statement.

        The pool gets it when somebody waits there, when all did not go well (`sound`), and what nobody has needed for long.
        """
        if not sound or self._waiting or self._closing or not _lives(connection):
            await self.pool.release(connection)
            return
        now = asyncio.get_running_loop().time()
        self._kept.append((connection, now))
        if self._kept[0][1] < now - IDLE_SECONDS:
            await self.pool.release(self._kept.popleft()[0])

    async def transaction(self, work: Callable[[Connection], Awaitable[T]], *, attempts: int = 4) -> T:
        """Run `work` in a transaction and commit it; run it again when another caller got there first.

        `work` must be repeatable: it must not keep anything from a failed attempt.
        """

        async def begun(connection: Connection) -> T:
            async with connection.transaction():
                return await work(connection)

        return await self.one_write(begun, attempts=attempts)

    async def one_write(self, work: Callable[[Connection], Awaitable[T]], *, attempts: int = 4) -> T:
        """As `transaction`, for work that writes with one statement, its last: that is a transaction by itself.

        BEGIN and COMMIT would be two ways there and back that say nothing.
        """
        for attempt in range(1, attempts + 1):
            try:
                async with self.connection() as connection:
                    return await work(connection)
            except TRANSIENT:
                if attempt == attempts:
                    raise
                await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * attempt)  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A SQLModel session in a transaction that is committed when the block ends well."""
        from sqlalchemy.ext.asyncio import create_async_engine
        from sqlmodel.ext.asyncio.session import AsyncSession

        if self._engine is None:
            url = self.dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
            self._engine = create_async_engine(
                url,
                pool_size=2,
                max_overflow=8,
                pool_pre_ping=True,
                json_serializer=lambda value: orjson.dumps(value).decode(),
                json_deserializer=orjson.loads,
                connect_args={"server_settings": self._server_settings},
            )
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            yield session


def _lives(connection: PoolConnectionProxy[asyncpg.Record]) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # it died, and the pool took it back at once


class _Lent:
    """A connection for as long as a block lasts."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = await self._database.borrow()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # A refusal of ours says nothing against the connection; a statement broken off, or what it raised, may.
        sound = kind is None or (issubclass(kind, Exception) and not issubclass(kind, _MAY_HARM))
        await self._database.give_back(self._connection, sound=sound)


async def prepare_connection(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a new connection to read and write JSON as Python objects, and to notice a peer that is gone."""
    keep_alive(connection)
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )


def keep_alive(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Have the kernel ask now and then whether the other side still lives; a fail-over may end without a word."""
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport else None
    if found is None or found.family not in (socket.AF_INET, socket.AF_INET6):
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)


async def lent_connection(session: AsyncSession) -> Connection:
    """The asyncpg connection below a session, in the session's transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return cast(Connection, cast(Any, raw).driver_connection)
