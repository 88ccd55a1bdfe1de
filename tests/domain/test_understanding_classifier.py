"""Which matter it is: the right category on top, honest confidence, evidence that stands in the text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Category
from app.domain.understanding import TrainedClassifier
from app.domain.understanding.keywords import KeywordIndex
from support.classifier import delivered_categories, delivered_classifier, delivered_model


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("门口的路灯坏了，晚上黑漆漆的看不见路", "0203"),
        ("門口的路燈壞了，晚上一片漆黑", "0203"),
        ("我们小区停水两天了，水龙头一滴水都没有", "0205"),
        ("工地半夜还在打桩，吵得睡不着", "0903"),
        ("老板拖欠我们三个月工资不给", "1201"),
        ("健身房跑路了，办的卡还剩一大半钱", "1706"),
        ("医保报销比例太低，住院花的钱报不了多少", "1302"),
        ("小区电梯天天坏，困人好几次了", "0408"),
    ],
)
def test_everyday_words_find_the_category(text: str, code: str) -> None:
    best = delivered_classifier().classify(text).best
    assert best is not None
    assert best.category_code == code
    assert best.evidence
    assert 0 < best.confidence <= 1


def test_a_title_speaks_louder_than_the_letter() -> None:
    letter = "事情发生已经很久了，多次联系都没有结果，请领导关注。"
    titled = delivered_classifier().classify(letter, "小区停车位乱收费").best
    assert titled is not None
    assert titled.category_code in {"0404", "0608", "0402"}


def test_evidence_stands_in_the_text() -> None:
    text = "半夜工地打桩，施工噪音很大，严重扰民"
    best = delivered_classifier().classify(text).best
    assert best is not None
    assert {"工地", "噪音"} & set(best.evidence)
    assert all(word in text for word in best.evidence)


@pytest.mark.parametrize("text", ["", " \n", "？！", "12345", "\u200b", "𝄞♥"])
def test_meaningless_text_has_no_category(text: str) -> None:
    answer = delivered_classifier().classify(text)
    assert answer.best is None
    assert answer.alternatives == ()


def test_no_categories_no_answer() -> None:
    assert TrainedClassifier(delivered_model(), ()).classify("停水两天了").best is None
    assert TrainedClassifier(delivered_model(), (Category("02", "市政公用"),)).classify("停水两天了").best is None


def test_a_category_out_of_use_is_never_suggested() -> None:
    text = "门口的路灯坏了，晚上黑漆漆的看不见路"
    without = [replace(one, active=one.code != "0203") for one in delivered_categories()]
    answer = TrainedClassifier(delivered_model(), without).classify(text)
    found = [one.category_code for one in (answer.best, *answer.alternatives) if one]
    assert "0203" not in found
    # The others are none the surer for it.
    assert answer.best is None or answer.best.confidence < 0.5


def test_a_new_category_speaks_through_its_keywords_until_the_next_training() -> None:
    new = Category("0298", "无人机起降点", "02", ("无人机起降点", "无人机停机坪"))
    classifier = TrainedClassifier(delivered_model(), (*delivered_categories(), new))
    assert classifier.untrained == ["0298"]
    answer = classifier.classify("楼顶的无人机停机坪、无人机起降点什么时候开放")
    assert answer.best is not None
    assert answer.best.category_code == "0298"
    assert "无人机停机坪" in answer.best.evidence


def test_long_letters_are_read_at_head_and_tail() -> None:
    padding = "尊敬的领导您好。" * 400
    for letter in ("路灯不亮，路灯坏了没人修。" + padding, padding + "路灯不亮，路灯坏了没人修。"):
        best = delivered_classifier().classify(letter).best
        assert best is not None
        assert best.category_code.startswith("02")


def test_many_at_once_are_answered_as_one_by_one() -> None:
    texts = ["路灯坏了晚上看不见", "", "拖欠工资三个月，老板跑了", "12345", "楼下饭店油烟大"]
    classifier = delivered_classifier()
    many = classifier.suggest(texts, [""] * len(texts))
    for text, suggestion in zip(texts, many, strict=True):
        one = classifier.classify(text)
        assert suggestion.classification == one
        single = [item for item in (one.best, *one.alternatives) if item]
        assert [code for code, _ in suggestion.likeliest] == [item.category_code for item in single]
        assert [sure for _, sure in suggestion.likeliest] == pytest.approx(
            [item.confidence for item in single], abs=1e-3
        )


@given(st.text() | st.text(st.sampled_from("路灯停水噪音工地半夜，。 aİß1\n"), max_size=60))
def test_any_text_gets_a_well_formed_answer(text: str) -> None:
    answer = delivered_classifier().classify(text)
    if answer.best is None:
        assert answer.alternatives == ()
        return
    shares = [candidate.confidence for candidate in (answer.best, *answer.alternatives)]
    assert shares == sorted(shares, reverse=True)
    assert 0 <= shares[-1] <= shares[0] <= 1
    assert len(answer.alternatives) <= 4


def test_a_keyword_inside_a_longer_one_is_not_counted_twice() -> None:
    index = KeywordIndex({"a": ["水费"], "b": ["污水费", "水"], "c": ["水费"]})
    assert index.find("污水费太高，水费也高") == {"污水费": 1, "水费": 1}
    scores = index.score({"污水费": 1, "水费": 1})
    assert scores["b"] > scores["a"] == scores["c"] > 0
