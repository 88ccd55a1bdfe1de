"""Writes the rows that could not be filed into a file of their own, to be corrected and imported again.

The file is read a second time beside the results, which come in its order: nothing is kept in memory.
"""

import csv
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count, zip_longest
from pathlib import Path
from typing import Any, TextIO

from app.services.exports.files import defused
from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.bulk.results import Result
from app.services.intake.files import NOTES, Source, TableRow
from app.services.intake.json_lines import RAW
from app.services.intake.tables import FileError

ROW, BECAUSE = NOTES
EXCEL_UTF8 = "utf-8-sig"
"""A spreadsheet program would take Chinese without the mark for something else."""


class FailedRows:
    """The failed rows of one import, in the kind of its file: CSV for tables, JSON lines for JSON lines.

    `fault` says when and why they could not all be written; the file then ends with the last that could.
    """

    def __init__(self, path: Path, file: TextIO, again: Source) -> None:
        """`again`: the file that is imported, opened once more."""
        self.path, self._file, self._again = path, file, again
        self._rows = enumerate(again.rows, 1)
        self.count = 0
        self.fault = ""
        self._table = csv.writer(file)
        if again.columns:
            self._write_cells(NOTES, again.columns)
        self._whole = self._size()

    def add(self, result: Result) -> None:
        """Write the row of a failed result; to be called in the order of the rows."""
        if self.fault:
            return
        row = next(row for number, row in self._rows if number == result["line"])
        try:
            self._write(result["line"], reason(result, self._again.mapping), row)
            self._whole = self._size()
        except OSError as error:
            self._stopped(error, f"the failed rows from data row {result['line']} on are")
        else:
            self.count += 1

    def close(self) -> None:
        """Close the file; none is left when no row failed. Who has moved it away meanwhile keeps it as it is."""
        try:
            self._file.close()
        except OSError as error:
            self._stopped(error, "some failed rows may be")
        with suppress(FileNotFoundError):
            if not self.count:
                self.path.unlink()
            elif self.fault:
                os.truncate(self.path, self._whole)

    def _write(self, number: int, because: str, row: Mapping[str, Any]) -> None:
        if isinstance(row, TableRow):
            self._write_cells((number, because), row.cells)
        else:
            kept = {RAW: row[RAW]} if UNREADABLE in row else {k: v for k, v in row.items() if k not in NOTES}
            told: Mapping[str, Any] = {ROW: number, BECAUSE: because, **kept}
            self._file.write(json.dumps(told, ensure_ascii=False) + "\n")

    def _write_cells(self, notes: Sequence[Any], cells: Sequence[Any]) -> None:
        """A line of the table: the notes, and the cells that are not an earlier import's notes."""
        own = [cell for column, cell in zip_longest(self._again.columns, cells) if column not in NOTES]
        self._table.writerow([defused(cell) if isinstance(cell, str) else cell for cell in (*notes, *own)])

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _stopped(self, error: OSError, missing: str) -> None:
        self.fault = self.fault or (
            f"{self.path} cannot be written to its end ({error.strerror}): {missing} not in it. "
            f"What was filed stays; make room, then run the same command again with {another(self.path)}."
        )


@contextmanager
def failed_rows(path: Path, again: Source) -> Iterator[FailedRows]:
    """A new file for failed rows, gone again when there are none.

    Raises FileError when it cannot be written, is there already, or is of another kind than the imported one.
    """
    kinds = (".csv",) if again.columns else (".jsonl", ".ndjson", ".json")
    if path.suffix.lower() not in kinds:
        raise FileError(f"{path}: the failed rows of this file are written as {kinds[0]}; give a name that ends so")
    encoding = EXCEL_UTF8 if again.columns else "utf-8"
    try:
        # A row goes out at once, so that a killed run leaves whole ones. Half a surrogate pair, which UTF-8 cannot say,
        # is written as JSON says it.
        file = path.open("x", buffering=1, encoding=encoding, errors="backslashreplace", newline="")
    except FileExistsError:
        told = f"{path} is there already, perhaps with rows to be corrected; run the command with {another(path)}"
        raise FileError(told) from None
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from None
    try:
        kept = FailedRows(path, file, again)
    except OSError as error:
        with suppress(OSError):
            file.close()
        path.unlink()
        raise FileError(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield kept
    finally:
        kept.close()


def another(path: Path) -> str:
    """The option that names a file beside this one that is not there yet."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return shlex.join(["--failed", str(next(name for name in names if not os.path.lexists(name)))])


def reason(result: Result, mapping: Mapping[str, str]) -> str:
    """Why a row failed: all its faults, each beginning with the column where it is one."""
    told = []
    for fault in result.get("errors", [result]):
        pointer = fault.get("pointer", "")
        column = mapping.get(pointer[1:].replace("/", "."), pointer)
        told.append(f"{column} {fault['message']}".strip())
    return "; ".join(told)
