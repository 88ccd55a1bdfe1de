"""Reads files of JSON lines: one line that cannot be read is refused like any wrong row, and the rest goes on."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.services.intake.bulk.lines import UNREADABLE

RAW = "unreadable"
"""Under this a line that could not be read stands in a file of failed rows."""


def read_json_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    """The object of each line that is not blank; a line that cannot be read comes as `{UNREADABLE: reason, RAW: line}`."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _json_line(line, number)


def _json_line(line: bytes, number: int) -> Mapping[str, Any]:
    """The object of a line; what cannot be read becomes a row that is refused with the reason.

    Of a line that could not be read before, and stands in a file of failed rows, what was mended there is the row.
    """
    raw, where = line.decode("utf-8-sig", "backslashreplace").strip(), f"line {number}"
    try:
        value = json.loads(line.decode("utf-8-sig"))
        if isinstance(value, dict) and RAW in value:
            raw, where = str(value[RAW]), f"the text under '{RAW}' in line {number}"
            value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return {UNREADABLE: f"{where} is not JSON in UTF-8: {error}", RAW: raw}
    return value if isinstance(value, dict) else {UNREADABLE: f"{where} is not a JSON object", RAW: raw}
