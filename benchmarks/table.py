"""Prints rows: aligned for people, one JSON object a line for machines; says what the columns mean.

A column has one name: in the table, in the JSON, in the help and in docs/performance.md.
"""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.figures import Row

COLUMNS = {
    "rps": "calls that the service answered in a second, over all connections",
    "p50_ms": "wall-clock time that half of the calls took at most, as their callers see it",
    "p99_ms": "the same of all but one in a hundred",
    "cpu_ms": "processor time a call costs in the server process",
    "db_cpu_ms": "processor time a call costs in all processes of PostgreSQL",
    "statements": "SQL statements a call sends, on average over the run; BEGIN and COMMIT count",
    "floor_rps": "what the bare routes did for the same reads and writes, in a second",
    "ratio_to_floor": "rps over floor_rps, median over the turns: above 1 the service is faster than its floor",
    "pgbench_rps": "the floor's SQL by pgbench, without HTTP and Python: what the database alone allows",
    "errors": "answers that were not as expected; a row with any has no figures",
}
"""What each column means, in the order of the table."""
_WIDTHS = {name: max(len(name), 7) + 2 for name in COLUMNS}


def meanings(columns: Mapping[str, str] = COLUMNS) -> str:
    """The columns explained, a line each."""
    return "columns:\n" + "\n".join(f"  {name:15} {meaning}" for name, meaning in columns.items())


def head() -> str:
    """The line above the table."""
    return f"{'call':32}" + "".join(f"{name:>{width}}" for name, width in _WIDTHS.items())


def line(row: Row) -> str:
    """One row."""
    fields = row.as_json()
    told = f"{row.call:32}" + "".join(f"{short(fields[name]):>{width}}" for name, width in _WIDTHS.items())
    more = "".join(f"\n    {name}: {short(value)}" for name, value in row.more.items())
    return told + more + (f"\n    {row.why}" if row.why else "")


def short(value: Any) -> str:
    """A cell; a dash for what was not measured."""
    return "-" if value is None else str(value)


def show(row: Row, *, as_json: bool) -> None:
    """Print a row at once."""
    print(json.dumps(row.as_json(), ensure_ascii=False) if as_json else line(row), flush=True)
