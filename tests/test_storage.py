"""What the migrations set for storage is what the models say."""

import pytest

from app.models import metadata
from support.api import Api

WRITTEN = ("service_request", "work_order", "event", "request_key")


@pytest.mark.parametrize("table", WRITTEN)
async def test_tables_are_stored_as_the_models_say(api: Api, table: str) -> None:
    async with api.here.database.connection() as connection:
        stored = await connection.fetchval("SELECT reloptions FROM pg_class WHERE oid = $1::regclass", table)
    said = metadata.tables[table].dialect_options["postgresql"]["with"]
    assert dict(option.split("=") for option in stored) == {name: str(value) for name, value in said.items()}


async def test_new_words_do_not_wait_long_for_the_index(api: Api) -> None:
    query = "SELECT reloptions FROM pg_class WHERE oid = 'ix_service_request_search'::regclass"
    async with api.here.database.connection() as connection:
        assert await connection.fetchval(query) == ["gin_pending_list_limit=1024"]
