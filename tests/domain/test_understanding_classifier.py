"""Which matter it is: the right category on top, honest confidence, evidence that stands in the text."""

import tomllib
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.domain.catalogue import Category
from app.domain.understanding import Classifier, KeywordNgramClassifier
from app.domain.understanding.keywords import KeywordIndex

SMALL = (
    Category("02", "市政公用"),
    Category(
        "0203",
        "路灯照明",
        "02",
        ("路灯不亮", "路灯坏了", "没有路灯", "路灯"),
        ("巷子里的灯一个星期没亮过", "晚上路上黑漆漆的"),
    ),
    Category(
        "0205",
        "供水停水",
        "02",
        ("停水", "没水", "水压低"),
        ("水龙头一滴水都不出", "通知说停到八点，现在还没来水"),
    ),
    Category("09", "生态环境"),
    Category(
        "0905",
        "噪声扰民",
        "09",
        ("噪音", "噪声", "扰民"),
        ("工地半夜还在打桩，睡不着", "楼下广场舞音响声音太大"),
    ),
    Category("0906", "停用的事项", "09", ("恐龙出没",), ("看见恐龙",), active=False),
)


@pytest.fixture(scope="module")
def small() -> Classifier:
    return KeywordNgramClassifier(SMALL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("门口的路灯坏了", "0203"),
        ("門口的路燈壞了", "0203"),
        ("巷子里黑漆漆的，灯没亮", "0203"),
        ("小区停水两天", "0205"),
        ("水龙头不出水", "0205"),
        ("半夜打桩声音太大", "0905"),
    ],
)
def test_keywords_and_likeness_find_the_category(small: Classifier, text: str, code: str) -> None:
    answer = small.classify(text)
    assert answer.best is not None
    assert answer.best.category_code == code
    assert answer.best.evidence


def test_evidence_starts_with_keywords_and_stands_in_the_text(small: Classifier) -> None:
    text = "半夜工地打桩，噪音很大，严重扰民"
    best = small.classify(text).best
    assert best is not None
    assert set(best.evidence[:2]) == {"噪音", "扰民"}
    assert all(word in text for word in best.evidence)


@pytest.mark.parametrize("text", ["", " \n", "？！", "12345", "\u200b", "𝄞♥", "恐龙"])
def test_meaningless_or_unknown_text_has_no_category(small: Classifier, text: str) -> None:
    answer = small.classify(text)
    assert answer.best is None
    assert answer.alternatives == ()


def test_no_categories_no_answer() -> None:
    assert KeywordNgramClassifier(()).classify("停水").best is None
    assert KeywordNgramClassifier((Category("02", "市政公用"),)).classify("市政公用").best is None


def test_long_letters_are_read_at_head_and_tail(small: Classifier) -> None:
    padding = "尊敬的领导您好。" * 400
    for letter in ("路灯坏了。" + padding, padding + "路灯坏了。"):
        best = small.classify(letter).best
        assert best is not None
        assert best.category_code == "0203"
    buried = small.classify("水" + padding + "路灯坏了" + padding).best
    assert buried is None or "路灯坏了" not in buried.evidence


@given(st.text() | st.text(st.sampled_from("路灯停水噪音工地半夜，。 a1\n"), max_size=60))
def test_any_text_gets_a_well_formed_answer(text: str) -> None:
    answer = _SMALL.classify(text)
    if answer.best is None:
        assert answer.alternatives == ()
        return
    shares = [candidate.confidence for candidate in (answer.best, *answer.alternatives)]
    assert shares == sorted(shares, reverse=True)
    assert 0 <= shares[-1] <= shares[0] <= 1
    assert sum(shares) <= 1.001
    assert len(answer.alternatives) <= 4


_SMALL = KeywordNgramClassifier(SMALL)


def test_a_keyword_inside_a_longer_one_is_not_counted_twice() -> None:
    index = KeywordIndex({"a": ["水费"], "b": ["污水费", "水"], "c": ["水费"]})
    assert index.find("污水费太高，水费也高") == {"污水费": 1, "水费": 1}
    scores = index.score({"污水费": 1, "水费": 1})
    assert scores["b"] > scores["a"] == scores["c"] > 0


def _delivered() -> list[Category]:
    """Read the catalogue that ships with the product."""
    categories = []
    for path in sorted((Path(app.__file__).parent / "data" / "categories").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        categories.append(Category(table["code"], table["name"]))
        for row in table["category"]:
            keywords, examples = tuple(row["keywords"]), tuple(row["examples"])
            categories.append(Category(row["code"], row["name"], table["code"], keywords, examples))
    return categories


def test_held_out_examples_of_the_delivered_catalogue_are_recognised() -> None:
    """Every eighth example is hidden; the bars stand a little under what was measured."""
    categories = _delivered()
    hidden = [(text, one.code) for one in categories for text in one.examples][::8]
    texts = {text for text, _ in hidden}
    shown = [replace(one, examples=tuple(text for text in one.examples if text not in texts)) for one in categories]
    started = process_time()
    classifier = KeywordNgramClassifier(shown)
    built = process_time()
    answers = [(classifier.classify(text), code) for text, code in hidden]
    asked = process_time()
    first = sum(answer.best is not None and answer.best.category_code == code for answer, code in answers)
    third = sum(
        code in {one.category_code for one in (answer.best, *answer.alternatives[:2]) if one is not None}
        for answer, code in answers
    )
    sure = [(answer.best, code) for answer, code in answers if answer.best and answer.best.confidence >= 0.8]
    assert len(hidden) > 200
    assert first / len(hidden) >= 0.7
    assert third / len(hidden) >= 0.85
    assert sum(best.category_code == code for best, code in sure) / len(sure) >= 0.85
    # Measured 0.4 s and 1 ms; wide bars, for the machine is shared and only a blow-up should fail.
    assert built - started < 2
    assert (asked - built) / len(hidden) < 0.01
