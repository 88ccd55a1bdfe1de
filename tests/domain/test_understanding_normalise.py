"""One spelling for one word: whatever people paste, rules and search see the same characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.understanding import normalise, search_tokens
from app.domain.understanding.normalise import headed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("工地著火，煙霧瀰漫", "工地着火，烟雾弥漫"),
        ("乾部不理，民懮很多", "干部不理，民忧很多"),
        ("等著看，睡不著", "等着看，睡不着"),
        ("著名景区，效果显著", "著名景区，效果显著"),
        ("衞生院的舖面汚水", "卫生院的铺面污水"),
        ("電話１３８Ａｂ＃３　號", "电话138Ab#3 号"),
        ("停水（三天）：怎么办？！", "停水（三天）：怎么办？！"),
        ("⼈⼝登记", "人口登记"),
        ("路\u200b灯\ufeff坏\u202e了", "路灯坏了"),
        ("  一楼 \t\u3000 二楼  ", "一楼 二楼"),
        ("甲\r\n乙\r丙\u2028丁", "甲\n乙\n丙\n丁"),
        ("甲 \n\n\n\n 乙", "甲\n\n乙"),
        ("\x00路灯\x1f\ud800", "路灯"),
        ("路灯\x1b[31m坏了\x9b\x07", "路灯[31m坏了"),
        ("甲\v乙\u2029丙\x85丁", "甲\n乙\n丙\n丁"),
        ("\u2800\u3164\u115f\u1160\uffa0", ""),
        ("", ""),
        (" \n\u200b ", ""),
    ],
)
def test_spellings_become_one(written: str, read: str) -> None:
    assert normalise(written) == read


# Mostly what phones and PDF files really produce, plus anything else.
_messy = st.text(st.sampled_from("著火乾部懮餘裏　 \t\r\n\u200b\u202eＡ１：，。ab1薴藉瞭於麼⼈\u0301e")) | st.text()


@given(_messy)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\r" not in once
    assert once == once.strip()


@given(_messy, _messy)
def test_a_title_stands_above_a_text_as_if_they_were_normalised_together(title: str, text: str) -> None:
    normal = normalise(text)
    assert headed(title, normal) == normalise(f"{title}\n{normal}")


@given(st.text())
def test_search_tokens_are_distinct_clean_words(text: str) -> None:
    tokens = search_tokens(text)
    assert len(tokens) == len(set(tokens))
    for token in tokens:
        assert token == token.strip() == token.lower()
        assert any(character.isalnum() for character in token)


def test_search_finds_the_short_word_inside_the_official_one() -> None:
    tokens = search_tokens("不動產登記中心，ＡＢＣ大廈3號樓！！")
    assert {"不动产", "登记", "中心", "abc", "大厦", "3"} <= set(tokens)
    assert "，" not in tokens
    assert search_tokens("停水停水停水") == ["停水"]
    assert search_tokens("，。！") == []
