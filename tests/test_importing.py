"""Files of requests: read whatever they look like, every row filed exactly once, what is wrong said and skipped."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.services.intake.bulk.lines import UNREADABLE
from app.services.intake.columns import KNOWN_COLUMNS
from app.services.intake.files import open_source
from app.services.intake.tables import FileError
from support.api import Api

ROWS = [("A-1", "路灯坏了", "门口路灯坏了三天了，请派人修。"), ("A-2", "停水", "小区停水两天了，什么时候来水？")]


def forms(path: Path, **given: str) -> list[dict[str, object]]:
    return list(open_source(path, given).forms("f"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_any_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    lines = [delimiter.join(("编号", "标题", "内容", "点赞")), *(delimiter.join((*row, "3")) for row in ROWS)]
    path.write_text("\n".join(lines), encoding=encoding)
    assert forms(path) == [{"external_ref": f"f:{r}", "title": t, "text": x} for r, t, x in ROWS]
    assert open_source(path, {}).unused == ("点赞",)


@pytest.mark.parametrize(
    "content",
    ["id,text\n1,路灯坏了\n".encode("utf-16-le"), "id,text\n1,路灯\n".encode("utf-32"), b"id,text\n1,\xff\xff\n"],
    ids=["UTF-16 without its mark", "UTF-32", "none"],
)
def test_an_unknown_encoding_is_told_what_is_taken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"UTF-8.*GB 18030.*UTF-16"):
        open_source(path, {})


def test_xlsx_and_json_lines_say_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [("id", "title", "text", "电话"), *((*row, 13800000000) for row in ROWS)]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    expected = [
        {"external_ref": f"f:{r}", "title": t, "text": x, "requester": {"phone": "13800000000"}} for r, t, x in ROWS
    ]
    assert forms(tmp_path / "a.xlsx") == expected
    lines = [{"external_ref": r, "title": t, "text": x, "requester": {"phone": "13800000000"}} for r, t, x in ROWS]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    assert forms(path) == expected


def test_columns_can_be_named_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n说明,真正的内容在这里\n", encoding="utf-8")
    with pytest.raises(FileError, match="--map text=COLUMN"):
        open_source(path, {})
    assert forms(path, text="y", title="x") == [{"title": "说明", "text": "真正的内容在这里"}]
    with pytest.raises(FileError, match="no column 'z'"):
        open_source(path, {"text": "z"})
    with pytest.raises(FileError, match="'nonsense' is not a field"):
        open_source(path, {"nonsense": "x"})


@pytest.mark.parametrize(("name", "content"), [("a.csv", b""), ("a.xlsx", b"not a workbook"), ("a.pdf", b"%PDF")])
def test_files_that_cannot_be_read_say_why(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError):
        open_source(path, {})
    with pytest.raises(FileError, match="not a file"):
        open_source(tmp_path / "absent.csv", {})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('id,text\n1,好\n2,"路灯坏了\n3,停水\n', "opens in line 3 is never closed"),
        ('id,text\n1,"路灯坏了\n2,"停水"\n', "opens in line 2 is closed in line 3"),
        ('id,title,text\n1,"两\n行","路灯\n2,停水,停水\n', "opens in line 3 is never closed"),
        ('id,"text\n1,路灯坏了\n', "opens in line 1 is never closed"),
    ],
)
def test_an_unclosed_quotation_mark_is_told_with_the_line_where_it_opens(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileError, match=told) as refused:
        forms(path)
    assert "write a mark inside a quoted text twice" in str(refused.value)


def test_quotation_marks_that_are_in_order_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,text\r\n1,"他说""没人管"",\r\n两行"\r\n2,里"外\r\n', encoding="utf-8", newline="")
    assert [form["text"] for form in forms(path)] == ['他说"没人管",\r\n两行', '里"外']


def test_an_import_starts_without_what_only_other_commands_need() -> None:
    asked = "import sys; from app.cli import main\ntry: main()\nfinally: print('app.main' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked, "import", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Usage: hotline import [OPTIONS]" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"


def test_columns_of_other_platforms_are_known_and_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header = "工单编号,来电人,来电号码,来电内容,诉求地址,事项分类,是否保密"
    path.write_text(f"{header}\nA-1,张三,13800000000,路灯坏了。,和平路3号,市容,是\n", encoding="utf-8")
    said: dict[str, object] = {
        "text": "路灯坏了。",
        "external_ref": "f:A-1",
        "address": "和平路3号",
        "confidential": "是",
    }
    said["requester"] = {"name": "张三", "phone": "13800000000"}
    assert forms(path) == [{**said, "category_code": "市容"}]
    assert forms(path, category_code="") == [said]
    assert open_source(path, {"category_code": ""}).unused == ("事项分类",)


def test_no_column_name_means_two_fields() -> None:
    names = [name for names in KNOWN_COLUMNS.values() for name in names]
    assert len(set(names)) == len(names)
    assert [name for name in names if name != name.strip().lower()] == []


def test_a_line_that_could_not_be_read_is_mended_where_it_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "failed.jsonl"
    because = {"failed_row": 9, "failed_because": "line 9 is not JSON"}
    kept = ['{"text": "路灯坏了。", "failed_row": 1}', '{"text": ', "[1]"]
    path.write_text("\n".join(json.dumps({**because, "unreadable": text}) for text in kept), encoding="utf-8")
    mended, broken, no_object = open_source(path, {}).rows
    assert forms(path)[0] == {"text": "路灯坏了。"}
    assert mended == json.loads(kept[0])
    assert broken["unreadable"] == kept[1]
    assert "the text under 'unreadable' in line 2 is not JSON" in str(broken[UNREADABLE])
    assert "the text under 'unreadable' in line 3 is not a JSON object" in str(no_object[UNREADABLE])


@pytest.mark.parametrize(("depth", "read"), [(99, True), (100, False), (900, False), (100_000, False)])
def test_a_line_may_not_be_nested_beyond_all_measure(tmp_path: Path, depth: int, read: bool) -> None:
    line = '{"text": "路灯坏了。", "a": ' + "[" * depth + "]" * depth + "}"
    (tmp_path / "deep.jsonl").write_text(
        f'{line}\n{json.dumps({"unreadable": line})}\n{{"text": "停水"}}\n', encoding="utf-8"
    )
    *deep, last = open_source(tmp_path / "deep.jsonl", {}).rows
    assert [UNREADABLE not in row for row in deep] == [read, read]
    assert read or [row["unreadable"] for row in deep] == [line, line]
    assert last == {"text": "停水"}


async def import_lines(api: Api, body: bytes) -> list[dict[str, Any]]:
    answer = await api.as_("dispatcher").post("/v1/requests:import", content=body)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_lines_over_http_are_filed_once_and_bad_ones_are_named(api: Api) -> None:
    good = [{"external_ref": f"http-{n}", "text": f"第{n}件：楼道灯不亮，请物业修理。"} for n in range(20)]
    bad = [
        b"not json",
        b"[1]",
        b'{"text": ""}',
        b'{"text": "x", "colour": "red"}',
        b'{"text": "x", "category_code": "9999"}',
    ]
    body = b"\n".join(
        [*(json.dumps(line).encode() for line in good), b"", *bad, b'{"text": "' + b"x" * 300_000 + b'"}']
    )
    results = await import_lines(api, body)
    assert [r["status"] for r in results] == ["filed"] * 20 + ["failed"] * 6
    assert [r["line"] for r in results] == [*range(1, 21), *range(22, 28)]
    assert results[23]["pointer"] == "/colour"
    assert results[24]["pointer"] == "/category_code"
    assert results[25]["code"] == "too-long"
    again = await import_lines(api, body)
    assert [r["status"] for r in again] == ["already"] * 20 + ["failed"] * 6
    assert [r["ticket_no"] for r in again[:20]] == [r["ticket_no"] for r in results[:20]]


async def test_a_key_that_is_there_twice_is_refused_and_not_chosen(api: Api, tmp_path: Path) -> None:
    line = '{"text": "路灯坏了", "text": "停水了"}'
    (result,) = await import_lines(api, line.encode())
    assert (result["code"], result["message"]) == ("duplicate-key", "字段“text”出现了两次。")
    path = tmp_path / "a.jsonl"
    path.write_text(line, encoding="utf-8")
    (form,) = open_source(path, {}).forms("f")
    assert "'text' appears twice" in str(form[UNREADABLE])


async def test_a_line_with_several_faults_is_told_all_and_words_for_codes_are_none_here(api: Api) -> None:
    (result,) = await import_lines(api, '{"text": "", "colour": 1, "kind": "投诉"}'.encode())
    assert [fault["pointer"] for fault in result["errors"]] == ["/text", "/kind", "/colour"]
    assert {name: result[name] for name in ("pointer", "code", "message")} == result["errors"][0]


async def test_a_nameless_field_is_a_field_nobody_knows(api: Api) -> None:
    [result] = await import_lines(api, '{"text": "路灯坏了请修", "": "mine"}'.encode())
    assert (result["status"], result["pointer"], result["message"]) == ("failed", "/", "没有这个字段")


async def test_a_line_without_reference_is_known_again_by_what_it_says(api: Api) -> None:
    body = '{"text": "河边有人倒垃圾，臭气很大。"}'.encode()
    assert [r["status"] for r in await import_lines(api, body)] == ["filed"]
    assert [r["status"] for r in await import_lines(api, body)] == ["already"]


async def test_importing_needs_the_permission(api: Api) -> None:
    answer = await api.as_("operator").post("/v1/requests:import", content=b"{}")
    assert answer.status_code == 403
