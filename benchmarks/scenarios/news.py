"""Somebody at work beside the polls: writes one unit's progress, for the service's readers or for the floor's."""

import asyncio
from collections.abc import Iterator

import asyncpg

from benchmarks.scenarios.steps import prepared
from benchmarks.scenarios.ways import STEPS
from benchmarks.site import Site


class News:
    """Each `write` commits what one step of progress commits, on a request of its own."""

    def __init__(self, connection: asyncpg.Connection, write: str, tickets: list[str]) -> None:
        self._connection, self._write = connection, write
        self._tickets: Iterator[str] = iter(tickets)
        self._turn = asyncio.Lock()

    async def write(self) -> None:
        """One statement, one event. Readers may have it before the writer hears that it is committed."""
        async with self._turn:
            await self._connection.execute(self._write, next(self._tickets))


async def newspapers(site: Site, count: int) -> tuple[News, News]:
    """One in the product's tables, one in the floor's, for so many writes each."""
    done = await prepared(site, STEPS["progress"], count, 0)
    made = []
    for path in ("public", "floor, public"):
        connection = await asyncpg.connect(site.dsn, server_settings={"search_path": path})
        site.connections.append(connection)
        made.append(News(connection, done.change.write, done.stamps.tickets()))
    return made[0], made[1]
