"""Several matters in one text are noticed; one matter, however long it is told, is left whole."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.understanding.matters import MOST_PASSAGES, Matter, cut_apart, matters_in
from support.classifier import delivered_categories, delivered_classifier

EVALUATION = Path(__file__).parents[1] / "evaluation" / "matters.toml"
CATEGORIES = {category.code: category for category in delivered_categories()}
CLASSIFIER = delivered_classifier()
Entry = tuple[set[str], str]


def found(text: str) -> tuple[Matter, ...]:
    cut = cut_apart(text)
    suggestions = CLASSIFIER.suggest(cut.asked, [""] * len(cut.asked))
    return matters_in(cut, suggestions, categories=CATEGORIES, unit_of=lambda code: code)


def entries(kind: str, *, held_out: bool) -> list[Entry]:
    """Of the held-out third only the totals were looked at while the rules were made."""
    every = tomllib.loads(EVALUATION.read_text())[kind]
    return [(set(codes.split()), text) for n, (codes, text) in enumerate(every) if (n % 3 == 2) == held_out]


@pytest.mark.parametrize(("held_out", "least", "most"), [(False, 0.85, 0.05), (True, 0.85, 0.05)])
def test_several_matters_are_noticed_and_one_is_left_whole(held_out: bool, least: float, most: float) -> None:
    several, single = entries("several", held_out=held_out), entries("single", held_out=held_out)
    assert sum(len(found(text)) > 1 for _, text in several) >= least * len(several)
    assert sum(bool(found(text)) for _, text in single) <= most * len(single)


def test_the_evaluation_is_large_enough_and_its_categories_exist() -> None:
    every = tomllib.loads(EVALUATION.read_text())
    assert len(every["several"]) >= 80
    assert len(every["single"]) >= 80
    assert {code for kind in every.values() for codes, _ in kind for code in codes.split()} <= CATEGORIES.keys()


def test_each_matter_can_be_filed_as_it_stands() -> None:
    lamp, dog = found(
        "我是清河佳苑3号楼的居民。一、门口的路灯坏了一个星期，晚上没有照明。二、有人遛大型犬不牵绳，咬伤了孩子。希望处理。"
    )
    assert (lamp.category.category_code, dog.category.category_code) == ("0203", "0805")
    assert lamp.title.startswith("门口的路灯坏了")
    assert lamp.text == "我是清河佳苑3号楼的居民。门口的路灯坏了一个星期，晚上没有照明。"
    assert "路灯" not in dog.text
    assert dog.text.endswith("希望处理。")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("一、门口路灯不亮。二、小区停车费乱涨价。三、低保没发。", ["0203", "0404", "1801"]),
        ("下水道堵了，污水流到马路上，另外我家的低保金三个月没发了", ["0204", "1801"]),
        ("我们这条巷子的井盖丢了，顺便问一下医保卡丢了怎么补办", ["0202", "1305"]),
    ],
)
def test_the_plainest_forms(text: str, codes: list[str]) -> None:
    matters = found(text)
    assert [matter.category.category_code for matter in matters] == codes
    assert all(matter.text.endswith("。") and "，。" not in matter.text for matter in matters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了，另外谢谢你们",
        "谢谢你们，另外低保三个月没发了",
        "一、路灯坏了。二、请尽快修。",
        "一、我是业主。二、路灯不亮。",
        "小区水管爆了，漏了一整天，另外一户人家的天花板也漏了",
        "路灯坏了好几天了，另外打电话没人接",
        "路灯坏了",
        "路灯坏了，找过物业，也打过110，住建局说不归他们管。",
        "路灯坏了，导致有人摔伤。希望尽快修理，另外请给我回电话。",
        "一、\n二、\n三、",
        "另外另外另外另外",
        "电话是13800000000。3.5公里处路灯坏了。",
    ],
)
def test_what_is_no_second_matter(text: str) -> None:
    assert found(text) == ()


@given(
    st.text(max_size=300) | st.lists(st.sampled_from(["另外，", "1. ", "\n", "路灯坏了。", "停水了。"])).map("".join)
)
def test_no_text_makes_it_fail(text: str) -> None:
    several: Sequence[Matter] = found(text)
    assert len(several) != 1
    assert len(several) <= MOST_PASSAGES


def test_the_longest_text_costs_little() -> None:
    text = "另外，路灯坏了很久没有人修。自来水又黄又浑！\n" * 2000
    started = process_time()
    found(text)
    assert process_time() - started < 1.0


def test_what_follows_the_last_passage_that_is_read_is_kept() -> None:
    lamp, dog = found(
        "门口的路灯坏了一个星期，晚上没有照明。另外，有人遛大型犬不牵绳，咬伤了孩子。"
        + "".join(f"另外，第{n}次说了。" for n in range(MOST_PASSAGES))
        + "请打我电话。"
    )
    assert "路灯" in lamp.text
    assert dog.text.endswith("请打我电话。")


@pytest.mark.parametrize(
    "said", ["这已经是第三次反映了。", "第1286次反映。", "多次投诉都没有人管。", "上个月打了几次电话反映。"]
)
def test_how_often_somebody_asked_is_no_matter_of_its_own(said: str) -> None:
    assert found(f"我们小区门口的路灯坏了半个月，晚上一片漆黑，老人不敢出门。{said}") == ()
