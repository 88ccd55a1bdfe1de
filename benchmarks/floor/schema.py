"""The floor's own tables: those of the product with the same columns, indexes, foreign keys, storage and rows.

They lie in a schema of their own, so that the product's rows stay true; their insert trigger rings another bell.
"""

import asyncpg

TABLES = ("service_request", "work_order", "event", "request_key", "application", "supervision", "throttle")
"""Each after those that its foreign keys name."""
FIRST_ID = 1_000_000_000_000
"""The floor's own rows are numbered from here, so that copies keep their numbers."""
_BELL = """
CREATE FUNCTION floor.ring_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('floor_events', pg_current_xact_id()::text);
    RETURN NULL;
END $$;
CREATE TRIGGER ring_events AFTER INSERT ON floor.event FOR EACH STATEMENT EXECUTE FUNCTION floor.ring_events();
"""
_OPTIONS = "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = $1::regclass"
_INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass ORDER BY indexrelid"
_KEYS = """
SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid = $1::regclass AND contype = 'f'
"""
_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) AS type, attidentity FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


_columns: dict[str, dict[str, str]] = {}


async def columns_of(connection: asyncpg.Connection, table: str) -> dict[str, str]:
    """Columns that can be written and their types; looked up once, for no schema changes during a run."""
    if table not in _columns:
        rows = await connection.fetch(_COLUMNS, f"public.{table}")
        _columns[table] = {row["attname"]: row["type"] for row in rows}
    return _columns[table]


async def create_floor(connection: asyncpg.Connection) -> None:
    """Make the schema anew and copy all rows; indexes are built afterwards, as after a restore."""
    await connection.execute("DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor; CREATE SEQUENCE floor.tickets")
    for table in TABLES:
        await connection.execute(f"CREATE TABLE floor.{table} (LIKE public.{table} INCLUDING ALL EXCLUDING INDEXES)")
        if options := await connection.fetchval(_OPTIONS, f"public.{table}"):
            await connection.execute(f"ALTER TABLE floor.{table} SET ({options})")
        names = ", ".join(await columns_of(connection, table))
        await connection.execute(
            f"INSERT INTO floor.{table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM public.{table}"
        )
        for [definition] in await connection.fetch(_INDEXES, f"public.{table}"):
            await connection.execute(definition.replace(f" ON public.{table} ", f" ON floor.{table} "))
        await _add_keys(connection, table)
        if "id" in await columns_of(connection, table):
            await connection.execute(f"ALTER TABLE floor.{table} ALTER id RESTART WITH {FIRST_ID}")
    await connection.execute(_BELL)
    for table in TABLES:
        await connection.execute(f"VACUUM ANALYZE floor.{table}")


async def _add_keys(connection: asyncpg.Connection, table: str) -> None:
    for key in await connection.fetch(_KEYS, f"public.{table}"):
        definition = key["definition"]
        for own in TABLES:
            definition = definition.replace(f"REFERENCES {own}(", f"REFERENCES floor.{own}(")
        await connection.execute(f"ALTER TABLE floor.{table} ADD CONSTRAINT {key['conname']} {definition} NOT VALID")
