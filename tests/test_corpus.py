"""The corpus is written by hand and read by hand: enough of each matter, nothing twice, no real person, city or firm."""

import re
from itertools import combinations

import pytest

from app.domain.personal_name_words import SURNAMES
from app.domain.personal_names import name_spans
from app.domain.personal_numbers import plain, private_spans, skeleton
from support.taxonomy import DATA, bare, corpus, second_levels, shingles

ENOUGH, SOME = 20, 4
SHORT, LONG = 35, 120
TOO_LIKE = 0.7
CODES = sorted(second_levels())

INTRODUCED = re.compile(r"(?:我叫|我是|名叫|姓名是?[:：]?|联系人是?[:：]?|本人)([\u4e00-\u9fff]{2,3})(?=[，。,、（]|$)")
PSEUDONYM = re.compile(r"[老小]\w|\w某+|某\w*")
"""How a made-up person may introduce himself: 老周, 小许, 王某."""
NO_NAMES = frozenset({"房主", "申请人", "和门牌", "和科室"})  # words after such a beginning that only look like a name
FEW = 0.01
"""Share of messages in which the masking, being rather too careful, may find a name where there is none."""

PLACES = re.compile(
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    "|内蒙古|广西|西藏|宁夏|新疆|石家庄|太原|沈阳|大连|长春|哈尔滨|南京|苏州|无锡|徐州|常州|杭州|宁波|温州|嘉兴|绍兴|金华|义乌"
    "|(?<!复)合肥|芜湖|福州|厦门|泉州|南昌|济南|青岛|烟台|潍坊|郑州|洛阳|武汉|宜昌|长沙|株洲|广州|深圳|东莞|佛山|珠海|惠州|中山市"
    "|南宁|桂林|海口|三亚|成都|绵阳|贵阳|遵义|昆明|大理(?!石)|拉萨|西安|咸阳|兰州|西宁|银川|乌鲁木齐|呼和浩特|包头|唐山|邯郸|临沂"
)
"""Provinces and large cities; Hong Kong, Macao and Taiwan stand in the names of travel papers."""
FIRMS = re.compile(
    "支付宝|淘宝|天猫|京东|拼多多|美团|饿了么|抖音|快手|小红书|闲鱼|华为|苹果手机|格力|海尔|顺丰|中通|圆通|申通|韵达|万科|恒大|碧桂园"
    "|茅台|伊利|蒙牛|麦当劳|肯德基|星巴克|比亚迪|特斯拉|哈啰|青桔|滴滴(?:打车|出行|司机|平台)|高德地图|(?<![一二三四五六七八九几])百度|腾讯|阿里巴巴"
    "|中国移动|中国联通|中国电信|国家电网|南方电网|中石油|中石化|工商银行|建设银行|农业银行|中国银行|招商银行|中国平安|中国人寿"
)  # fmt: skip


def test_exactly_the_categories_of_the_catalogue_have_messages() -> None:
    assert sorted(corpus()) == CODES
    names = [sorted(path.name for path in (DATA / folder).glob("*.toml")) for folder in ("categories", "corpus")]
    assert names[0] == names[1]


@pytest.mark.parametrize("code", CODES)
def test_a_category_has_enough_messages_short_and_long(code: str) -> None:
    lengths = [len(text) for text in corpus()[code]]
    assert len(lengths) >= ENOUGH
    assert sum(length <= SHORT for length in lengths) >= SOME
    assert sum(length >= LONG for length in lengths) >= SOME


def test_no_message_stands_twice() -> None:
    seen: dict[str, str] = {}
    for code, texts in [*_examples().items(), *corpus().items()]:
        for text in texts:
            assert bare(text), code
            assert bare(text) not in seen, (code, seen[bare(text)], text)
            seen[bare(text)] = code


@pytest.mark.parametrize("code", CODES)
def test_no_two_messages_of_a_category_are_nearly_the_same(code: str) -> None:
    pieces = [(text, shingles(text)) for text in corpus()[code] + _examples()[code]]
    for (one, these), (other, those) in combinations(pieces, 2):
        assert len(these & those) <= TOO_LIKE * max(1, min(len(these), len(those))), (one, other)


def test_no_number_belongs_to_a_person() -> None:
    for code, text in _all():
        assert not list(private_spans(plain(text), skeleton(plain(text)))), (code, text)


def test_nobody_introduces_himself_by_a_full_name() -> None:
    for code, text in _all():
        for name in INTRODUCED.findall(text):
            known = name[0] in SURNAMES and name not in NO_NAMES
            assert not known or PSEUDONYM.fullmatch(name), (code, name, text)


def test_masking_leaves_messages_without_names_as_they_are() -> None:
    every = list(_all())
    hidden = [(code, text) for code, text in every if _hidden_names(plain(text))]
    assert len(hidden) <= FEW * len(every), hidden[:20]


def test_no_city_and_no_firm_that_exists_is_named() -> None:
    for code, text in _all():
        assert not PLACES.search(text), (code, text)
        assert not FIRMS.search(text), (code, text)


def test_messages_are_one_line_each_with_chinese_quotation_marks() -> None:
    for code, text in _all():
        assert text == text.strip(), (code, text)
        assert text.isprintable(), (code, text)
        assert not set(text) & set("\"'\\"), (code, text)


def _examples() -> dict[str, list[str]]:
    return {code: entry["examples"] for code, entry in second_levels().items()}


def _all() -> list[tuple[str, str]]:
    return [(code, text) for texts in (corpus(), _examples()) for code, found in texts.items() for text in found]


def _hidden_names(text: str) -> list[str]:
    """What the masking of names would hide of the text."""
    return [text[start:end] for start, end, _ in name_spans(text)]
