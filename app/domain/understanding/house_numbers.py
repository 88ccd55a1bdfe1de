"""House numbers: a long road lies in several villages, and which one tells its number (1-99, 单101-199, 200-)."""

import re
from dataclasses import dataclass

MAX_PARTS = 50
_PART = re.compile(r"([单双])?(\d{1,5})?(-)?(\d{1,5})?")
_PARITY = {"单": 1, "双": 0}
_LAST = 99_999
_AFTER_ROAD = re.compile(
    r"[（(，,、]?(?:门牌)?(?:第)?(?:(\d{1,5})|([一二三四五六七八九十百千两零〇]{1,7}))"
    r"(?:[-—~附之至到]\d{1,5}(?=号|$|[，,。；;]))?(?:(号|弄)(?!楼(?![下上道前后])|栋|幢|线|矿)|(?=附|$|[，,。；;]))"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


class HouseNumbersError(ValueError):
    """The text does not say which house numbers are meant."""


@dataclass(frozen=True, slots=True)
class HouseNumbers:
    """Ranges of house numbers: (first, last, parity), parity 1 for odd, 0 for even, None for both."""

    ranges: tuple[tuple[int, int, int | None], ...]

    def __contains__(self, number: int) -> bool:
        """Whether the house with this number is one of them."""
        return any(
            first <= number <= last and (parity is None or number % 2 == parity) for first, last, parity in self.ranges
        )


def parse_house_numbers(text: str) -> HouseNumbers:
    """Read `1-99`, `单1-99` (odd), `双2-120` (even), `200-`, `88`, several joined by `;`.

    Raises HouseNumbersError, whose text is the part that cannot be read.
    """
    parts = [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
    if not parts or len(parts) > MAX_PARTS:
        raise HouseNumbersError(text[:20])
    return HouseNumbers(tuple(_range(part) for part in parts))


def _range(part: str) -> tuple[int, int, int | None]:
    read = _PART.fullmatch(part)
    if read is None:
        raise HouseNumbersError(part)
    parity, first, dash, last = read.groups()
    if (first is None and last is None and parity is None) or (dash is None and last is not None):
        raise HouseNumbersError(part)
    if dash and first is None and last is None:
        raise HouseNumbersError(part)
    low = int(first) if first else 1
    high = int(last) if last else (low if first and not dash else _LAST)
    if low > high:
        raise HouseNumbersError(part)
    return low, high, _PARITY.get(parity)


def number_after(text: str, position: int) -> int | None:
    """Return the house number that follows a road's name at `position`, or None when there is none."""
    read = _AFTER_ROAD.match(text, position)
    if read is None:
        return None
    return int(read.group(1)) if read.group(1) else chinese_number(read.group(2))


def chinese_number(text: str) -> int | None:
    """Return the value of 八十八, 一百零六, 二〇八; None for what is no number."""
    if not any(character in _UNITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _UNITS[character]
            digit = 0
    return total + digit or None
