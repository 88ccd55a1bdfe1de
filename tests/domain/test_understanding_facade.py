"""One call reads the whole message and tells the operator what to do now."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Area, AreaLevel, Category, RequestKind, Urgency
from app.domain.understanding import Gazetteer, TrainedClassifier, Understanding, understand
from support.classifier import delivered_model

CATEGORIES = {
    one.code: one
    for one in (
        Category("02", "市政公用"),
        Category("0203", "路灯照明", "02", ("路灯",), ("巷子里的灯不亮",), usual_kind=RequestKind.HELP),
        Category("0207", "燃气供应", "02", ("燃气", "煤气"), ("家里没有燃气做不了饭",), usual_urgency=Urgency.URGENT),
    )
}
CLASSIFIER = TrainedClassifier(delivered_model(), CATEGORIES.values())
GAZETTEER = Gazetteer(
    (
        Area("990001000000", "城东镇", AreaLevel.TOWNSHIP),
        Area("990002000000", "青石乡", AreaLevel.TOWNSHIP),
        Area("990001001000", "和平村", AreaLevel.VILLAGE, "990001000000"),
        Area("990002001000", "和平村", AreaLevel.VILLAGE, "990002000000"),
    ),
    (),
)


def _read(text: str, title: str = "", address: str | None = None) -> Understanding:
    return understand(text, title, address, classifier=CLASSIFIER, gazetteer=GAZETTEER, categories=CATEGORIES)


def test_a_plain_request_is_read_in_full() -> None:
    read = _read("村口路燈不亮，請盡快維修", "路灯问题", "城东镇和平村")
    assert read.text == "路灯问题\n村口路灯不亮，请尽快维修"
    assert read.classification.best is not None
    assert read.classification.best.category_code == "0203"
    assert read.kind.kind is RequestKind.HELP
    assert read.urgency.urgency is Urgency.NORMAL
    assert read.place.area_code == "990001001000"
    assert read.advice == ()


def test_advice_puts_the_emergency_before_the_questions() -> None:
    read = _read("和平村有人举报：村干部贪污，还有一户煤气泄漏")
    assert read.urgency.urgency is Urgency.CRITICAL
    assert read.kind.kind is RequestKind.COMPLAINT
    assert [advice.code for advice in read.advice] == ["gas", "ask_report", "ask_place"]
    assert read.advice[0].number == "119"
    assert all(advice.message_zh and advice.message_en for advice in read.advice)


def test_the_category_lends_its_usual_urgency() -> None:
    assert _read("灶上没有燃气").urgency.urgency is Urgency.URGENT


def test_an_empty_message_is_understood_as_nothing() -> None:
    read = _read("", "", None)
    assert read.classification.best is None
    assert read.kind.kind is RequestKind.OTHER
    assert read.place.area_code is None
    assert read.advice == ()


@given(st.text(), st.text(max_size=20), st.none() | st.text(max_size=20))
def test_nothing_a_citizen_writes_makes_it_fail(text: str, title: str, address: str | None) -> None:
    assert _read(text, title, address).kind.kind is not RequestKind.REPORT
