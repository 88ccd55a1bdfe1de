"""The migrations lead to just the schema that the models describe, and back again."""

import asyncio

import asyncpg
from alembic import command
from alembic.config import Config
from conftest import create_database

from app.core.embedded_postgres import EmbeddedPostgres
from app.services.installation import MIGRATIONS


def config_for(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = url
    return config


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        functions = await connection.fetch("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    finally:
        await connection.close()
    return {row[0] for row in [*rows, *functions]} - {"alembic_version"}


def test_migrations_and_models_agree_and_every_step_can_be_taken_back(postgres: EmbeddedPostgres) -> None:
    url = asyncio.run(create_database(postgres, "test_migrations"))
    config = config_for(url)
    command.upgrade(config, "head")
    command.check(config)
    assert "event" in asyncio.run(tables(url))
    command.downgrade(config, "base")
    assert asyncio.run(tables(url)) == set()
    command.upgrade(config, "head")


async def test_the_index_of_a_large_table_is_built_while_it_is_written(postgres: EmbeddedPostgres) -> None:
    url = await create_database(postgres, "test_index_while_written")
    config = config_for(url)
    await asyncio.to_thread(command.upgrade, config, "tune_storage")
    old, writer = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        await old.execute("CREATE INDEX ix_work_order_unit_request ON work_order (unit_code)")  # was broken off
        held = old.transaction()
        await held.start()
        await old.execute("LOCK TABLE work_order IN ROW EXCLUSIVE MODE")
        building = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "head"))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(30):
            while not await writer.fetchval(waits):
                await asyncio.sleep(0.02)
        async with writer.transaction():
            await writer.execute("SET LOCAL lock_timeout = '1s'")
            await writer.execute("LOCK TABLE work_order IN ROW EXCLUSIVE MODE")
        await held.rollback()
        await building
        indexed = (
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indisvalid AND indexrelid = $1::text::regclass"
        )
        made = await writer.fetchval(indexed, "ix_work_order_unit_request")
        assert made.endswith("(unit_code, request_id)")
    finally:
        await old.close()
        await writer.close()
