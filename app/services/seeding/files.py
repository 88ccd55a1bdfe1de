"""Reads the data files that ship with the product, and puts rows into tables that lack them."""

import csv
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.database import Connection

DATA = Path(__file__).resolve().parents[2] / "data"


def read_csv(name: str, lists: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows of a data file; empty cells are None, cells of `lists` are split at semicolons."""
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return [
            {key: (value or "").split(";") if value and key in lists else ([] if key in lists else value or None)
             for key, value in row.items()}
            for row in csv.DictReader(file)
        ]  # fmt: skip


def read_toml(name: str) -> dict[str, Any]:
    """A data file."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


async def fill_if_empty(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> int:
    """Fill a table that has no row yet; returns how many.

    Once a table is filled it is the administrators': what they delete or rename does not come back.
    """
    if not rows or await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
        return 0
    columns = ", ".join(rows[0])
    await connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)", list(rows)
    )
    return len(rows)
