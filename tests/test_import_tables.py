"""Tables that cannot be read: said in one sentence, with the place where it is wrong."""

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.columns import KNOWN_COLUMNS
from app.services.intake.files import open_source
from app.services.intake.tables import FileError


def damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the sheet inside a workbook of three rows."""
    book = openpyxl.Workbook()
    for row in (["id", "text"], ["1", "路灯坏了"], ["2", "停水"]):
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, change(content) if name.endswith("sheet1.xml") else content)


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda sheet: sheet[: sheet.index(b'<row r="3"') + 20], 3),
        (lambda sheet: sheet.replace(b'r="A3"', b'r="!!"'), 3),
        (lambda sheet: sheet.replace(b'r="A1"', b'r="!!"'), 1),
    ],
    ids=["cut off", "cell nowhere", "header nowhere"],
)
def test_a_damaged_sheet_is_told_with_its_row(tmp_path: Path, change: Callable[[bytes], bytes], row: int) -> None:
    damage(tmp_path / "a.xlsx", change)
    with pytest.raises(FileError, match=rf"^a.xlsx is damaged, row {row} of its sheet cannot be read"):
        list(open_source(tmp_path / "a.xlsx", {}).rows)


@pytest.mark.parametrize(("stored", "read"), [("<v>断电</v>", "断电"), ("<v></v>", None), ("", None)])
def test_a_formula_counts_by_its_stored_value(tmp_path: Path, stored: str, read: str | None) -> None:
    cell = f'<c r="B3" t="str"><f>"断"&amp;"电"</f>{stored}</c>'
    damage(tmp_path / "a.xlsx", lambda sheet: re.sub(rb'<c r="B3".*?</c>', cell.encode(), sheet))
    assert [row["text"] for row in open_source(tmp_path / "a.xlsx", {}).rows] == ["路灯坏了", read]


@pytest.mark.parametrize("blank", ["", " ", "　", "\t "])
def test_a_cell_of_blanks_says_nothing(tmp_path: Path, blank: str) -> None:
    header = [names[-1] for names in KNOWN_COLUMNS.values()]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, [" 停水 " if name == "text" else blank for name in KNOWN_COLUMNS]])
    assert list(open_source(tmp_path / "a.csv", {}).forms("a")) == [{"text": "停水"}]


@pytest.mark.parametrize("kind", ["a.csv", "a.xlsx"])
def test_a_row_that_goes_on_behind_its_last_column_is_refused(tmp_path: Path, kind: str) -> None:
    """As when nobody quoted a text with a comma: what is behind it may be the matter itself."""
    rows = [["id", "text"], ["1", "路灯坏了", "老人摔倒骨折", "请维修"], ["2", "停水", "", None]]
    if kind == "a.csv":
        (tmp_path / kind).write_text("\n".join(",".join(cell or "" for cell in row) for row in rows), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / kind)
    long, whole = open_source(tmp_path / kind, {}).forms("a")
    assert "goes on behind its last column: '老人摔倒骨折'" in str(long[UNREADABLE])
    assert whole == {"external_ref": "a:2", "text": "停水"}


def titled(path: Path, *rows: list[object]) -> Path:
    """A file with a title above the names of its columns."""
    lines = [["12345热线历史工单汇总表", None, None], *rows]
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(str(cell or "") for cell in line) for line in lines), encoding="gb18030")
        return path
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.active.merge_cells("A1:C1")
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_title_may_stand_above_the_headings(tmp_path: Path, name: str) -> None:
    rows: list[list[object]] = [["制表：热线办", None, None], ["工单编号", "诉求内容 ", "备注"], ["1", "内容", "x"]]
    path = titled(tmp_path / name, *rows)
    source = open_source(path, {})
    assert (source.columns, source.unused) == (("工单编号", "诉求内容", "备注"), ("备注",))
    assert list(source.forms("f")) == [{"external_ref": "f:1", "text": "内容"}]
    assert [form["text"] for form in open_source(path, {"text": " 备注"}).forms("f")] == ["x"]
    with pytest.raises(FileError, match="no column '无'; columns are 工单编号, 诉求内容, 备注"):
        open_source(path, {"text": "无"})


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_headings_are_looked_for_in_five_rows(tmp_path: Path, name: str) -> None:
    path = titled(tmp_path / name, *([[n, n, n] for n in range(1, 5)]), ["编号", "内容", "备注"], ["1", "停水", "x"])
    with pytest.raises(FileError, match=r"no column holds the text.*columns: 12345热线历史工单汇总表\)"):
        open_source(path, {})


def test_a_damaged_row_below_a_title_is_told_with_its_line(tmp_path: Path) -> None:
    path = titled(tmp_path / "a.csv", ["编号", "内容", "备注"], ["1", '"停水', "x"])
    with pytest.raises(FileError, match="opens in line 3 is never closed"):
        list(open_source(path, {}).rows)


@pytest.mark.parametrize("before", [0, 2])
def test_a_cell_beyond_all_measure_is_told_with_its_line(tmp_path: Path, before: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + "1,停水\n" * before + "2," + "x" * 10_000_001 + "\n", encoding="utf-8")
    told = f"the row that begins in line {before + 2} has over 10,000,000 characters"
    with pytest.raises(FileError, match=told) as refused:
        list(open_source(path, {}).rows)
    assert "encoding" not in str(refused.value)


@pytest.mark.parametrize("header", ["id,Text,text", "id,text,text ", "text,ID,id"])
def test_names_that_differ_in_case_only_are_one_name(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text(header + "\n1,a,b\n")
    with pytest.raises(FileError, match="two columns named"):
        open_source(tmp_path / "a.csv", {})
