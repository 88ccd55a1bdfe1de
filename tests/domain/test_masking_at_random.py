"""However people write their numbers, they are gone; whatever offices write, it stays; any text is taken."""

import string
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.masking import mask_private, mask_text
from app.domain.personal_names import SURNAMES
from app.domain.personal_numbers import plain

SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
AROUND = st.sampled_from(["", "情况如下，", "电话：", "（", "请查：", "已反映多次。", "联系 "])
AFTER = st.sampled_from(["", "，请保密。", "）", "。", " 谢谢", "等情况"])
PROVINCES = st.sampled_from("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")
LETTERS, SIGNS = st.sampled_from("ABCDEFGHJKL"), st.text(string.digits + "ABCDEFGH", min_size=5, max_size=6)


def numbers(length: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=length, max_size=length)


def luhn(body: str) -> str:
    """The body with its check digit."""
    doubled = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-doubled % 10)


def grouped(*sizes: int) -> st.SearchStrategy[tuple[tuple[int, ...], str]]:
    return st.tuples(st.just(sizes), st.sampled_from(["", " ", "-"]))


def write(number: str, grouping: tuple[tuple[int, ...], str]) -> str:
    sizes, between = grouping
    parts, rest = [], number
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return between.join(part for part in (*parts, rest) if part)


mobiles = st.builds(
    lambda head, rest, how, prefix: prefix + write(head + rest, how),
    st.sampled_from(["13", "15", "17", "18", "19"]), numbers(9), grouped(3, 4, 4), st.sampled_from(["", "+86 ", "86-", "0086"]),
)  # fmt: skip
identities = st.builds(
    lambda region, born, rest, how: write(f"{region}{born:%Y%m%d}{rest}", how),
    st.sampled_from(["110101", "510107", "650102"]), st.dates(date(1930, 1, 1), date(2024, 1, 1)),
    st.one_of(numbers(4), numbers(3).map(lambda d: d + "X")), grouped(6, 8, 4),
)  # fmt: skip
cards = st.builds(lambda body, how: write(luhn("62" + body), how), numbers(16), grouped(4, 4, 4, 4, 3))
plates = st.builds(
    lambda p, a, s, between: f"{p}{a}{between}{s}", PROVINCES, LETTERS, SIGNS, st.sampled_from(["", " ", "·", "-"])
)
spoken = st.builds(lambda head, rest: (head + rest).translate(SPOKEN), st.sampled_from(["13", "18"]), numbers(9))
accounts = st.builds(
    lambda word, sign, name: f"{word}{sign}{name}",
    st.sampled_from(["微信", "微信号", "QQ", "qq号", "vx"]), st.sampled_from(["：", ":", " ", "是"]),
    st.text(string.ascii_lowercase, min_size=6, max_size=12).filter(lambda name: not name.startswith("x")),
)  # fmt: skip
emails = st.builds(
    lambda a, b: f"{a}@{b}.com", *(st.text(string.ascii_lowercase, min_size=3, max_size=9) for _ in range(2))
)


@pytest.mark.parametrize("mask", [mask_text, mask_private])
@pytest.mark.parametrize(
    "private",
    [mobiles, identities, cards, plates, spoken, emails],
    ids=["mobiles", "identities", "cards", "plates", "spoken", "emails"],
)
def test_private_numbers_are_gone(mask: object, private: st.SearchStrategy[str]) -> None:
    @given(AROUND, private, AFTER, st.booleans())
    def check(before: str, number: str, after: str, wide: bool) -> None:
        masked = mask(before + (number.translate(WIDE) if wide else number) + after)  # type: ignore[operator]
        assert plain(number) not in masked
        core = max(plain(number).replace("-", " ").split("@")[0].split(), key=len)
        assert core not in masked
        assert masked.startswith(plain(before)[:4])

    check()


@pytest.mark.parametrize("mask", [mask_text, mask_private])
def test_account_names_are_gone(mask: object) -> None:
    @given(AROUND, accounts, AFTER)
    def check(before: str, account: str, after: str) -> None:
        name = account.replace("：", ":").replace("是", ":").replace(" ", ":").split(":")[1]
        assert name not in mask(before + account + after)  # type: ignore[operator]

    check()


@given(st.integers(1, 99), st.integers(1, 20), st.integers(101, 3399))
def test_doors_are_gone(building: int, stairs: int, flat: int) -> None:
    for door in (f"{building}号楼{stairs}单元{flat}", f"{building}-{stairs}-{flat}", f"{building}幢{flat}室"):
        assert str(flat) not in mask_text(f"住在东湖花园{door}，漏水。"), door


@given(st.sampled_from(sorted(SURNAMES)), st.sampled_from(["大明", "小丽", "建国", "芳"]))
def test_names_that_introduce_themselves_are_gone(surname: str, given_name: str) -> None:
    for said in (
        f"我叫{surname}{given_name}，要反映",
        f"联系人：{surname}{given_name}，",
        f"姓名{surname}{given_name}。",
    ):
        assert given_name not in mask_text(said)
        assert given_name not in mask_private(said)


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 10**10), st.integers(1, 200))
def test_dates_amounts_document_numbers_and_hotlines_stay(day: date, amount: int, number: int) -> None:
    for text in (
        f"{day}至{day:%Y年%m月%d日}，{day:%Y/%m/%d} 10:30",
        f"补助{amount / 100:.2f}元，共{number}户",
        f"云政发〔{day.year}〕{number}号，第{number}条",
        f"受理编号{day:%Y%m%d}{number:06d}，请拨打12345、110或0990-5551015",
    ):
        assert mask_private(text) == text


@given(st.text(max_size=300))
def test_any_text_is_taken_and_masking_twice_is_masking_once(text: str) -> None:
    for mask in (mask_text, mask_private):
        once = mask(text)
        assert mask(once) == once


@pytest.mark.parametrize(
    "piece", ["1 ", "1", "零", "a@", "3号楼", "张", "京A 1", "a.", "微信", "李先生", "86 1", "三室"]
)
def test_the_longest_message_takes_no_longer_than_it_should(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = time.monotonic()
    mask_text(text)
    assert time.monotonic() - started < 2
