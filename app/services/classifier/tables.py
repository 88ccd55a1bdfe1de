"""Prints the figures of an evaluation for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

_PLAIN = ("messages", "macro_f1", "top1", "top3", "ece", "threshold", "precision_there", "coverage_there")


def show(console: Console, found: dict[str, Any]) -> None:
    """All tables, the short ones first."""
    console.print(_table("Figures", ("measure", "value"), [(name, found[name]) for name in _PLAIN]))
    console.print(_table("F1 by class", ("class", "F1"), found["f1"].items()))
    console.print(_rows("Coverage and precision", found["curve"]))
    console.print(_rows("Confusions, commonest first", found["confusions"]))
    console.print(_rows("Surest of the wrong answers", found["worst"]))
    if speed := found.get("speed"):
        console.print(_table("Speed", ("measure", "ms"), [(name, speed[name]) for name in ("median_ms", "p99_ms")]))
        console.print(_rows("Slowest", speed["slowest"]))


def _rows(title: str, rows: list[dict[str, Any]]) -> Table:
    return _table(title, tuple(rows[0]) if rows else ("nothing",), [tuple(row.values()) for row in rows])


def _table(title: str, columns: tuple[str, ...], rows: Any) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    return table
