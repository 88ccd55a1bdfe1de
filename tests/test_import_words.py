"""What people write in files for codes: the words that pages show, those of other systems, and only these."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.catalogue import Category
from app.domain.words import CHANNELS, KINDS, URGENCIES
from app.services.intake.bulk.lines import Line, read_line
from app.services.reference import Reference
from support.api import TEXT, Api

WORDS = [(field, name, code) for field, names in (("kind", KINDS), ("urgency", URGENCIES), ("channel", CHANNELS))
         for code, name in names.items()]  # fmt: skip
TRUTHS = [("confidential", "是", True), ("anonymous", "否", False), ("notify", "False", False), ("notify", "1", True)]
OTHERS = [
    ("channel", "来信", "letter"), ("channel", "来访", "visit"), ("channel", "ＡＰＰ", "app"), ("channel", "手机APP", "app"),
    ("channel", "移动客户端", "app"), ("channel", "网络", "web"), ("channel", "来电", "phone"), ("channel", "12345热线", "phone"),
    ("channel", "微信公众号", "wechat"), ("channel", "110", "police_110"), ("kind", "咨询类", "consultation"),
    ("kind", "举报类", "report"), ("kind", "感谢", "praise"), ("kind", "其它", "other"), ("urgency", "普通", "normal"),
    ("urgency", "加急", "urgent"), ("confidential", "保密", True), ("anonymous", "实名", False), ("notify", "Y", True),
    ("publish_consent", "不同意", False), ("notify", "×", False),
]  # fmt: skip
LIFT = [("category_code", said, "0408") for said in ("电梯故障", "物业管理 / 电梯故障", "0408", " 0408 ")]


def read(reference: Reference, **values: Any) -> Any:
    return read_line(1, {"text": TEXT, **values}, reference, english=True, by_name=True)


@pytest.mark.parametrize(("field", "said", "meant"), [*WORDS, *TRUTHS, *OTHERS, *LIFT])
async def test_a_word_is_its_code(api: Api, field: str, said: str, meant: Any) -> None:
    line = read(api.here.reference.now, **{field: said})
    assert isinstance(line, Line), line
    assert getattr(line.form, field) == meant
    again = read(api.here.reference.now, **{field: meant})
    assert getattr(again.form, field) == meant


@pytest.mark.parametrize(
    ("field", "said", "told"),
    [
        ("kind", "投诉举报", "must be one of 咨询, 求助, 投诉, 举报,"),
        ("urgency", "火急", "must be one of 一般, 紧急, 特急 (or a code: normal, urgent, critical)"),
        ("channel", "热线", "must be one of 电话, 网站,"),
        ("channel", "领导信箱", "must be one of 电话, 网站,"),
        ("confidential", "看情况", "must be 是 or 否"),
        ("category_code", "物业管理", "unknown: 物业管理; write the code"),
        ("category_code", "长" * 100, f"unknown: {'长' * 40}; write"),
        ("category_code", "04", "No such second-level category"),
        ("category_code", 408, "must be a string"),
        ("kind", "", "must be one of"),
        ("kind", ["投诉"], "must be one of"),
        ("area_code", "清河", "No such area code"),
    ],
)
async def test_another_word_is_refused_with_what_may_be_written(api: Api, field: str, said: Any, told: str) -> None:
    result = read(api.here.reference.now, **{field: said})
    assert (result["status"], result["pointer"]) == ("failed", f"/{field}")
    assert result["message"].startswith(told)
    assert "errors" not in result


async def test_a_name_of_several_categories_is_none(api: Api) -> None:
    reference = api.here.reference.now
    twin = Category("9998", "电梯故障", parent_code="01")
    doubled = replace(reference, categories={**reference.categories, "9998": twin})
    assert read(doubled, category_code="电梯故障")["message"].endswith("write the code of one: 0408, 9998")
    assert read(doubled, category_code="物业管理 / 电梯故障").form.category_code == "0408"
    closed = replace(reference, categories={**reference.categories, "9998": replace(twin, active=False)})
    assert read(closed, category_code="电梯故障").form.category_code == "0408"


async def test_what_is_wrong_with_a_line_is_told_at_once(api: Api) -> None:
    values = {
        "kind": "吐槽",
        "channel": "热线",
        "requester": {"phone": "无", "id_number": "1"},
        "accused_unit_codes": ["x"],
    }
    found = read(api.here.reference.now, **values)["errors"]
    assert [fault["pointer"] for fault in found] == ["/kind", "/channel", "/requester/phone", "/requester/id_number"]
    assert (
        read(api.here.reference.now, **{f"unknown_{n}": 1 for n in range(99)})["errors"][19]["pointer"] == "/unknown_19"
    )
    assert len(read(api.here.reference.now, **{f"unknown_{n}": 1 for n in range(99)})["errors"]) == 20
