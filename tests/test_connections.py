"""Connections that are kept at hand: nobody waits for one in vain, none is given on that may be harmed, a stop is quick."""

import asyncio

import asyncpg
import pytest

from app.core.database import Database
from app.domain.errors import not_found
from support.api import Api


@pytest.fixture
async def database(api: Api) -> Database:
    database = Database(api.here.database.dsn, pool_size=2)
    await database.open()
    return database


async def test_who_waits_gets_the_connection_that_is_given_back(database: Database) -> None:
    async def ask(n: int) -> int:
        async with database.connection() as connection:
            return int(await connection.fetchval("SELECT $1::int FROM pg_sleep(0.002)", n))

    assert await asyncio.gather(*(ask(n) for n in range(60))) == list(range(60))
    assert database.connections == (2, 2)
    await database.close()


async def test_a_refusal_keeps_the_connection_and_a_failed_statement_has_it_looked_after(database: Database) -> None:
    async def process(error: Exception | None, statement: str = "SELECT 1") -> int:
        async with database.connection() as connection:
            number = int(await connection.fetchval("SELECT pg_backend_pid()"))
            await connection.execute(statement)
            if error:
                raise error
        return number

    first = await process(None)
    with pytest.raises(type(not_found())):
        await process(not_found())
    assert await process(None) == first
    with pytest.raises(asyncpg.DivisionByZeroError):
        await process(None, "SELECT 1 / 0")
    assert await process(None) == first, "the pool found nothing wrong with it"
    await database.close()


async def test_a_call_that_is_broken_off_leaves_no_statement_behind(database: Database) -> None:
    async def slow() -> None:
        async with database.connection() as connection:
            await connection.execute("SELECT pg_sleep(60)")

    for _ in range(4):
        task = asyncio.create_task(slow())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 7") == 7
    await database.close()


async def test_a_connection_that_died_at_hand_is_not_lent(database: Database, api: Api) -> None:
    async with database.connection() as connection:
        number = await connection.fetchval("SELECT pg_backend_pid()")
    async with api.here.database.connection() as other:
        await other.execute("SELECT pg_terminate_backend($1)", number)
    await asyncio.sleep(0.2)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") != number
    await database.close()


async def test_closing_waits_for_a_call_in_flight_and_then_ends(database: Database) -> None:
    async def call() -> int:
        async with database.connection() as connection:
            return int(await connection.fetchval("SELECT 7 FROM pg_sleep(0.3)"))

    task = asyncio.create_task(call())
    await asyncio.sleep(0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await database.close()
    assert await task == 7
    assert loop.time() - began < 9, "close() gives up after ten seconds"
