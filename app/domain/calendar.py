"""Working time of a city: which days are worked, between which hours, and arithmetic in it.

Intervals are half-open. A limit of n working days given on day D ends at the close of business of the n-th
working day after D (domain guide §3). Pure: the days come from the `calendar_day` table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain.spans import Span, SpanUnit

_DAY = timedelta(days=1)
_DAYS_KEPT = 2000
_SEARCH_LIMIT_DAYS = 400
"""A calendar with no working day in this many days is broken; better an error than an endless loop."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Office hours as half-open periods in ascending order, e.g. 09:00–12:00 and 13:30–17:30."""

    periods: tuple[tuple[time, time], ...]

    @classmethod
    def parse(cls, text: str) -> "WorkingHours":
        """Read `09:00-12:00,13:30-17:30`; raises ValueError when malformed or overlapping."""
        periods = []
        for part in text.split(","):
            start, _, end = part.strip().partition("-")
            periods.append((time.fromisoformat(start), time.fromisoformat(end)))
        edges = [edge for period in periods for edge in period]
        if not periods or any(a >= b for a, b in pairwise(edges)):
            raise ValueError(f"'{text}' are not ascending periods such as 09:00-12:00,13:30-17:30")
        return cls(tuple(periods))

    @property
    def close_of_business(self) -> time:
        """End of the last period."""
        return self.periods[-1][1]


class NoWorkingTimeError(ValueError):
    """The calendar has no working day within reach: somebody has entered it wrongly."""


class WorkingCalendar:
    """Working days and hours of one city.

    `exceptions` maps a day to worked or not (holidays, make-up days 调休, local ones); days without an entry
    follow the week: Monday to Friday are worked.
    """

    def __init__(self, zone: ZoneInfo, hours: WorkingHours, exceptions: Iterable[tuple[date, bool]] = ()) -> None:
        self.zone = zone
        self.hours = hours
        self._exceptions = dict(exceptions)
        self._periods: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    def plain_week(self) -> "WorkingCalendar":
        """The same hours from Monday to Friday, without any exception."""
        return WorkingCalendar(self.zone, self.hours)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        return self._exceptions.get(day, day.weekday() < 5)

    def add(self, start: datetime, span: Span) -> datetime:
        """The instant (UTC) at which `span`, begun at `start`, is used up."""
        match span.unit:
            case SpanUnit.MINUTES:
                return start + timedelta(minutes=span.amount)
            case SpanUnit.HOURS:
                return start + timedelta(hours=span.amount)
            case SpanUnit.WORKING_DAYS:
                return self._close_of_nth_day(start, span.amount)
            case SpanUnit.WORKING_HOURS:
                return self.add_working_time(start, timedelta(hours=span.amount))

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """Go forward from `start` until `amount` of office time has passed."""
        left = amount
        for begin, end in self._periods_from(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise NoWorkingTimeError("the working calendar has no working time ahead")

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Office time in [start, end); zero when `end` is not after `start`."""
        total = timedelta()
        if end <= start:
            return total
        for begin, close in self._periods_from(start, days=(end - start).days + 2):
            if begin >= end:
                break
            total += min(close, end) - begin
        return total

    def fraction_point(self, start: datetime, due: datetime, fraction: float, *, wall_clock: bool) -> datetime:
        """The instant at which `fraction` of the time from `start` to `due` is used (due-soon is 0.75)."""
        if wall_clock:
            return start + (due - start) * fraction
        return self.add_working_time(start, self.working_time_between(start, due) * fraction)

    def shift(
        self, instant: datetime, paused_from: datetime, paused_to: datetime, *, wall_clock: bool = False
    ) -> datetime:
        """Where a limit moves to when its clock stood still from `paused_from` to `paused_to`.

        The time that was left at the pause is granted again from its end: office time, so that a hold over a
        weekend gives nothing away, or hours of the wall clock for a limit that runs on it.
        """
        if instant <= paused_from:
            return instant
        if wall_clock:
            return instant + (paused_to - paused_from)
        return self.add_working_time(paused_to, self.working_time_between(paused_from, instant))

    def _close_of_nth_day(self, start: datetime, days: int) -> datetime:
        day = start.astimezone(self.zone).date()
        left = days
        for _ in range(_SEARCH_LIMIT_DAYS + 2 * days):
            day += _DAY
            if periods := self._periods_of(day):
                left -= 1
                if left == 0:
                    return periods[-1][1]
        raise NoWorkingTimeError("the working calendar has no working days ahead")

    def _periods_from(self, start: datetime, days: int = _SEARCH_LIMIT_DAYS) -> Iterable[tuple[datetime, datetime]]:
        """Office periods of so many days in order, the first one cut to begin at `start`."""
        day = start.astimezone(self.zone).date()
        begin = start.astimezone(UTC)
        for opening, closing in self._periods_of(day):
            if closing > begin:
                yield max(begin, opening), closing
        for _ in range(days - 1):
            day += _DAY
            yield from self._periods_of(day)

    def _periods_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Office periods of a day (UTC), none when offices are closed; reckoned once, as all clocks run over few days."""
        known = self._periods.get(day)
        if known is None:
            if len(self._periods) >= _DAYS_KEPT:
                self._periods.clear()
            hours = self.hours.periods if self.is_working_day(day) else ()
            known = self._periods[day] = tuple((self._at(day, opens), self._at(day, closes)) for opens, closes in hours)
        return known

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)
