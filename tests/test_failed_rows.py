"""The file of failed rows: nothing in it is lost, exchanged or live, and no other file is touched for it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import KEYS

from app.services.intake.bulk.failed_rows import failed_rows
from app.services.intake.files import open_source
from app.services.intake.tables import FileError
from support.service import environment, run

Said = subprocess.CompletedProcess[str]


@pytest.fixture
def settings(database_copy: str, workspace: Path) -> dict[str, Any]:
    return {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}


def fail(source: Path, failed: Path, *lines: int) -> None:
    """Write these data rows as an import would that refused them."""
    with failed_rows(failed, open_source(source, {})) as kept:
        for line in lines:
            kept.add({"line": line, "status": "failed", "pointer": "/text", "message": "is wrong"})


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_json_lines_that_no_file_in_utf8_can_say_are_kept(settings: dict[str, Any], tmp_path: Path) -> None:
    lines = [
        {"external_ref": "s1", "text": "路灯\ud800坏了"},
        {"external_ref": "s2", "text": "路灯坏了请修"},
        {"external_ref": "s3", "text": "路灯坏了请修", "": "我的"},
    ]
    source = write(tmp_path / "rows.jsonl", "\n".join(json.dumps(line) for line in lines))
    done = run("import", str(source), "--failed", str(tmp_path / "failed.jsonl"), "--json", **settings)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["filed"], told["failed"]) == (1, 2)
    first, second = (json.loads(line) for line in (tmp_path / "failed.jsonl").read_text("utf-8").splitlines())
    assert first.items() >= lines[0].items()
    assert second.items() >= lines[2].items()
    assert "is not a known field" in second["failed_because"]


def test_cells_stay_in_their_order_whatever_they_are_under(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", 'id,text,,\n2,,A,B\n3\n4,x,A,B,C,\n5,"停\r水",,\n')
    fail(source, tmp_path / "failed.csv", 1, 2, 3, 4)
    header, *rows = cells(tmp_path / "failed.csv")
    assert header[2:] == ["id", "text"]
    kept = [["2", "", "A", "B"], ["3", ""], ["4", "x", "A", "B", "C", ""], ["5", "停\r水", "", ""]]
    assert [row[2:] for row in rows] == kept
    fail(tmp_path / "failed.csv", tmp_path / "again.csv", 1, 2, 3, 4)
    assert [row[2:] for row in cells(tmp_path / "again.csv")[1:]] == kept

    book = openpyxl.Workbook()
    for row in (["id", "text", None, None], [2, None, "A", "B"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    fail(tmp_path / "a.xlsx", tmp_path / "sheet.csv", 1)
    assert cells(tmp_path / "sheet.csv")[1][2:] == ["2", "", "A", "B"]


@pytest.mark.parametrize("quotes", ["", "'", "''", " '", "'路灯'"])
def test_formulas_do_nothing_in_a_spreadsheet_and_come_back_as_they_were(tmp_path: Path, quotes: str) -> None:
    header = ["编号", "内容", "电话", "=1+1"]
    row = ["-1", f'{quotes}=HYPERLINK("http://example.org","看")', "+8613800000000", "＝2"]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, row])
    fail(tmp_path / "a.csv", tmp_path / "failed.csv", 1)
    for line in cells(tmp_path / "failed.csv"):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "＝"))]
    first, again = (list(open_source(tmp_path / name, {}).forms("f")) for name in ("a.csv", "failed.csv"))
    assert again == first
    assert open_source(tmp_path / "failed.csv", {"title": "=1+1"}).mapping["title"] == "=1+1"
    own = write(tmp_path / "own.csv", "text\n'=1\n")
    assert list(open_source(own, {}).forms("f")) == [{"text": "'=1"}]


@pytest.mark.parametrize("failing", [0, 1])
def test_who_moves_the_file_away_meanwhile_keeps_it(tmp_path: Path, failing: int) -> None:
    source, failed = write(tmp_path / "a.csv", "text\nx\n"), tmp_path / "failed.csv"
    with failed_rows(failed, open_source(source, {})) as kept:
        failed.rename(tmp_path / "moved.csv")
        for line in range(failing):
            kept.add({"line": line + 1, "message": "no"})
    assert len(cells(tmp_path / "moved.csv")) == 1 + failing


def test_two_imports_do_not_share_a_file(tmp_path: Path) -> None:
    source, failed = write(tmp_path / "a.csv", "text\nx\n"), tmp_path / "failed.csv"
    with failed_rows(failed, open_source(source, {})):
        with pytest.raises(FileError, match=r"--failed \S*/failed-2\.csv"):
            fail(source, failed, 1)
        (tmp_path / "failed-2.csv").touch()
        with pytest.raises(FileError, match=r"--failed \S*/failed-3\.csv"):
            fail(source, failed, 1)
    assert not failed.exists()


@pytest.mark.parametrize("kind", ["empty", "link", "nowhere", "pipe", "device"])
def test_what_is_there_already_is_left_alone(tmp_path: Path, kind: str) -> None:
    source, failed = write(tmp_path / "a.csv", "text\nx\n"), tmp_path / "failed.csv"
    if kind == "empty":
        failed.touch()
    elif kind == "pipe":
        os.mkfifo(failed)
    else:
        failed.symlink_to({"link": write(tmp_path / "b", ""), "device": Path("/dev/full")}.get(kind, tmp_path / "c"))
    with pytest.raises(FileError, match="is there already"):
        fail(source, failed)
    assert os.path.lexists(failed)


def limited(most_bytes: int, *arguments: object, **settings: Any) -> Said:
    """Run a command that may write no larger file: as on a disk that becomes full."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes}))"
    command = [sys.executable, "-c", f"{limit}; from app.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, env=environment(**settings), capture_output=True, text=True, timeout=60)


def test_a_full_disk_ends_an_import_with_its_figures(settings: dict[str, Any], tmp_path: Path) -> None:
    failed, rest = tmp_path / "failed.csv", [f"{n},{'停水了。' * 200},闲聊" for n in range(2, 301)]
    source = write(tmp_path / "rows.csv", "\n".join(["id,text,kind", "1,路灯坏了请修。,", *rest]))
    done = limited(40_000, "import", source, "--failed", failed, "--processes", 1, "--json", **settings)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [told[name] for name in ("read", "filed", "failed", "left")] == [300, 1, 249, 50]
    kept = cells(failed)
    assert len(kept) > 5
    assert [row[2:] for row in kept[1:]] == [row.split(",") for row in rest[: len(kept) - 1]]
    *_, last = done.stderr.splitlines()
    assert last.startswith(f"hotline: {failed} cannot be written to its end (File too large): ")
    assert f"failed rows from data row {len(kept) + 1} on" in last
    assert last.endswith(f"--failed {tmp_path / 'failed-2.csv'}.")
    assert "Traceback" not in done.stderr

    done = limited(10, "import", source, "--failed", tmp_path / "none.csv", "--json", **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"hotline: {tmp_path / 'none.csv'} cannot be written: File too large"
    assert "Exception ignored" not in done.stderr
    assert not (tmp_path / "none.csv").exists()
