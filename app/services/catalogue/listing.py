"""Reads the rows of any noun: one statement a call, without the tables' classes."""

from datetime import date
from typing import Any

from app.core.database import Connection
from app.core.pagination import CursorError, decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.errors import not_found
from app.schemas.administration import Page
from app.services.catalogue.noun import Noun
from app.services.installation import Installation


async def list_rows(here: Installation, noun: Noun, page: Page) -> dict[str, Any]:
    """A page of rows in the order of their key; one statement."""
    sql = Sql()
    conditions = noun.conditions(sql, page.narrowed())
    if page.cursor:
        conditions.append(f"{noun.key} > {sql.arg(_key_in(page.cursor, noun))}")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            SELECT {noun.columns} FROM {noun.table} WHERE {conjunction(conditions)}
            ORDER BY {noun.key} LIMIT {sql.arg(page.limit + 1)}
            """,
            *sql.args,
        )
    more = len(rows) > page.limit
    return {
        "items": [dict(row) for row in rows[: page.limit]],
        "next_cursor": encode_cursor(rows[page.limit - 1][noun.key]) if more else None,
    }


def _key_in(cursor: str, noun: Noun) -> Any:
    (key,) = decode_cursor(cursor, int if noun.key == "id" else str)
    try:
        if noun.key == "day":
            return date.fromisoformat(key)
        if noun.key == "id":
            return key.to_bytes(8, signed=True) and key
        return key.encode("ascii") and key
    except (ValueError, OverflowError, AttributeError, TypeError):
        raise CursorError(cursor) from None


async def read_row(here: Installation, noun: Noun, key: Any) -> dict[str, Any]:
    """One row; raises NotFoundError."""
    async with here.database.connection() as connection:
        row = await find_row(connection, noun, key)
    if row is None:
        raise not_found()
    return row


async def find_row(connection: Connection, noun: Noun, key: Any) -> dict[str, Any] | None:
    """One row, or None."""
    row = await connection.fetchrow(f"SELECT {noun.columns} FROM {noun.table} WHERE {noun.key} = $1", key)
    return dict(row) if row else None
