"""What `hotline import` tells: which columns it takes, every row that failed, in a form that can be imported again."""

import csv
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS

from app.cli.importing import SMALL
from app.cli.stopping import Stop
from support.service import run

HEADER = ["编号", "内容", "诉求类型", "留言时间"]
ROWS = [
    ["1", "路灯坏了三天，请派人修。", "", "2026/7/1"],
    ["2", "", "", "2026/7/2"],
    ["3", "小区停水，\n什么时候来水？", "闲聊", "2026/7/3"],
    *([str(n), "楼道灯不亮，请物业修理。", "无", ""] for n in range(4, 34)),
]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def hotline(database_copy: str, workspace: Path) -> Any:
    """Runs `hotline import … --json`; what it tells at its end, and all of what it says."""

    def call(*arguments: object, code: int = 0) -> tuple[dict[str, Any], str]:
        options = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}
        done = run("import", *map(str, arguments), "--json", **options)
        assert done.returncode == code, done.stderr
        return (json.loads(done.stdout) if done.stdout else {}), done.stderr

    return call


def test_columns_are_told_before_anything_is_filed(hotline: Any, tmp_path: Path) -> None:
    told, said = hotline(write(tmp_path / "told.csv", [HEADER, ROWS[0]]))
    assert told["columns"] == {"external_ref": "编号", "text": "内容", "kind": "诉求类型"}
    assert told["ignored"] == ["留言时间"]
    assert "column 内容 → text" in said
    assert "Columns that are not imported: 留言时间" in said
    assert said.index("column 内容") < said.index("Filing")


