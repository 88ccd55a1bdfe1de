"""What citizens do to addresses: leave out, turn round, misspell, name two places, name another city's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding import Gazetteer, Place
from app.domain.understanding.house_numbers import HouseNumbersError, chinese_number, parse_house_numbers
from app.domain.understanding.sounds import sounds_of
from support.gazetteer import demo_gazetteer, demo_rows

AREAS, PLACES = demo_rows()
CODES = {area.code for area in AREAS}
NAMES = sorted({name for row in (*AREAS, *PLACES) for name in (row.name, *row.aliases)})


def found(address: str, text: str = "") -> str | None:
    return demo_gazetteer().find(address, text).area_code


@given(st.text(max_size=80), st.text(max_size=120))
def test_no_string_makes_it_fail_or_leave_the_city(address: str, text: str) -> None:
    match = demo_gazetteer().find(address, text)
    assert match.area_code in {*CODES, None}
    assert {choice.code for choice in match.alternatives} <= CODES
    assert 0 <= match.confidence <= 1


_pieces = st.lists(
    st.sampled_from([*NAMES, "88号", "对面", "我家住", "成都市", "，", "和", "三组", "的", "交叉口", "不知道"]),
    max_size=8,
).map("".join)


@given(_pieces, _pieces)
def test_any_mixture_of_names_gets_a_consistent_answer(address: str, text: str) -> None:
    gazetteer = demo_gazetteer()
    match = gazetteer.find(address, text)
    assert match.area_code in {*CODES, None}
    assert len(match.alternatives) != 1
    if match.area_code is None:
        assert match.confidence == 0
    if match.alternatives and match.area_code:
        assert match.area_code not in {choice.code for choice in match.alternatives}
    assert not match.outside or match.area_code is None
    for choice in match.alternatives:
        assert choice.names == gazetteer.path(choice.code)
        assert choice.why


VILLAGES = [area for area in AREAS if area.level is AreaLevel.VILLAGE]


@given(st.sampled_from(VILLAGES), st.permutations(range(3)), st.sampled_from(["", " ", "，", "-", "/"]))
def test_the_order_of_levels_does_not_matter(village: Area, order: list[int], mark: str) -> None:
    names = demo_gazetteer().path(village.code)
    assert found(mark.join(names[place] for place in order)) == village.code


@given(st.sets(st.sampled_from([area.code for area in VILLAGES]), max_size=40), _pieces)
def test_a_closed_area_is_never_found(closed: set[str], address: str) -> None:
    areas = [Area(a.code, a.name, a.level, a.parent_code, a.aliases, a.code not in closed) for a in AREAS]
    match = Gazetteer(areas, PLACES).find(address, "")
    assert match.area_code not in closed
    assert closed.isdisjoint(choice.code for choice in match.alternatives)


def test_a_house_number_tells_the_village() -> None:
    assert found("人民东路88号") == found("人民东路八十八号") == found("人民东路８８号附3号2栋") == "990100001005"
    assert found("人民东路151号") == "990100001003"
    assert found("", "人民东路166号楼下烧烤店油烟大") == "990100001001"
    assert demo_gazetteer().find("人民东路", "").alternatives
    assert demo_gazetteer().find("人民东路3栋", "").alternatives, "3栋 is a building, not a house number"


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1-99", (1, 50, 99), (0, 100)),
        ("单1-99", (1, 99), (2, 98, 101)),
        ("双2-120；300-", (2, 120, 300, 9999), (1, 3, 122, 299)),
        ("-20", (1, 20), (21,)),
        ("88", (88,), (87, 89)),
        ("单", (1, 77_777), (2,)),
    ],
)
def test_house_numbers(text: str, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    numbers = parse_house_numbers(text)
    assert [number for number in (*inside, *outside) if number in numbers] == list(inside)


@pytest.mark.parametrize(
    "text", ["", ";", "-", "a", "9-1", "1--2", "1-999999", "1,2", ";".join(["1"] * 51), "单-", "1 2"]
)
def test_house_numbers_that_say_nothing(text: str) -> None:
    with pytest.raises(HouseNumbersError):
        parse_house_numbers(text)


@given(st.text(st.sampled_from("零一二三四五六七八九十百千两〇"), min_size=1, max_size=7))
def test_any_chinese_number_has_a_value_or_none(text: str) -> None:
    value = chinese_number(text)
    assert value is None or value >= 0


def test_chinese_numbers() -> None:
    assert [chinese_number(text) for text in ("八十八", "一百零六", "二〇八", "十", "两千")] == [88, 106, 208, 10, 2000]


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("应辉社区", "990100001001"),
        ("青石镇摩盘村", "990100101202"),
        ("机械生活区", "990100003003"),
        ("南湖街道望胡社区", "990100004001"),
        ("学付路12号", "990100001003"),
    ],
)
def test_misspelt_names_are_known_again_and_less_sure(address: str, area: str) -> None:
    match = demo_gazetteer().find(address, "")
    assert (match.area_code, match.alternatives) == (area, ())
    assert match.confidence < 0.9


@pytest.mark.parametrize("address", ["下磨村", "西环南路", "东窑村", "清河西路", "映山花园", "红山公园", "科创三路"])
def test_names_that_differ_in_what_tells_places_apart_are_not_taken_for_each_other(address: str) -> None:
    match = demo_gazetteer().find(address, "")
    assert all("、" not in word for word in match.evidence)
    assert match.confidence <= 0.72


@pytest.mark.parametrize(
    "address", ["成都市人民东路88号", "四川省成都市金牛区", "武侯区人民南路", "平昌县", "南充市高坪区"]
)
def test_another_citys_address_is_not_ours(address: str) -> None:
    match = demo_gazetteer().find(address, "")
    assert (match.area_code, match.confidence, match.alternatives, match.outside) == (None, 0.0, (), True)


def test_our_own_province_may_stand_before_our_city() -> None:
    assert found("四川省绵阳市云岭市青石镇磨盘村") == "990100101202"
    assert found("绵阳市青石镇磨盘村") == "990100101202"
    assert demo_gazetteer().find("绵阳市青石镇磨盘村", "").confidence < 0.9


def test_the_place_of_the_matter_beats_the_place_of_living() -> None:
    home, matter = "青石镇磨盘村", "迎晖花苑"
    for says in ("我家住{}，", "户籍在{}，", "我是{}人，", "老家{}的，", "本人是{}村民，"):
        assert found("", says.format(home) + f"在{matter}门口被狗咬了") == "990100001001", says
        assert found("", says.format(home) + "路灯坏了") == "990100101202", says
    assert found("", f"地址是{matter}，{home}的人来闹事") == "990100001001"


def test_speed_does_not_depend_on_the_number_of_names() -> None:
    """Candidates come from an index: twenty thousand more names must not be walked through."""
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
    extra = [Place("".join(four) + "路", VILLAGES[0].code) for four in itertools.product(letters, repeat=4)][:20_000]
    large = Gazetteer(AREAS, (*PLACES, *extra))
    for address in ("人民东路88号", "应辉社区", "甲乙丙丁路", "甲乙丙七路"):
        expected = VILLAGES[0].code if address.startswith("甲") else found(address)
        assert large.find(address, "").area_code in {expected, None}
    assert large.find("应辉社区", "").area_code == found("应辉社区")


def test_sounds_keep_the_length() -> None:
    assert sounds_of("迎晖") == sounds_of("应辉") != sounds_of("西泽")
    assert len(sounds_of("云岭 abc𠮷")) == len("云岭 abc𠮷")
