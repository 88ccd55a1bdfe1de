"""Reads the cells of tables, CSV and XLSX: whatever their encoding and delimiter, and says where they are damaged."""

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.services.intake.quotes import find_unclosed


class FileError(ValueError):
    """The file cannot be read; the text says why and what would be right."""


def read_csv(path: Path, encoding: str | None) -> Iterator[Sequence[Any]]:
    """The cells of each row.

    Raises FileError when it is in no encoding that is known; the rows raise it where the file is damaged.
    """
    encoding = encoding or guess_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(65536)
            delimiter = delimiter_of(sample)
    except (UnicodeDecodeError, LookupError) as error:
        raise FileError(f"{path.name} is not {encoding}: {error}; say which with --encoding") from None
    return _csv_rows(path, encoding, delimiter)


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Sequence[Any]]:
    csv.field_size_limit(10_000_000)
    record = 1
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                yield cells
                record = reader.line_num + 1
        except (UnicodeDecodeError, csv.Error) as error:
            raise _unreadable(path, encoding, delimiter, record, error) from None


def _unreadable(path: Path, encoding: str, delimiter: str, record: int, error: Exception) -> FileError:
    """What is wrong with the record that begins in a line: mostly a quotation mark, which swallows all that follows."""
    if isinstance(error, csv.Error):
        with suppress(UnicodeDecodeError), path.open(encoding=encoding, newline="") as file:
            if unclosed := find_unclosed(file, delimiter, record):
                return FileError(f"{path.name} cannot be read: {unclosed}")
        if "field limit" in str(error):
            told = f"a cell of the row that begins in line {record} has over {csv.field_size_limit():,} characters"
            return FileError(f"{path.name} cannot be read: {told}")
    return FileError(
        f"{path.name} cannot be read to its end: {error} (row that begins in line {record}); --encoding says how it is"
    )


def guess_encoding(path: Path) -> str:
    """UTF-16 with its mark, as Excel's "Unicode text"; UTF-8; else GB 18030, as Chinese spreadsheets write it.

    Raises FileError for a file that is none of these.
    """
    with path.open("rb") as file:
        marked = file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        if _is_text(path, encoding):
            return encoding
    raise FileError(
        f"{path.name} is in no encoding that is taken: save it as UTF-8 (in Excel: CSV UTF-8), "
        "as GB 18030 or GBK, or as UTF-16 with a byte order mark (in Excel: Unicode text)"
    )


def _is_text(path: Path, encoding: str) -> bool:
    """Whether the whole file can be read so; NUL characters in its header are halves of a wider encoding."""
    try:
        with path.open(encoding=encoding) as file:
            halved = "\0" in file.readline(65536)
            for _ in iter(lambda: file.read(1 << 20), ""):
                pass
            return not halved
    except UnicodeDecodeError:
        return False


def delimiter_of(sample: str) -> str:
    """What the first line divides its columns with: comma, tab (Excel's "Unicode text") or semicolon."""
    return max(",\t;", key=sample.split("\n")[0].count)


def read_xlsx(path: Path) -> Iterator[Sequence[Any]]:
    """The same of a workbook's active sheet."""
    try:
        import openpyxl  # 16 MB with numpy, for the import of one kind of file

        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    except Exception as error:  # the library raises many kinds for a file that is no workbook
        raise FileError(f"{path.name} is not a readable workbook: {error}") from None
    if sheet is None:
        raise FileError(f"{path.name} has no sheet")
    return _sheet_rows(path, sheet)


def _sheet_rows(path: Path, sheet: Any) -> Iterator[Sequence[Any]]:
    number = 1
    try:
        for line in sheet.iter_rows(values_only=True):
            yield line
            number += 1
    except Exception as error:  # as many kinds again when a sheet is damaged further down
        raise FileError(f"{path.name} is damaged, row {number} of its sheet cannot be read: {error}") from None
