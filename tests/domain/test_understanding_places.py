"""Where it is: the most specific area the words agree on, and a question where they leave two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding import Gazetteer, Place

COUNTY = Area("990000000000", "云山县", AreaLevel.COUNTY)
EAST = Area("990001000000", "城东镇", AreaLevel.TOWNSHIP, COUNTY.code)
WEST = Area("990002000000", "青石乡", AreaLevel.TOWNSHIP, COUNTY.code, ("石门公社",))
TOWN = Area("990003000000", "南湖街道", AreaLevel.TOWNSHIP, COUNTY.code)
PEACE_EAST = Area("990001001000", "和平村", AreaLevel.VILLAGE, EAST.code)
PEACE_WEST = Area("990002001000", "和平村", AreaLevel.VILLAGE, WEST.code)
MILL = Area("990002002000", "磨盘村", AreaLevel.VILLAGE, WEST.code, ("磨盘大队",))
CREEK = Area("990002003000", "溪口村", AreaLevel.VILLAGE, WEST.code)
LAKE = Area("990003001000", "望湖社区", AreaLevel.VILLAGE, TOWN.code)
GRID = Area("990003001001", "第二网格", AreaLevel.GRID, LAKE.code)
GONE = Area("990002009000", "旧坪村", AreaLevel.VILLAGE, WEST.code, active=False)
AREAS = (COUNTY, EAST, WEST, TOWN, PEACE_EAST, PEACE_WEST, MILL, CREEK, LAKE, GRID, GONE)
PLACES = (
    Place("望湖花园", LAKE.code, ("望湖小区",), "estate"),
    Place("滨河路", EAST.code, kind="road"),
    Place("滨河路", TOWN.code, kind="road"),
    Place("旧坪小学", GONE.code, kind="school"),
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(AREAS, PLACES)


@pytest.mark.parametrize(
    ("address", "text", "area"),
    [
        ("城东镇和平村三组", "", PEACE_EAST),
        ("青石乡和平村", "", PEACE_WEST),
        ("城東鎮和平村", "", PEACE_EAST),
        ("云山县城东和平村", "", PEACE_EAST),
        ("青石磨盘", "", MILL),
        (None, "青石乡磨盘的路断了", MILL),
        (None, "我们磨盘大队停水了", MILL),
        ("溪口", "", CREEK),
        ("南湖街道望湖社区第二网格", "", GRID),
        (None, "望湖小区3栋电梯坏了", LAKE),
        (None, "石门公社那边的路", WEST),
        ("城东镇", "和平村路灯不亮", PEACE_EAST),
        ("和平村", "我是青石乡的村民", PEACE_WEST),
        ("和平村滨河路", "", PEACE_EAST),
        ("城东镇", "在磨盘村打工，青石乡没人管", EAST),
        ("望湖花园", "城东镇和平村", LAKE),
        ("城东镇政府旁边", "", EAST),
    ],
)
def test_the_words_agree_on_an_area(gazetteer: Gazetteer, address: str | None, text: str, area: Area) -> None:
    match = gazetteer.find(address, text)
    assert match.area_code == area.code
    assert 0.5 < match.confidence <= 1
    assert match.evidence
    assert match.alternatives == ()


def test_same_name_in_two_townships_is_asked_not_guessed(gazetteer: Gazetteer) -> None:
    match = gazetteer.find(None, "我们和平村的路坏了")
    assert match.area_code is None
    assert match.confidence == 0
    assert match.alternatives == (
        (PEACE_EAST.code, ("云山县", "城东镇", "和平村"), "和平村"),
        (PEACE_WEST.code, ("云山县", "青石乡", "和平村"), "和平村"),
    )


def test_two_villages_of_one_township_leave_the_township_sure(gazetteer: Gazetteer) -> None:
    match = gazetteer.find("青石乡磨盘村和溪口村之间", "")
    assert match.area_code == WEST.code
    assert {code for code, *_ in match.alternatives} == {MILL.code, CREEK.code}


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (None, "希望世界和平"),
        (None, "溪口有人钓鱼，水很脏"),
        ("和平路8号", ""),
        ("望湖大道", ""),
        ("旧坪村旧坪小学", ""),
        (None, ""),
        ("", "路灯坏了"),
    ],
)
def test_ordinary_words_and_closed_areas_are_no_place(gazetteer: Gazetteer, address: str | None, text: str) -> None:
    match = gazetteer.find(address, text)
    assert (match.area_code, match.confidence, match.evidence, match.alternatives) == (None, 0.0, (), ())


def test_a_full_name_with_its_township_is_surer_than_a_stem(gazetteer: Gazetteer) -> None:
    full = gazetteer.find("青石乡磨盘村", "").confidence
    alone = gazetteer.find("磨盘村", "").confidence
    in_text = gazetteer.find(None, "磨盘村").confidence
    stem = gazetteer.find("磨盘", "").confidence
    assert full > alone > in_text > stem > gazetteer.find("云山县", "").confidence


def test_path_names_from_the_county_down(gazetteer: Gazetteer) -> None:
    assert gazetteer.path(GRID.code) == ("云山县", "南湖街道", "望湖社区", "第二网格")
    assert gazetteer.path("nowhere") == ()


def test_a_circular_parent_does_not_hang() -> None:
    loop = (Area("1", "甲乙镇", AreaLevel.TOWNSHIP, "2"), Area("2", "丙丁镇", AreaLevel.TOWNSHIP, "1"))
    gazetteer = Gazetteer(loop, ())
    assert gazetteer.path("1") == ("丙丁镇", "甲乙镇")
    assert len(gazetteer.find("甲乙镇丙丁镇", "").evidence) == 2


_words = st.text(st.sampled_from("城东镇和平村青石乡磨盘溪口望湖花园滨河路云山县，的"), max_size=30)


@given(_words, _words)
def test_an_answer_is_always_consistent(address: str, text: str) -> None:
    gazetteer = Gazetteer(AREAS, PLACES)
    match = gazetteer.find(address, text)
    assert 0 <= match.confidence <= 1
    if match.area_code is None:
        assert match.confidence == 0
        assert len(match.alternatives) != 1
    for code, names, _ in match.alternatives:
        assert names == gazetteer.path(code)
