"""Hides personal data in what a lesser reader sees (脱敏).

Names keep their first character, phones their ends. Free text loses phone and identity numbers; the text
stays readable.
"""

import re
from collections.abc import Iterable

_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")
_OLD_ID_NUMBER = re.compile(r"(?<!\d)\d{6}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][ ·-]?[A-Z0-9]{5,6}(?![A-Z0-9])"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_DOOR = re.compile(
    r"(?:\d{1,5}(?:号楼|栋|幢|座|单元|室|户)[- ]?){1,4}(?:\d{1,5}(?:室|户|号)?)?|(?<=[路街巷道弄])\d{1,5}号"
)
"""Building, staircase and flat, and the number in a street; the 12th of a month (12号) is left alone."""


def mask_name(name: str | None) -> str | None:
    """`张三丰` → `张**`."""
    return name[:1] + "**" if name else None


def mask_phone(phone: str | None) -> str | None:
    """`+8613800000000` → `138****0000`; short numbers keep two digits."""
    if not phone:
        return None
    digits = re.sub(r"\D", "", phone.removeprefix("+86"))
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else f"****{digits[-2:]}"


def mask_id_number(number: str | None) -> str | None:
    """Keeps the region's first two digits only."""
    return number[:2] + "*" * (len(number) - 2) if number else None


def mask_address(address: str | None) -> str | None:
    """Keeps the street, hides building and door."""
    return _DOOR.sub("**", address) if address else None


def mask_text(text: str, known: Iterable[str] = ()) -> str:
    """Free text without anything that may name somebody, and without the `known` names and numbers.

    For readers who must not learn who asks: rather too much is hidden than too little.
    """
    for name in known:
        text = text.replace(name, "**")
    return _apply(_WHATEVER_NAMES, text)


def mask_private(text: str) -> str:
    """Free text without private numbers and addresses, for the citizen's own page.

    Land lines stay: an answer often says which office to ring.
    """
    return _apply(_PRIVATE, text)


def _apply(masks: Iterable[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, instead in masks:
        text = pattern.sub(instead, text)
    return text


_ANY_NUMBER = re.compile(r"(?<!\d)(?:\+|00)?\d(?:[ .·\-()（）]{0,2}\d){6,}")
"""Seven digits and more, however they are spaced: whatever they are, they may be somebody's."""
_SPOKEN_NUMBER = re.compile(r"[零〇一二三四五六七八九幺两]{7,}")
_INTRODUCED = re.compile(r"(我叫|姓名[是为：:]?|名字[是叫])\s*[\u4e00-\u9fff·]{2,4}")
_PRIVATE = (
    (_EMAIL, "******"),
    (_ID_NUMBER, "******"),
    (_OLD_ID_NUMBER, "******"),
    (_MOBILE, "***********"),
)
_WHATEVER_NAMES = (
    *_PRIVATE,
    (_LANDLINE, "********"),
    (_PLATE, "*******"),
    (_ANY_NUMBER, "*******"),
    (_SPOKEN_NUMBER, "*******"),
    (_INTRODUCED, r"\1**"),
    (_DOOR, "**"),
)