def test_people_read_what_came_out_on_stdout_and_whole(database_copy: str, workspace: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", [HEADER, ["1", "", "吐槽", ""]])
    done = run("import", str(path), "--check", database_url=database_copy, data_dir=workspace, secret_keys=KEYS)
    assert (done.returncode, "Checking" in done.stderr, "column" in done.stderr) == (1, True, False)
    first, *_, told, _, read, would_file, _, failed, _, nothing = done.stdout.splitlines()
    assert (first, read, would_file, failed) == ("column 内容 → text", "read: 1", "would_file: 0", "failed: 1")
    assert told.startswith("data row 1: 诉求类型 must be one of 咨询,")
    assert told.endswith("内容 is required")
    assert nothing.startswith("Nothing was filed")


def test_every_failed_row_is_kept_and_can_be_corrected_and_imported_again(hotline: Any, tmp_path: Path) -> None:
    source, failed = write(tmp_path / "rows.csv", [HEADER, *ROWS]), tmp_path / "failed.csv"
    told, said = hotline(source, "--failed", failed, code=1)
    assert (told["read"], told["filed"], told["failed"], told["left"]) == (33, 1, 32, 0)
    assert f"hotline import {failed} --source rows" in said
    with failed.open(encoding="utf-8-sig", newline="") as file:
        header, *kept = csv.reader(file)
    assert header == ["failed_row", "failed_because", *HEADER]
    assert [row[2:] for row in kept] == ROWS[1:]
    assert [row[0] for row in kept] == [str(n) for n in range(2, 34)]
    assert kept[0][1].startswith("内容 ") or kept[0][1].startswith("/text ")
    assert kept[1][1].startswith("诉求类型 must be one of")

    corrected = [[*row[:3], row[3] or "请修理路灯。", "", row[5]] for row in kept]
    told, _ = hotline(write(failed, [header, *corrected]), "--source", "rows")
    assert (told["filed"], told["failed"], told["ignored"]) == (32, 0, ["留言时间"])
    hotline(failed, "--source", "rows", "--failed", tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
    told, _ = hotline(source, "--failed", tmp_path / "again.csv", code=1)
    assert (told["filed"], told["already"]) == (0, 1)


def test_failed_rows_that_fail_again_are_noted_once(hotline: Any, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    hotline(write(tmp_path / "bad.csv", [HEADER, ROWS[1]]), "--failed", first, code=1)
    hotline(first, "--failed", second, code=1)
    lines = second.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "failed_row,failed_because,编号,内容,诉求类型,留言时间"
    assert lines[1].startswith("1,")


def test_failed_json_lines_stay_json_lines(hotline: Any, tmp_path: Path) -> None:
    source, failed = tmp_path / "rows.jsonl", tmp_path / "failed.jsonl"
    good, wrong = {"text": "路灯坏了，请修理。", "requester": {"name": "张"}}, {"text": "停水两天了。", "kind": "闲聊"}
    half = {"text": "停水\ud800两天了。"}
    source.write_text("\n".join([json.dumps(good), "{broken", json.dumps(wrong), json.dumps(half)]), encoding="utf-8")
    told, _ = hotline(source, "--failed", failed, code=1)
    assert (told["filed"], told["failed"], told["columns"]) == (1, 3, {})
    broken, kept, last = (json.loads(line) for line in failed.read_text(encoding="utf-8").splitlines())
    assert (broken["failed_row"], broken["unreadable"]) == (2, "{broken")
    assert "line 2 is not JSON" in broken["failed_because"]
    assert {name: kept[name] for name in wrong} == wrong
    assert last["text"] == half["text"]
    failed.write_text(json.dumps({**kept, "kind": "help"}), encoding="utf-8")
    told, _ = hotline(failed, "--source", "rows")
    assert (told["filed"], told["failed"]) == (1, 0)


def test_all_faults_of_a_row_are_told_in_the_words_of_the_file(hotline: Any, tmp_path: Path) -> None:
    header = ["编号", "诉求内容", "诉求类型", "紧急程度", "事项分类", "联系电话", "区划代码"]
    rows = [
        ["1", "电梯坏了三天，老人下不了楼。", "投诉", "特急", "电梯故障", "13800000000", ""],
        ["2", "电梯坏了。", "吐槽", "一般", "不存在的分类", "没有", "1"],
    ]
    path, failed = write(tmp_path / "words.csv", [header, *rows]), tmp_path / "words-failed.csv"
    told, said = hotline(path, code=1)
    assert (told["filed"], told["failed"]) == (1, 1)
    assert "With --failed failed.csv all failed rows are kept" in said
    hotline(path, "--failed", failed, code=1)
    with failed.open(encoding="utf-8-sig", newline="") as file:
        (kept,) = csv.DictReader(file)
    because = kept["failed_because"]
    assert because.startswith(
        "诉求类型 must be one of 咨询, 求助, 投诉, 举报, 建议, 表扬, 其他 (or a code: consultation,"
    )
    assert "; 事项分类 unknown: 不存在的分类; write the code (such as 0408) or the name of a second level" in because
    assert "; 区划代码 No such area code" in because
    assert "; 联系电话 is not a phone number" in because


def test_a_check_says_what_an_import_does_and_files_nothing(hotline: Any, tmp_path: Path) -> None:
    rows = [["1", "路灯坏了。"], ["1", "路灯坏了。"], ["1", "停水了。"], ["2", ""], ["3", "楼道灯不亮。"]]
    path = write(tmp_path / "checked.csv", [["编号", "内容"], *rows])
    told, said = hotline(path, "--check", "--failed", tmp_path / "checked-failed.csv", code=1)
    figures = {name: told[name] for name in ("read", "already", "failed", "left")}
    assert (told["would_file"], figures) == (2, {"read": 5, "already": 1, "failed": 2, "left": 0})
    assert "Nothing was filed" in said
    assert len((tmp_path / "checked-failed.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    filed, _ = hotline(path, code=1)
    assert (filed["filed"], {name: filed[name] for name in figures}) == (2, figures)
    told, _ = hotline(path, "--check", code=1)
    assert (told["would_file"], told["already"], told["failed"]) == (0, 3, 2)


def test_a_row_is_known_again_by_channel_and_reference(hotline: Any, tmp_path: Path) -> None:
    def imported(channel: str, *options: str) -> dict[str, Any]:
        path = tmp_path / "channels.csv"
        path.unlink(missing_ok=True)
        told, _ = hotline(write(path, [["编号", "内容", "来源"], ["1", "路灯坏了。", channel]]), *options)
        return {name: told[name] for name in ("filed", "already")}

    new, known = {"filed": 1, "already": 0}, {"filed": 0, "already": 1}
    assert [imported("来信"), imported("信件"), imported("来访"), imported("来访", "--source", "x")] == [
        new,
        known,
        new,
        new,
    ]


def test_failed_rows_have_a_file_of_their_own(hotline: Any, tmp_path: Path) -> None:
    source = write(tmp_path / "own.csv", [HEADER, *ROWS])
    _, said = hotline(source, "--failed", source, code=1)
    assert "is there already" in said
    assert source.read_text(encoding="utf-8").count("内容") == 1
    _, said = hotline(source, "--failed", tmp_path / "nowhere" / "failed.csv", code=1)
    assert "cannot be written" in said
    _, said = hotline(source, "--failed", tmp_path / "failed.jsonl", code=1)
    assert "written as .csv" in said


def test_who_asked_before_anybody_could_hear_is_heard() -> None:
    stop, heard = Stop(), list[bool]()
    stop.ask(signal.SIGINT, None)
    stop.tell(lambda: heard.append(True))
    assert heard == [True]
    with pytest.raises(KeyboardInterrupt):
        stop.ask(signal.SIGINT, None)


def test_a_line_nested_too_deeply_is_refused_and_nothing_else_is_lost(hotline: Any, tmp_path: Path) -> None:
    deep = '{"text": "路灯坏了。", "a": ' + "[" * 900 + "]" * 900 + "}"
    rows = [json.dumps({"external_ref": str(n), "text": "楼道灯不亮，请物业修理。"}) for n in range(SMALL)]
    source, failed = tmp_path / "deep.jsonl", tmp_path / "failed.jsonl"
    source.write_text("\n".join([rows[0], deep, *rows[1:]]), encoding="utf-8")
    told, said = hotline(source, "--failed", failed, "--processes", 2, code=1)
    assert (told["read"], told["filed"], told["failed"], told["left"]) == (SMALL + 1, SMALL, 1, 0)
    assert "data row 2: line 2 has more than 100 lists and objects in one another" in said
    assert json.loads(failed.read_text(encoding="utf-8"))["unreadable"] == deep
