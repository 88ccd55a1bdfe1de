"""Spells words in pinyin, whole and by initials, so that `gjj` and `gongjijin` find 公积金.

The library is loaded when an article is saved and not before, and without its 45 MB of phrases: the few words of
this field that it would then misread are named here.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import cache

LONGEST = 12
"""Characters of a term that are spelled; nobody types more."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")
_READ_OTHERWISE = {
    "银行": "yin hang", "行业": "hang ye", "重新": "chong xin", "重复": "chong fu", "重建": "chong jian",
    "长者": "zhang zhe", "家长": "jia zhang", "校长": "xiao zhang", "会计": "kuai ji", "调解": "tiao jie",
    "调整": "tiao zheng", "调剂": "tiao ji", "参保": "can bao", "降低": "jiang di", "供暖": "gong nuan",
    "供热": "gong re", "供水": "gong shui", "供电": "gong dian", "供养": "gong yang", "还款": "huan kuan",
    "提供": "ti gong", "处罚": "chu fa", "处理": "chu li", "处置": "chu zhi", "种植": "zhong zhi", "数据": "shu ju",
    "中奖": "zhong jiang", "率": "lv", "载客": "zai ke", "朝阳": "chao yang", "地区": "di qu", "区划": "qu hua",
    "解释": "jie shi", "解决": "jie jue", "传染": "chuan ran", "便宜": "pian yi", "便民": "bian min", "相关": "xiang guan",
}  # fmt: skip


def spellings(terms: Iterable[str]) -> list[str]:
    """Initials and whole pinyin of each term that is Chinese, each once: `zfgjj`, `zhufanggongjijin`."""
    found: dict[str, None] = {}
    for term in terms:
        for run in _CHINESE.findall(term):
            syllables = _speller()(run[:LONGEST])
            found["".join(syllable[0] for syllable in syllables)] = None
            found["".join(syllables)] = None
    return list(found)


@cache
def _speller() -> Callable[[str], list[str]]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin, load_phrases_dict

    load_phrases_dict({word: [[syllable] for syllable in read.split()] for word, read in _READ_OTHERWISE.items()})

    def spell(text: str) -> list[str]:
        return [syllable for syllable in lazy_pinyin(text, errors="ignore") if syllable]

    return spell
