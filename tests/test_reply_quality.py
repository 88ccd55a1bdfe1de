"""How well the check of a reply agrees with whoever wrote the replies, and how it reaches units and reviewers."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.base import CommandError
from app.domain.reply_quality import Code, Matter, Severity, Verdict, check_reply
from app.domain.reply_quality.finding import FAULTS
from app.domain.reply_quality.matter import points_of
from support.api import Api
from support.description import Witness
from support.lives import UNIT, live
from support.statements import attach

CASES: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "evaluation" / "replies.toml").read_text(encoding="utf-8")
)
LEAST_FOUND, MOST_WRONGLY_WARNED = 0.9, 0.05
GOOD = (
    "您好！接到您的诉求后，我局11月23日到现场检查，南门外六盏路灯线路短路，当晚已更换，全部恢复照明。电话0990-5551003。"
)


def codes(matter: Matter, reply: str, *earlier: str) -> set[str]:
    return {finding.code.value for finding in check_reply(matter, reply, earlier).findings}


def matter(case: dict[str, Any]) -> Matter:
    return Matter(case["text"], case["title"], case["kind"])


def test_what_is_wrong_is_found() -> None:
    expected = [(name, bad, code) for name, case in CASES.items() for bad, wanted in case["bad"] for code in wanted]
    missed = [one for one in expected if one[2] not in codes(matter(CASES[one[0]]), one[1])]
    assert len(missed) <= (1 - LEAST_FOUND) * len(expected), missed


def test_good_replies_are_not_warned_of() -> None:
    good = [(name, reply) for name, case in CASES.items() for reply in case["good"]]
    warned = [
        (reply, finding.code)
        for name, reply in good
        for finding in check_reply(matter(CASES[name]), reply).findings
        if finding.fault.severity is Severity.WARNING
    ]
    assert len(warned) <= MOST_WRONGLY_WARNED * len(good), warned
    passed = [reply for name, reply in good if check_reply(matter(CASES[name]), reply).verdict is Verdict.GOOD]
    assert len(passed) >= (1 - MOST_WRONGLY_WARNED) * len(good)


def test_bad_replies_are_never_called_good_when_warned_of() -> None:
    for case in CASES.values():
        for reply, wanted in case["bad"]:
            if any(FAULTS[Code(code)].severity is Severity.WARNING for code in wanted):
                assert check_reply(matter(case), reply).verdict is not Verdict.GOOD, reply


def test_there_are_enough_cases() -> None:
    assert sum(len(case["good"]) + len(case["bad"]) for case in CASES.values()) >= 80
    assert {code for case in CASES.values() for _, wanted in case["bad"] for code in wanted} >= {
        code.value for code, fault in FAULTS.items() if fault.severity is Severity.WARNING and code is not Code.COPIED
    }


def test_findings_say_where() -> None:
    text = "您好，路灯11月23日已修复，请打13800000000，高度重视，无理取闹。"
    places = {f.code: text[f.start : f.end] for f in check_reply(Matter("路灯"), text).findings if f.start is not None}
    assert places[Code.PERSONAL_DATA] == "13800000000"
    assert places[Code.BLAMING] == "无理取闹"
    assert "高度重视" in places[Code.STOCK_PHRASE]


def test_a_copy_is_known_whatever_its_numbers() -> None:
    asked = Matter("清河佳苑南门路灯坏了")
    assert "copied" in codes(asked, GOOD, "别的答复", GOOD.replace("23", "21"))
    assert "copied" not in codes(asked, GOOD, "您好，11月20日已到现场清理垃圾三车，恢复整洁。电话0990-5551003。")


def test_points_are_what_stands_after_the_numbers() -> None:
    assert points_of("有：1、电梯坏了；2、车库积水。3.5米宽") == ["电梯坏了；", "车库积水。"]
    assert points_of("没有列出") == []


@pytest.mark.parametrize(
    "reply", ["", " ", "。" * 4000, "你" * 4000, "1、" * 2000, "(" * 4000, "《" * 4000, "a" * 4000, "您好您好" * 1000, "已" * 4000,
              "通过" * 2000, "由于" * 2000, "【" * 4000, "11月" * 1300, "𠀀\u200b" * 900],
)  # fmt: skip
def test_odd_replies_cost_little_and_break_nothing(reply: str) -> None:
    begun = time.process_time()
    found = check_reply(Matter(reply, reply, "help"), reply, [reply])
    assert 0 <= found.score <= 100
    assert time.process_time() - begun < 1.5


@pytest.mark.parametrize(
    "sign", ["1", "0", "一", "张", "已", "经", "已经", "由于", " ", "\n", "\u3000", "【 ", "、1、", "将", "-", "（"]
)
def test_a_longer_reply_takes_longer_by_its_length_only(sign: str) -> None:
    """Four times the text: not much more than four times the time (sixteen times would be quadratic)."""

    def least(length: int) -> float:
        reply, took = f"您好{sign * (length // len(sign))}完", []
        for _ in range(5):
            begun = time.process_time()
            check_reply(Matter("路灯坏了"), reply)
            took.append(time.process_time() - begun)
        return min(took)

    assert least(3990) < 9 * least(1000)


def test_a_complete_reply_without_a_number_loses_next_to_nothing() -> None:
    found = check_reply(Matter("清河佳苑南门路灯坏了"), GOOD.replace("电话0990-5551003。", ""))
    assert [finding.code for finding in found.findings] == [Code.NO_CONTACT]
    assert (found.verdict, found.score) == (Verdict.GOOD, 98)


def test_nothing_but_phrases_is_one_finding() -> None:
    assert codes(Matter("路灯坏了"), "我局高度重视，将进一步加强管理。") == {"only-phrases"}


@pytest.mark.parametrize("reply", ["滚", "滚！", "你滚吧", "滚蛋，别来烦我们"])
def test_rudeness_is_blamed(reply: str) -> None:
    assert "blaming" in codes(Matter("路灯坏了"), reply)


@pytest.mark.parametrize(
    "reply", ["电梯滚动条已更换。", "已对滚梯进行检修。", "山石滚落路面已清理。", "滚动发布停水信息。"]
)
def test_what_rolls_is_not_rude(reply: str) -> None:
    assert "blaming" not in codes(Matter("路灯坏了"), reply)


async def test_a_unit_checks_before_it_submits_and_the_reviewer_sees_the_same(api: Api) -> None:
    life = await live(api, "in progress")
    unit, path = api.as_(f"unit-{UNIT}"), f"/v1/work-orders/{life.order_no}/check-reply"
    Witness(api, f"unit-{UNIT}", "dispatcher")
    poor = (await unit.post(path, json={"result": "已收悉"})).json()
    assert poor["verdict"] == "poor"
    assert poor["findings"][0]["code"] == "too-short"
    assert poor["findings"][0]["advice_zh"].startswith("请写明")
    asked = (await unit.get(f"/v1/work-orders/{life.order_no}")).json()["text"]
    good = await unit.post(path, json={"result": f"{GOOD}您反映的是：{asked}"})
    assert good.json()["verdict"] == "good", good.text
    request = f"/v1/requests/{life.ticket_no}"
    assert (await api.as_("dispatcher").get(request)).json()["reply_check"] is None
    submitted = await unit.post(
        f"/v1/work-orders/{life.order_no}/submit", json={"result": "已收悉", "outcome": "solved"}
    )
    assert submitted.status_code == 200, submitted.text
    seen = (await api.as_("dispatcher").get(request)).json()["reply_check"]
    assert seen == poor


async def test_who_may_not_read_the_order_may_not_ask(api: Api) -> None:
    life = await live(api, "in progress")
    path = f"/v1/work-orders/{life.order_no}/check-reply"
    assert (await api.as_("unit-transport").post(path, json={"result": GOOD})).status_code == 404
    assert (await api.as_(None).post(path, json={"result": GOOD})).status_code == 401
    for body, code in (
        ({}, "missing"),
        ({"result": ""}, "string-too-short"),
        ({"result": "a\x00"}, "nul-character"),
        ({"result": 1}, "string-type"),
    ):
        wrong = await api.as_(f"unit-{UNIT}").post(path, json=body)
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, code)


async def test_a_check_costs_two_statements_and_changes_nothing(api: Api) -> None:
    life = await live(api, "in progress")
    unit, statements = api.as_(f"unit-{UNIT}"), await attach(api)
    before = (await unit.get(f"/v1/work-orders/{life.order_no}")).json()["version"]
    sent = await statements.of(lambda: unit.post(f"/v1/work-orders/{life.order_no}/check-reply", json={"result": GOOD}))
    assert len(sent) == 2, sent
    assert (await unit.get(f"/v1/work-orders/{life.order_no}")).json()["version"] == before


def test_a_file_of_replies_is_surveyed(tmp_path: Path) -> None:
    file = tmp_path / "replies.csv"
    for encoding in ("utf-8-sig", "gb18030"):
        file.write_text(f"title,text,reply\n路灯,路灯坏了,{GOOD}\n路灯,路灯坏了,已收悉\n", encoding=encoding)
        done = CliRunner().invoke(app, ["replies", "check", str(file), "--json"])
        outcome = json.loads(done.stdout.splitlines()[-1])
        assert outcome["verdicts"] == {"good": 1, "poor": 1}
        assert outcome["findings"]["too-short"] == 1
        assert sum(outcome["scores"].values()) == outcome["replies"] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"text,answer\n1,2\n", "no column reply"),
        (b"", "no column"),
        (b"\xff\xfe\xff\x81", "neither UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_none_gets_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "replies.csv"
    if content is not None:
        file.write_bytes(content)
    done = CliRunner().invoke(app, ["replies", "check", str(file)])
    assert isinstance(done.exception, CommandError)
    assert words in str(done.exception)
