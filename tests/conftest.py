"""A throw-away PostgreSQL for the whole run, a migrated and seeded template, and a fresh copy with a real HTTP
server for each test module."""

import asyncio
import itertools
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from app.core.embedded_postgres import EmbeddedPostgres
from app.core.security import KeyRing
from app.services.installation import open_installation
from app.services.migrating import migrate_to_head
from app.services.seeding.catalogue import seed_catalogue
from app.services.seeding.demo_city import seed_demo_city
from app.services.seeding.people import seed_admin
from app.settings import Settings
from support.api import Api, serve

# Who runs the tests in the background of a script has Ctrl-C ignored, by every command that a test starts and interrupts too.
signal.signal(signal.SIGINT, signal.default_int_handler)
TEMPLATE = "template_hotline"
_numbers = itertools.count(1)


def settings_for(url: str, folder: Path, **changes: object) -> Settings:
    """Settings of a test installation, whatever the environment says."""
    given = {
        "database_url": url,
        "data_dir": folder,
        "secret_keys": KEYS,
        "log_level": "error",
        "login_attempts": 50,
        "webhook_allow": "127.0.0.1",
    }  # receivers of tests
    return Settings(**{**given, **changes})


KEYS = KeyRing.new_key()


@pytest.fixture(scope="session")
def workspace() -> Iterator[Path]:
    """A folder that the unprivileged database user may walk through (pytest's own is closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(workspace: Path) -> Iterator[EmbeddedPostgres]:
    """A real server; durability is not what most tests are about."""
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
    with EmbeddedPostgres(workspace / "postgres", settings=quick) as server:
        yield server


async def create_database(server: EmbeddedPostgres, name: str, template: str = "template0") -> str:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return server.dsn(name)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres, workspace: Path) -> str:
    """A migrated database with catalogue, demo city and users."""
    url = asyncio.run(create_database(postgres, TEMPLATE))
    migrate_to_head(url)

    async def seed() -> None:
        settings = settings_for(url, workspace)
        async with open_installation(url, settings) as here:

            async def work(connection: asyncpg.Connection) -> None:
                await seed_catalogue(connection, date(2026, 11, 21))
                await seed_demo_city(connection, settings)
                await seed_admin(connection, settings)

            await here.database.transaction(work)

    asyncio.run(seed())
    return TEMPLATE


@pytest.fixture(scope="module")
async def database_copy(postgres: EmbeddedPostgres, template: str) -> str:
    """URL of a fresh copy of the template."""
    return await create_database(postgres, f"test_{next(_numbers)}", template)


@pytest.fixture(scope="module")
async def api(database_copy: str, workspace: Path) -> AsyncIterator[Api]:
    """The real application on a real port, on a fresh copy of the template."""
    async with serve(settings_for(database_copy, workspace)) as running:
        yield running
