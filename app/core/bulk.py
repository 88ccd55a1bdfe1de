"""Writes many rows with one statement, whatever their columns: a round trip and a plan for all instead of for each.

COPY would do for most tables, but not for columns that the database computes from what is sent (a search vector) nor
for JSON, which has no binary form here; the insert of whole arrays costs it about a sixth more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.core.database import Connection
from app.core.sql import Sql

_COLUMN_TYPES = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
"""
_UNPACKED = "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text({0}::jsonb)) END"


async def insert_many(
    connection: Connection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    computed: Mapping[str, str] | None = None,
) -> None:
    """Insert rows that all have the same columns, in their order; identity columns take the values given.

    `computed`: expressions over the values sent for some columns, `{}` standing for the value, which is sent as text.
    """
    if not rows:
        return
    types = {row["attname"]: row["format_type"] for row in await connection.fetch(_COLUMN_TYPES, table)}
    sql = Sql()
    sources, targets = [], []
    for name in rows[0]:
        kind = types[name]
        if computed and name in computed:
            sources.append(sql.arg([row[name] for row in rows], "text[]"))
            targets.append(computed[name].format(f"u.{name}"))
        elif kind.endswith("[]"):
            sources.append(sql.arg([_packed(row[name]) for row in rows], "text[]"))
            targets.append(f"{_UNPACKED.format(f'u.{name}')}::{kind}")
        else:
            sources.append(sql.arg([row[name] for row in rows], f"{kind}[]"))
            targets.append(f"u.{name}")
    names = ", ".join(rows[0])
    await connection.execute(
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {', '.join(targets)} "
        f"FROM unnest({', '.join(sources)}) AS u({names})",
        *sql.args,
    )


def _packed(value: Sequence[str] | None) -> str | None:
    """An array as JSON: arrays of arrays cannot be sent when their lengths differ."""
    return None if value is None else orjson.dumps(value).decode()
