"""Reads a CSV of areas or places, told apart by its header; every fault is named by line and column.

Columns that the file does not have stay as they are in the database, so that a list of boundaries can be brought in
by itself.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.domain.errors import FieldError
from app.domain.words import TRUTH
from app.schemas.catalogue import AreaForm, PlaceForm
from app.schemas.messages import describe
from app.schemas.types import Form
from app.services.intake.quotes import find_unclosed
from app.services.intake.tables import FileError, delimiter_of, guess_encoding

MAX_ROWS = 100_000
_FIELD_LIMIT = 200_000
_LIST_MARK = ";"
_AREA_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "代码", "区划代码"),
    "name": ("name", "名称"),
    "level": ("level", "层级"),
    "parent_code": ("parent_code", "上级代码"),
    "aliases": ("aliases", "别名"),
    "lat": ("lat", "纬度"),
    "lon": ("lon", "经度"),
    "boundary": ("boundary", "边界"),
    "active": ("active", "启用"),
}
_PLACE_COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "名称"),
    "kind": ("kind", "类别"),
    "area_code": ("area_code", "区划代码"),
    "aliases": ("aliases", "别名"),
    "numbers": ("numbers", "门牌号"),
    "lat": ("lat", "纬度"),
    "lon": ("lon", "经度"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file holds: its form, the columns that name a row, those it must have, and their names in files."""

    name: str
    form: type[Form]
    key: tuple[str, ...]
    required: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]


AREAS = Kind("areas", AreaForm, ("code",), ("code", "name", "level"), _AREA_COLUMNS)
PLACES = Kind("places", PlaceForm, ("name", "area_code"), ("name", "kind", "area_code"), _PLACE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one line, and what would be right."""

    line: int
    column: str
    code: str
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file that is well-formed, by the names of the database's columns."""

    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class GazetteerFile:
    """A file read: what it holds, the field of each column, field → column's name, its rows, and its faults."""

    kind: Kind
    fields: list[str]
    columns: dict[str, str]
    rows: list[Row]
    faults: list[Fault]
    unused: list[str]

    def fault(self, line: int, error: FieldError) -> None:
        """Note what a rule refused."""
        column = self.columns.get(error.pointer[1:].split("/")[0], error.pointer[1:])
        self.faults.append(Fault(line, column, error.code, error.zh, error.en))


def read_gazetteer_file(path: Path, on_row: Callable[[], None] = lambda: None) -> GazetteerFile:
    """Read and check every line; raises FileError when it is no such file at all."""
    if not path.is_file():
        raise FileError(f"{path} is not a file")
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=guess_encoding(path), newline="") as file:
        delimiter = delimiter_of(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            opened = _open([name.strip() for name in next(reader, [])], path.name)
            for line, cells in _lines(reader):
                _take(opened, line, cells)
                on_row()
        except (csv.Error, UnicodeDecodeError) as error:
            unclosed = None
            if isinstance(error, csv.Error):
                with suppress(UnicodeDecodeError):
                    file.seek(0)
                    unclosed = find_unclosed(file, delimiter)
            raise FileError(f"{path.name}, line {reader.line_num}: {unclosed or error}") from None
    _refuse_twice(opened)
    return opened


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line where it begins: a quoted cell may run over several."""
    line = reader.line_num + 1
    for count, cells in enumerate(reader, 1):
        if count > MAX_ROWS:
            raise FileError(f"more than {MAX_ROWS} rows; split the file")
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _open(header: list[str], name: str) -> GazetteerFile:
    kind = next((kind for kind in (AREAS, PLACES) if set(kind.required) <= set(_fields(kind, header))), None)
    if kind is None:
        raise FileError(
            f"{name} holds neither areas (columns {', '.join(AREAS.required)}) nor places "
            f"(columns {', '.join(PLACES.required)})"
        )
    if twice := sorted({column for column in header if column and header.count(column) > 1}):
        raise FileError(f"there are two columns named {', '.join(twice)}; rename one")
    fields = _fields(kind, header)
    columns = {field: column for column, field in zip(header, fields, strict=True) if field}
    unused = [column for column, field in zip(header, fields, strict=True) if column and not field]
    return GazetteerFile(kind, fields, columns, [], [], unused)


def _fields(kind: Kind, header: list[str]) -> list[str]:
    """For each column the field that it holds, "" for a column that nothing takes."""
    by_name = {name: field for field, names in kind.columns.items() for name in names}
    return [by_name.get(column.lower(), "") for column in header]


def _take(opened: GazetteerFile, line: int, cells: list[str]) -> None:
    """Check one line as the API checks the same entry."""
    if len(cells) != len(opened.fields):
        said = (
            f"本行有 {len(cells)} 列，表头有 {len(opened.fields)} 列",
            f"has {len(cells)} cells, the header {len(opened.fields)}",
        )
        opened.faults.append(Fault(line, "", "cells", *said))
        return
    given = {field: cell.strip() for field, cell in zip(opened.fields, cells, strict=True) if field}
    try:
        values = {field: _value(field, cell) for field, cell in given.items()}
    except ValueError:
        said = ("边界须为 GeoJSON", "must be GeoJSON")
        opened.faults.append(Fault(line, opened.columns["boundary"], "boundary-json", *said))
        return
    try:
        form = opened.kind.form.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        for item in error.errors(include_url=False):
            zh, en = describe(dict(item), english=False), describe(dict(item), english=True)
            opened.fault(line, FieldError(zh["pointer"], zh["code"], zh["message"], en["message"]))
        return
    opened.rows.append(Row(line, form.model_dump()))


def _value(field: str, cell: str) -> Any:
    """A cell as the form wants it: an empty one is not given."""
    if field == "aliases":
        return [alias.strip() for alias in cell.replace("；", _LIST_MARK).split(_LIST_MARK) if alias.strip()]
    if not cell:
        return None
    if field == "boundary":
        return json.loads(cell)
    if field == "active":
        return TRUTH.get(cell.lower(), cell)
    return cell


def _refuse_twice(opened: GazetteerFile) -> None:
    """One row for one thing: the second would silently win."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in opened.rows:
        key = tuple(row.values[field] for field in opened.kind.key)
        if key in seen:
            said = (f"与第 {seen[key]} 行重复", f"is in line {seen[key]} already")
            opened.faults.append(Fault(row.line, opened.columns[opened.kind.key[0]], "duplicate", *said))
        seen.setdefault(key, row.line)
