"""Prints rows: aligned for people, one JSON object a line for machines."""

import json
from typing import Any

from benchmarks.figures import Row

COLUMNS = (
    "rps", "p50_ms", "p99_ms", "cpu_ms", "db_cpu_ms", "statements", "floor_rps", "ratio_to_floor", "pgbench_rps", "errors"
)  # fmt: skip
NAMES = {"ratio_to_floor": "ratio", "statements": "stmts", "pgbench_rps": "pgbench"}


def head() -> str:
    """The line above the table."""
    return f"{'call':32}" + "".join(f"{NAMES.get(name, name):>11}" for name in COLUMNS)


def line(row: Row) -> str:
    """One row."""
    fields = row.as_json()
    told = f"{row.call:32}" + "".join(f"{_short(fields[name]):>11}" for name in COLUMNS)
    more = "".join(f"\n    {name}: {_short(value)}" for name, value in row.more.items())
    return told + more + (f"\n    {row.why}" if row.why else "")


def _short(value: Any) -> str:
    return "-" if value is None else str(value)


def show(row: Row, *, as_json: bool) -> None:
    """Print a row at once."""
    print(json.dumps(row.as_json(), ensure_ascii=False) if as_json else line(row), flush=True)
