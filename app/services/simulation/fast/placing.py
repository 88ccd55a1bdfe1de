"""Where in the past a life may be put: whole weeks back, to days that are worked and free as its own days were.

Every limit is arithmetic over working days and hours, so a move between equal days keeps each of them exact.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from app.domain.calendar import WorkingCalendar
from app.services.simulation.fast.patterns import Family

WEEK = timedelta(days=7)
FEWEST = 25
"""Among so many placements at least is drawn; where holidays leave fewer, those around them are taken too."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A family, so many weeks before its own time; `at` is when its first request is filed then."""

    at: datetime
    family: Family
    weeks: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be drawn for a stretch of time, with the sums of the weights."""

    placements: Sequence[Placement]
    sums: Sequence[float]


class Placements:
    """All that is possible since `begin`, in order of time."""

    def __init__(self, families: Sequence[Family], calendar: WorkingCalendar, begin: datetime) -> None:
        found = [placement for family in families for placement in _of(family, calendar, begin)]
        self._all = sorted(found, key=lambda placement: placement.at)
        self._times = [placement.at for placement in self._all]
        self._weights = [placement.family.weight for placement in self._all]

    def __len__(self) -> int:
        return len(self._all)

    def between(self, begin: datetime, end: datetime) -> Choice:
        """Lives that begin in this time, and around it when there are too few."""
        low, high = bisect_left(self._times, begin), bisect_right(self._times, end)
        while high - low < min(FEWEST, len(self._all)):
            low, high = max(0, low - 1), min(len(self._all), high + 1)
        return Choice(self._all[low:high], list(accumulate(self._weights[low:high])))


def _of(family: Family, calendar: WorkingCalendar, begin: datetime) -> Iterator[Placement]:
    instants = list(family.instants)
    days = _days(min(instants).astimezone(calendar.zone).date(), max(instants).astimezone(calendar.zone).date())
    shape = [_shape(calendar, day) for day in days]
    weeks, born = 0, family.born
    while born - weeks * WEEK >= begin:
        back = weeks * WEEK
        if all(_shape(calendar, day - back) == like for day, like in zip(days, shape, strict=True)):
            yield Placement(born - back, family, weeks)
        if family.is_open:
            return  # what is open belongs to these days
        weeks += 1


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _shape(calendar: WorkingCalendar, day: date) -> tuple[bool, timedelta | None]:
    """Whether the day is worked, and how far its noon is from universal time."""
    return calendar.is_working_day(day), datetime.combine(day, time(12), calendar.zone).utcoffset()
