"""Spans of time as the policies write them: `2wh`, `5wd`, `30m`, `24h`.

`wh` working hours and `wd` working days run in the city's working calendar; `m` and `h` run on the wall
clock (urgent and critical matters do not wait for office hours). Source: domain guide §3.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_PATTERN = re.compile(r"^([1-9]\d{0,3})(wd|wh|h|m)$")


class SpanUnit(StrEnum):
    """What a span counts."""

    WORKING_DAYS = "wd"
    WORKING_HOURS = "wh"
    HOURS = "h"
    MINUTES = "m"


LONGEST = {
    SpanUnit.WORKING_DAYS: 200,
    SpanUnit.WORKING_HOURS: 1500,
    SpanUnit.HOURS: 24 * 365,
    SpanUnit.MINUTES: 9999,
}
"""About a year: longer limits are mistakes, and the calendar need not reach further."""


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of working or wall time."""

    amount: int
    unit: SpanUnit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@lru_cache(maxsize=1_000)
def parse_span(text: str) -> Span:
    """Read `2wh`, `5wd`, `30m` or `24h`; raises ValueError with what would be right."""
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not a span: write e.g. 2wh, 5wd, 30m or 24h")
    span = Span(int(match[1]), SpanUnit(match[2]))
    if span.amount > LONGEST[span.unit]:
        raise ValueError(f"'{text}' is longer than a year; the longest is {LONGEST[span.unit]}{span.unit}")
    return span
