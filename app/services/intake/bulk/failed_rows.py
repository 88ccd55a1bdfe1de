"""Writes the rows that could not be filed into a file of their own, to be corrected and imported again.

The file is read a second time beside the results, which come in its order: nothing is kept in memory.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.bulk.results import Result
from app.services.intake.files import NOTES, RAW, FileError, Source

ROW, BECAUSE = NOTES
EXCEL_UTF8 = "utf-8-sig"
"""A spreadsheet program would take Chinese without the mark for something else."""


class FailedRows:
    """The failed rows of one import, in the kind of its file: CSV for tables, JSON lines for JSON lines."""

    def __init__(self, file: TextIO, again: Source) -> None:
        """`again`: the file that is imported, opened once more."""
        self._file, self._again = file, again
        self._rows = enumerate(again.rows, 1)
        self.count = 0
        self._columns = [column for column in again.columns if column not in NOTES]
        self._table = csv.writer(file, lineterminator="\n")
        if self._columns:
            self._table.writerow([*NOTES, *self._columns])

    def add(self, result: Result) -> None:
        """Write the row of a failed result; to be called in the order of the rows."""
        self.count += 1
        row = next(row for number, row in self._rows if number == result["line"])
        because = reason(result, self._again.mapping)
        if self._columns:
            cells = [row.get(column) for column in self._columns]
            surplus = row.get(None) or []  # type: ignore[call-overload]  # where the reader leaves cells without column
            self._table.writerow([result["line"], because, *cells, *surplus])
        else:
            kept = {RAW: row[RAW]} if UNREADABLE in row else {k: v for k, v in row.items() if k not in NOTES}
            told: Mapping[str, Any] = {ROW: result["line"], BECAUSE: because, **kept}
            self._file.write(json.dumps(told, ensure_ascii=False) + "\n")


@contextmanager
def failed_rows(path: Path, again: Source) -> Iterator[FailedRows]:
    """A new file for failed rows, gone again when there are none.

    Raises FileError when it cannot be written, holds something, or is of another kind than the imported one.
    """
    kinds = (".csv",) if again.columns else (".jsonl", ".ndjson", ".json")
    if path.suffix.lower() not in kinds:
        raise FileError(f"{path}: the failed rows of this file are written as {kinds[0]}; give a name that ends so")
    try:
        if path.exists() and path.stat().st_size:
            raise FileError(f"{path} holds something already, perhaps rows to be corrected; name another file")
        encoding = EXCEL_UTF8 if again.columns else "utf-8"
        # Half a surrogate pair, which JSON may say, is written as JSON says it.
        file = path.open("w", encoding=encoding, errors="backslashreplace", newline="")
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from None
    with file:
        kept = FailedRows(file, again)
        try:
            yield kept
        finally:
            if not kept.count:
                path.unlink()


def reason(result: Result, mapping: Mapping[str, str]) -> str:
    """Why a row failed: all its faults, each beginning with the column where it is one."""
    told = []
    for fault in result.get("errors", [result]):
        pointer = fault.get("pointer", "")
        column = mapping.get(pointer[1:].replace("/", "."), pointer)
        told.append(f"{column} {fault['message']}".strip())
    return "; ".join(told)
