"""The two formats: CSV that spreadsheets open without doing anything by themselves, and JSON lines for machines."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from app.services.exports.columns import Column

BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for the local code page."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First signs by which a spreadsheet takes a text for a formula, full-width ones included."""


def csv_heading(columns: Sequence[Column]) -> bytes:
    """The first line, after the byte order mark."""
    return (BOM + _written([[column.heading for column in columns]])).encode()


def csv_lines(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Lines of a spreadsheet: codes in words, instants as the city writes them."""
    return _written([[_cell(column, row[column.name]) for column in columns] for row in rows]).encode()


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One JSON object a line, codes as they are."""
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `undefused` gives the text back, whatever it is."""
    return "'" + text if text.lstrip(" \u3000'").startswith(_FORMULA) else text


def undefused(text: str) -> str:
    """The text that became this one by being `defused`."""
    return text[1:] if text.startswith("'") and defused(text[1:]) == text else text


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return defused(str((column.words or {}).get(value, value)))


def _written(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()
