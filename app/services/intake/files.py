"""Reads files of requests: CSV, XLSX or JSON lines, whatever their columns are called.

Columns are recognised by common Chinese and English names or mapped by hand; a column that is not used is
named to the user, never dropped in silence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from app.services.exports.files import undefused
from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.columns import find_columns, heading_row
from app.services.intake.json_lines import read_json_lines
from app.services.intake.tables import FileError, read_csv, read_xlsx

NOTES = ("failed_row", "failed_because")
"""What a file of failed rows says beside each; an import passes over it."""
HEADING_WITHIN = 5
"""Rows in which the names of the columns are looked for: above them many files have a title."""


class TableRow(dict[str, Any]):
    """A row of a table by the names of its columns; `cells` has all of it in order, what is under no name included."""

    __slots__ = ("cells",)

    def __init__(self, columns: Iterable[str], cells: Sequence[Any]) -> None:
        super().__init__(zip(columns, cells, strict=False))
        self.cells = cells


@dataclass(frozen=True, slots=True)
class Source:
    """A file ready to be read. `mapping`: field → column; JSON lines name the fields themselves and have no columns."""

    path: Path
    rows: Iterator[Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that nothing takes."""
        return tuple(c for c in self.columns if c and c not in self.mapping.values() and c not in NOTES)

    def forms(self, prefix: str) -> Iterator[dict[str, Any]]:
        """A request form's values for each row; `prefix:` goes before each reference of the file's own."""
        for row in self.rows:
            yield _too_long(row, len(self.columns)) or _form(row, self.mapping, prefix)


def open_source(path: Path, given: Mapping[str, str], encoding: str | None = None) -> Source:
    """Open a file by its ending; raises FileError for one that cannot be read or has no text column.

    `given`: field → its column, "" for a field that none of them is taken for.
    """
    if not path.is_file():
        raise FileError(f"{path} is not a file")
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            lines = read_csv(path, encoding)
        case ".xlsx":
            lines = read_xlsx(path)
        case ".jsonl" | ".ndjson" | ".json":
            return Source(path, read_json_lines(path))
        case other:
            raise FileError(f"cannot read '{other}' files; give .csv, .xlsx or .jsonl")
    given = {name: column.strip() for name, column in given.items()}
    columns, rows = _below_heading(path, lines, given)
    if set(NOTES) <= set(columns):  # a file of failed rows, as `FailedRows` wrote it
        columns, rows = _undefused(columns), map(_undefused, rows)
    return Source(path, (TableRow(columns, cells) for cells in rows), tuple(columns), find_columns(columns, given))


def _below_heading(
    path: Path, lines: Iterator[Sequence[Any]], given: Mapping[str, str]
) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """The names of the columns, and each row below them that is not empty."""
    first = list(islice(lines, HEADING_WITHIN))
    names = [[str(cell or "").strip() for cell in line] for line in first]
    at = heading_row(names, given)
    if not first or not any(names[at]):
        raise FileError(f"{path.name} is empty")
    columns = names[at]
    while not columns[-1]:  # what stands under no name behind the last one is no column
        columns.pop()
    return columns, (line for line in chain(first[at + 1 :], lines) if any(cell is not None for cell in line))


def _undefused(cells: Sequence[Any]) -> list[Any]:
    return [undefused(cell) if isinstance(cell, str) else cell for cell in cells]


def _too_long(row: Mapping[str, Any], columns: int) -> dict[str, Any] | None:
    """The refusal of a row with something behind its last column: mostly the rest of a text that holds the separator."""
    more = [cell for cell in row.cells[columns:] if cell not in (None, "")] if isinstance(row, TableRow) else []
    if not more:
        return None
    told = f"goes on behind its last column: {str(more[0])[:40]!r}"
    return {UNREADABLE: f"{told}; quote a text that holds the separator, or give that column a name"}


def _form(row: Mapping[str, Any], mapping: Mapping[str, str], prefix: str) -> dict[str, Any]:
    if mapping:
        cells = {name: row.get(column) for name, column in mapping.items()}
        told = {name: "" if cell is None else str(cell).strip() for name, cell in cells.items()}
        values: dict[str, Any] = {name: text for name, text in told.items() if text}  # a cell of blanks says nothing
    else:
        values = {name: value for name, value in row.items() if name not in NOTES}
    requester = {name: str(values.pop(f"requester.{name}")) for name in ("name", "phone", "id_number")
                 if f"requester.{name}" in values}  # fmt: skip
    if requester:
        values["requester"] = requester
    if values.get("external_ref"):
        values["external_ref"] = f"{prefix}:{values['external_ref']}"
    return values
