"""Finds the numbers that belong to a person in free text: identity, bank card, mobile, plate, account names, doors.

A number must look like one of these to be hidden, so that dates, amounts, document numbers and the short numbers of
offices stay readable. Each finder is linear in the length of the text.
"""

import re
import unicodedata
from datetime import date

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_WIDE = {**{code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
         ord("＠"): "@", ord("．"): ".", ord("－"): "-", ord("＋"): "+", ord("＃"): "#", ord("\u3000"): " ", ord("\u00a0"): " "}  # fmt: skip
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")


def plain(text: str) -> str:
    """The text with digits and letters as machines write them (１３８ → 138) and without signs that nobody sees.

    Punctuation stays Chinese: that is why this is not simply NFKC.
    """
    text = text.translate(_UNSEEN).translate(_WIDE)
    return _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)


_REGIONS = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
"""The first two digits of identity numbers: the province."""
_LONG = re.compile(r"(?<![\dA-Za-z])\d(?:[ .·\-]{0,2}\d){14,18}(?:[ \-]{0,2}[Xx])?(?![\dA-Za-z])")
_CARD = re.compile(r"(?<!\d)[3-69](?:\d{15,18}|\d{3}(?:[ \-]\d{4}){3}(?:[ \-]?\d{1,3})?|\d{5}[ \-]\d{10,13})(?!\d)")
_DIGIT = "[0-9零〇一二三四五六七八九幺两]"
_MOBILE = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)?86[- ]?)?[1一幺][ .\-]?[3-9三四五六七八九](?:[ .\-]?{_DIGIT}){{9}}(?!{_DIGIT})"
)
_LANDLINE = re.compile(r"(?<!\d)[(（]?0\d{2,3}[)）]?[- ]?\d{7,8}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_ACCOUNT = re.compile(
    r"((?:微信|(?<![A-Za-z])(?:weixin|wechat|vx|wx|qq)(?![A-Za-z]{2})|扣扣|企鹅|抖音|快手)(?:号码|账号|帐号|号)?[：:是为 ]{0,3})"
    r"(?:[A-Za-z][-_A-Za-z0-9]{4,19}|[0-9](?:[ \-]?[0-9]){4,12})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[A-Z](?: ?[·•.\-] ?| ?)"
    r"(?:[A-Z0-9](?: ?[A-Z0-9]){3}[挂学警港澳使领]|[A-Z0-9](?: ?[A-Z0-9]){4,5}(?![A-Z0-9]))",
    re.IGNORECASE | re.ASCII,
)
_NUMERAL = "(?:[0-9A-Za-z]{1,5}|[零〇一二三四五六七八九十百]{1,5})"
_DOOR = re.compile(
    rf"(?:{_NUMERAL}(?:号楼|#楼|号院|栋|幢|单元|室|房间)[- ]?|[0-9A-Za-z]{{1,5}}(?:座|户)[- ]?){{1,5}}"
    rf"(?:(?:[0-9]{{1,5}}|{_DIGIT}{{3,5}})(?:室|户|号|房)?)?"
    r"|(?<=[路街巷道弄])[0-9]{1,5}号"
    r"|(?<![\d\-])\d{1,3}[\-－—]\d{1,2}[\-－—]\d{3,4}(?:室|号)?(?![\d\-])"
)
"""Building, staircase and flat, also as 3-2-501, and the number in a street; the 12th of a month (12号) is left alone."""
_ANY_NUMBER = re.compile(r"(?<!\d)(?:\+|00)?\d(?:[ .·\-()（）]{0,2}\d){6,}")
"""Seven digits and more, however they are spaced: whatever they are, they may be somebody's."""
_SPOKEN_NUMBER = re.compile(rf"{_DIGIT}(?:[ \-]?{_DIGIT}){{6,}}")


def without_private_numbers(text: str) -> str:
    """Without what belongs to one person only; offices' land lines, dates and amounts stay."""
    text = _EMAIL.sub("******", text)
    text = _ACCOUNT.sub(r"\1******", text)
    text = _LONG.sub(_hide_identity, text)
    text = _CARD.sub(lambda found: "******" if _luhn(found[0]) else found[0], text)
    text = _MOBILE.sub("***********", text)
    return _PLATE.sub("*******", text)


def without_numbers(text: str) -> str:
    """Without any number that may lead to somebody, doors included."""
    text = without_private_numbers(text)
    text = _LANDLINE.sub("********", text)
    text = without_doors(text)
    return _SPOKEN_NUMBER.sub("*******", _ANY_NUMBER.sub("*******", text))


def without_doors(text: str) -> str:
    """Without building, staircase, flat and the number in a street."""
    return _DOOR.sub("**", text)


def _hide_identity(found: re.Match[str]) -> str:
    signs = re.sub(r"[^0-9Xx]", "", found[0])
    return "******" if _is_identity(signs) else found[0]


def _is_identity(signs: str) -> bool:
    """18 signs (or 15 of before 1999) that begin with a province and hold a day of birth; the check digit may be wrong."""
    if signs[:2] not in _REGIONS or len(signs) not in (15, 18) or not signs[:17].isdigit():
        return False
    born = signs[6:14] if len(signs) == 18 else f"19{signs[6:12]}"
    try:
        return 1850 < date(int(born[:4]), int(born[4:6]), int(born[6:])).year < 2100
    except ValueError:
        return False


def _luhn(number: str) -> bool:
    """Whether the last digit is the check digit of a bank card."""
    digits = [int(sign) for sign in reversed(number) if sign.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
