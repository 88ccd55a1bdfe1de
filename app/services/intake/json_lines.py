"""Reads files of JSON lines: one line that cannot be read is refused like any wrong row, and the rest goes on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core import strict_json
from app.services.intake.bulk.lines import UNREADABLE

RAW = "unreadable"
"""Under this a line that could not be read stands in a file of failed rows."""
DEEPEST = 100
"""Lists and objects in one another that a line may have: far more than any field, and less than a process can be handed."""


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
        value = strict_json.loads(line.decode("utf-8-sig"))
        if isinstance(value, dict) and RAW in value:
            raw, where = str(value[RAW]), f"the text under '{RAW}' in line {number}"
            value = strict_json.loads(raw)
        _refuse_deep(value)
    except RecursionError:
        return {UNREADABLE: f"{where} has more than {DEEPEST} lists and objects in one another", RAW: raw}
    except strict_json.TwiceError as error:
        return {UNREADABLE: f"{where}: {error}", RAW: raw}
    except ValueError as error:
        return {UNREADABLE: f"{where} is not JSON in UTF-8: {error}", RAW: raw}
    return value if isinstance(value, dict) else {UNREADABLE: f"{where} is not a JSON object", RAW: raw}


def _refuse_deep(value: Any, left: int = DEEPEST) -> None:
    """Raise RecursionError, as the parser itself does, only far sooner."""
    if isinstance(value, dict | list):
        if not left:
            raise RecursionError
        for part in value.values() if isinstance(value, dict) else value:
            _refuse_deep(part, left - 1)
