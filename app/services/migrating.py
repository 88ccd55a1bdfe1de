"""Brings a database to the newest schema."""

import asyncio

import asyncpg

from app.services.installation import MIGRATIONS, InstallationError, foreign_schema, head_revision, schema_version


def migrate_to_head(url: str) -> str:
    """Run the migrations that are missing; returns the revision reached.

    Raises InstallationError when another version has migrated the database: no way leads on from there.
    """
    from alembic import command  # 6 MB that a server has no use for
    from alembic.config import Config

    if told := foreign_schema(asyncio.run(_present(url))):
        raise InstallationError(told)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    command.upgrade(config, "head")
    return head_revision() or ""


async def _present(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        return await schema_version(connection)
    finally:
        await connection.close()
