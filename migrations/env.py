"""Runs the migrations against the database of this installation (`hotline migrate`, or `alembic` itself)."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import metadata
from app.models.event import Xid8
from app.services.installation import database_url

ischema_names["xid8"] = Xid8


def compare(connection: Connection) -> None:
    """Run inside one transaction; give up soon rather than block a live service behind a lock."""
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def run(url: str) -> None:
    """Connect and migrate."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(compare)
    await engine.dispose()


given = context.config.attributes.get("database_url")
if given:
    asyncio.run(run(str(given)))
else:
    with database_url() as url:
        asyncio.run(run(url))
