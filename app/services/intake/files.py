"""Reads files of requests: CSV, XLSX or JSON lines, whatever their columns are called.

Columns are recognised by common Chinese and English names or mapped by hand; a column that is not used is
named to the user, never dropped in silence.
"""

import csv
import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.services.exports.files import undefused
from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.quotes import find_unclosed

KNOWN_COLUMNS: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "content", "description", "内容", "诉求内容", "留言详情", "留言内容", "事项描述", "来电内容", "反映内容",
        "诉求描述", "问题描述", "工单内容", "来信内容",
    ),
    "title": ("title", "subject", "标题", "主题", "留言主题", "诉求标题", "诉求主题", "工单标题", "来信标题"),
    "external_ref": (
        "external_ref", "id", "ref", "编号", "留言编号", "工单编号", "流水号", "诉求编号", "工单号", "受理编号", "来信编号",
    ),
    "kind": ("kind", "诉求类型", "诉求性质", "工单类型"),
    "channel": ("channel", "来源", "渠道", "来源渠道", "诉求来源", "受理渠道"),
    "urgency": ("urgency", "紧急程度"),
    "address": ("address", "地址", "事发地址", "诉求地址", "事发地点", "诉求地点", "问题地址", "发生地址"),
    "area_code": ("area_code", "区划代码", "行政区划代码"),
    "category_code": ("category_code", "分类代码", "事项分类", "事项分类代码"),
    "requester.name": (
        "name", "requester.name", "姓名", "诉求人", "联系人", "来电人", "反映人", "诉求人姓名", "来电人姓名", "联系人姓名",
    ),
    "requester.phone": (
        "phone", "requester.phone", "电话", "手机", "联系电话", "手机号", "来电号码", "来电电话", "诉求人电话", "手机号码",
        "电话号码",
    ),
    "requester.id_number": ("id_number", "requester.id_number", "身份证号", "身份证号码"),
    "anonymous": ("anonymous", "是否匿名"),
    "confidential": ("confidential", "是否保密"),
    "publish_consent": ("publish_consent", "是否同意公开"),
    "notify": ("notify", "是否短信通知"),
}  # fmt: skip
"""Field → what its column may be called; the first that a file has is taken."""
FIELDS = tuple(KNOWN_COLUMNS)
NOTES = ("failed_row", "failed_because")
"""What a file of failed rows says beside each; an import passes over it."""
RAW = "unreadable"
"""Under this a line that could not be read stands in a file of failed rows."""


class FileError(ValueError):
    """The file cannot be read; the text says why and what would be right."""


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
            yield _form(row, self.mapping, prefix)


def open_source(path: Path, given: Mapping[str, str], encoding: str | None = None) -> Source:
    """Open a file by its ending; raises FileError for one that cannot be read or has no text column.

    `given`: field → its column, "" for a field that none of them is taken for.
    """
    if not path.is_file():
        raise FileError(f"{path} is not a file")
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            columns, rows = _read_csv(path, encoding)
        case ".xlsx":
            columns, rows = _read_xlsx(path)
        case ".jsonl" | ".ndjson" | ".json":
            return Source(path, _read_json_lines(path))
        case other:
            raise FileError(f"cannot read '{other}' files; give .csv, .xlsx or .jsonl")
    if set(NOTES) <= set(columns):  # a file of failed rows, as `FailedRows` wrote it
        columns, rows = _undefused(columns), map(_undefused, rows)
    return Source(path, (TableRow(columns, cells) for cells in rows), tuple(columns), _mapping(columns, given))


def _undefused(cells: Sequence[Any]) -> list[Any]:
    return [undefused(cell) if isinstance(cell, str) else cell for cell in cells]


def _mapping(columns: list[str], given: Mapping[str, str]) -> dict[str, str]:
    for name, column in given.items():
        if name not in FIELDS:
            raise FileError(f"'{name}' is not a field; fields are {', '.join(FIELDS)}")
        if column and column not in columns:
            raise FileError(f"there is no column '{column}'; columns are {', '.join(columns)}")
    names = [column.strip().lower() for column in columns]
    if twice := {column for name, column in zip(names, columns, strict=True) if name and names.count(name) > 1}:
        raise FileError(f"there are two columns named {', '.join(sorted(twice))}; rename one")
    by_name = dict(zip(names, columns, strict=True))
    found = {name: column for name, column in given.items() if column}
    for name, columns_of in KNOWN_COLUMNS.items():
        if name not in given and (column_of := next((n for n in columns_of if n in by_name), None)):
            found[name] = by_name[column_of]
    if "text" not in found:
        raise FileError(f"no column holds the text; say which with --map text=COLUMN (columns: {', '.join(columns)})")
    return found


def _form(row: Mapping[str, Any], mapping: Mapping[str, str], prefix: str) -> dict[str, Any]:
    if mapping:
        values = {name: row[column] for name, column in mapping.items() if row.get(column) not in (None, "")}
    else:
        values = {name: value for name, value in row.items() if name not in NOTES}
    requester = {name: str(values.pop(f"requester.{name}")) for name in ("name", "phone", "id_number")
                 if f"requester.{name}" in values}  # fmt: skip
    if requester:
        values["requester"] = requester
    if mapping:
        values = {name: value if isinstance(value, dict) else str(value).strip() for name, value in values.items()}
    if values.get("external_ref"):
        values["external_ref"] = f"{prefix}:{values['external_ref']}"
    return values


def _read_csv(path: Path, encoding: str | None) -> tuple[list[str], Iterator[Sequence[Any]]]:
    encoding = encoding or guess_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(65536)
            delimiter = delimiter_of(sample)
    except (UnicodeDecodeError, LookupError) as error:
        raise FileError(f"{path.name} is not {encoding}: {error}; say which with --encoding") from None

    def rows() -> Iterator[Sequence[Any]]:
        csv.field_size_limit(10_000_000)
        record = 1
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                for cells in reader:
                    if cells and record > 1:  # the first is the header
                        yield cells
                    record = reader.line_num + 1
            except (UnicodeDecodeError, csv.Error) as error:
                raise _unreadable(path, encoding, delimiter, record, error) from None

    with path.open(encoding=encoding, newline="") as file:
        try:
            columns = next(csv.reader(file, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise _unreadable(path, encoding, delimiter, 1, error) from None
    if not columns:
        raise FileError(f"{path.name} is empty")
    return columns, rows()


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


def _read_xlsx(path: Path) -> tuple[list[str], Iterator[Sequence[Any]]]:
    try:
        import openpyxl  # 16 MB with numpy, for the import of one kind of file

        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    except Exception as error:  # the library raises many kinds for a file that is no workbook
        raise FileError(f"{path.name} is not a readable workbook: {error}") from None
    if sheet is None:
        raise FileError(f"{path.name} has no sheet")
    lines = _sheet_rows(path, sheet)
    columns = [str(cell or "").strip() for cell in next(lines, ())]
    if not any(columns):
        raise FileError(f"{path.name} is empty")
    return columns, (line for line in lines if any(cell is not None for cell in line))


def _sheet_rows(path: Path, sheet: Any) -> Iterator[Sequence[Any]]:
    number = 1
    try:
        for line in sheet.iter_rows(values_only=True):
            yield line
            number += 1
    except Exception as error:  # as many kinds again when a sheet is damaged further down
        raise FileError(f"{path.name} is damaged, row {number} of its sheet cannot be read: {error}") from None


def _read_json_lines(path: Path) -> Iterator[Mapping[str, Any]]:
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
