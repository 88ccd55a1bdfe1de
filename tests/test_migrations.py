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
