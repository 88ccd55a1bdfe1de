"""An installation at work: its database (embedded or by URL), its keys, its reference data.

API, worker and command line all begin here, so that they cannot differ in how they start.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import asyncpg

from app.core.database import Connection, Database
from app.core.embedded_postgres import EmbeddedPostgres
from app.core.file_store import FileStore
from app.core.listener import Listener
from app.core.security import KeyRing, KeyRingError
from app.core.turns import Turns
from app.services.kept_items import KeptItems
from app.services.reading import Reading
from app.services.reference import ReferenceStore
from app.settings import Settings, get_settings

DATABASE_NAME = "hotline"
KEYS_CHANNEL = "hotline_keys"


class InstallationError(Exception):
    """The installation cannot be used as it is; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What every process of the product holds."""

    settings: Settings
    database: Database
    keys: KeyRing
    reference: ReferenceStore
    files: FileStore
    reading: Reading
    kept: KeptItems = field(default_factory=KeptItems, compare=False)
    turns: Turns = field(default_factory=Turns, compare=False)


@contextmanager
def database_url(settings: Settings | None = None) -> Iterator[str]:
    """The database's URL; the embedded server runs at least as long as the block."""
    settings = settings or get_settings()
    if settings.database_url:
        yield settings.database_url.replace("postgres://", "postgresql://", 1)
        return
    with EmbeddedPostgres(settings.data_dir.resolve() / "postgres") as server:
        asyncio.run(_create_database(server.dsn("postgres")))
        yield server.dsn(DATABASE_NAME)


@asynccontextmanager
async def database_url_async(settings: Settings) -> AsyncIterator[str]:
    """As `database_url`, for code that runs in an event loop: starting a server takes its time."""
    manager = database_url(settings)
    url = await asyncio.to_thread(manager.__enter__)
    try:
        yield url
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


async def _create_database(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE_NAME):
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')
    finally:
        await connection.close()


def load_keys(settings: Settings) -> KeyRing:
    """The master keys: from the settings, or made once in the data folder (readable by its owner only)."""
    if settings.secret_keys:
        return KeyRing(settings.secret_keys)
    path = keys_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = write_beside(path, KeyRing.new_key())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        sync_folder(path.parent)
    return KeyRing(path.read_text(), path.read_text)


def write_beside(path: Path, keys: str) -> Path:
    """Master keys on disk in a file of its own beside `path`, readable by its owner only; who calls moves it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600, exist_ok=False)
    with fresh.open("w") as file:
        file.write(keys + "\n")
        file.flush()
        os.fsync(file.fileno())  # before anything is encrypted with it
    return fresh


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last."""
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def keys_file(settings: Settings) -> Path:
    """Where the master keys are kept when they are not among the settings."""
    return settings.data_dir / "secret_keys"


def follow_keys(listener: Listener, keys: KeyRing) -> None:
    """Learn of new master keys as soon as `hotline keys rotate` has made one."""

    def learn(_payload: str) -> None:
        with contextlib.suppress(OSError, KeyRingError):  # whoever meets the key looks again
            keys.refresh()

    listener.subscribe(KEYS_CHANNEL, learn)


def file_store(settings: Settings) -> FileStore:
    """Where attachments lie."""
    return FileStore(
        settings.data_dir.resolve() / "files", settings.storage_url, settings.storage_key, settings.storage_secret
    )


@asynccontextmanager
async def connect(url: str, settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    """Connect and check keys and migrations.

    Raises InstallationError when the database is not migrated or was set up with other keys.
    """
    keys = load_keys(settings)
    database = Database(
        url, pool_size=settings.database_pool_size, statement_timeout=settings.database_statement_timeout
    )
    await database.open()
    try:
        await _check(database, keys)
        yield database, keys
    finally:
        await database.close()


@asynccontextmanager
async def open_installation(url: str, settings: Settings | None = None) -> AsyncIterator[Installation]:
    """Connect as `connect` does, and load the reference data."""
    settings = settings or get_settings()
    async with connect(url, settings) as (database, keys):
        reference = ReferenceStore(database, settings)
        await reference.refresh()
        yield Installation(settings, database, keys, reference, file_store(settings), Reading(database, settings))


async def _check(database: Database, keys: KeyRing) -> None:
    async with database.connection() as connection:
        version = await schema_version(connection)
        if version != head_revision():
            behind = "The database is not at the newest schema; run `hotline migrate` first."
            raise InstallationError(foreign_schema(version) or behind)
        stored = await connection.fetchval(
            """
            UPDATE installation SET key_fingerprint = coalesce(key_fingerprint, $1)
            RETURNING key_fingerprint
            """,
            keys.fingerprint(),
        )
    if stored != keys.fingerprint():
        raise InstallationError(
            "This database was set up with other secret keys. Set HOTLINE_SECRET_KEYS to those of the machine "
            "that set it up (they are in its data folder, file secret_keys)."
        )


async def at_head(connection: Connection) -> bool:
    """Whether the newest migration has been applied."""
    return await schema_version(connection) == head_revision()


async def schema_version(connection: Connection) -> str | None:
    """The migration that was applied last; None: none was."""
    try:
        version = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return None if version is None else str(version)


def foreign_schema(version: str | None) -> str | None:
    """What to say of a migration that another version of the hotline has applied; None: it is one of ours."""
    if version is None or version in _migrations():
        return None
    return (
        f"The database is at schema '{version}', which this version of the hotline does not know: another, probably newer "
        "one has migrated it. Start that one, or choose another HOTLINE_DATA_DIR or HOTLINE_DATABASE_URL."
    )


def head_revision() -> str | None:
    """The newest migration in this checkout."""
    steps = _migrations()
    return next(iter(steps.keys() - steps.values()), None)


@cache
def _migrations() -> dict[str, str]:
    """Each migration and the one below it, read off the files: asking Alembic would cost every server 8 MB."""
    found = (dict(_ASSIGNED.findall(script.read_text())) for script in (MIGRATIONS / "versions").glob("*.py"))
    return {step["revision"]: step.get("down_revision", "") for step in found}


MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_ASSIGNED = re.compile(r'^(revision|down_revision)\b[^=]*= "(\w+)"', re.MULTILINE)
