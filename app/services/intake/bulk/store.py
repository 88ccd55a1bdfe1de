"""What bulk filing asks of the database: what is there already, numbers for what is new, and all rows in four statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.bulk import insert_many
from app.core.database import Connection
from app.services.intake.bulk.rows import Numbers, Rows
from app.services.intake.filing import EARLIER
from app.services.workflow.write import unit_closed

Key = tuple[str, str]
LOOK_BEFORE = f"""
SELECT r.channel, r.external_ref, {EARLIER}
FROM unnest($1::text[], $2::text[]) AS k(channel, external_ref)
JOIN service_request r ON r.channel = k.channel AND r.external_ref = k.external_ref
"""
_NUMBERS = """
SELECT nextval(pg_get_serial_sequence('service_request', 'id')) AS id, nextval('ticket_no_seq') AS number
FROM generate_series(1, $1)
"""
_OPEN_UNITS = "SELECT code FROM unit WHERE code = ANY($1) AND active ORDER BY code FOR SHARE"


async def look_before(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """The requests that were filed under these channels and references, as `told_earlier` reads them."""
    channels, references = zip(*keys, strict=True)
    rows = await connection.fetch(LOOK_BEFORE, channels, references)
    return {(row["channel"], row["external_ref"]): dict(row) for row in rows}


async def draw_numbers(connection: Connection, count: int) -> list[Numbers]:
    """Ids and running numbers for so many new requests; what is not used in the end stays a hole, as everywhere."""
    return [(row["id"], row["number"]) for row in await connection.fetch(_NUMBERS, count)]


async def write_rows(connection: Connection, rows: Rows) -> None:
    """Write everything inside the caller's transaction.

    Raises ConflictError when a unit was closed at this moment, UniqueViolationError when somebody else filed one of
    these references.
    """
    await _hold_units_open(connection, rows.units)
    await insert_many(connection, "service_request", rows.requests, {"search": "to_tsvector('simple', {})"})
    await insert_many(connection, "work_order", rows.orders)
    await insert_many(connection, "event", rows.events)
    await connection.copy_records_to_table("request_key", records=rows.words, columns=["key", "request_id", "filed_at"])


async def _hold_units_open(connection: Connection, codes: Sequence[str]) -> None:
    """Keep these units from being closed until the commit."""
    if codes and len(await connection.fetch(_OPEN_UNITS, codes)) != len(codes):
        raise unit_closed()
