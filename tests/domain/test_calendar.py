"""Working-time arithmetic: laws that hold for any calendar, and the days that people argue about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import WorkingCalendar, WorkingHours
from app.domain.spans import parse_span

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = WorkingHours.parse("09:00-12:00,13:30-17:30")
DAY = timedelta(hours=7)
NATIONAL_DAY = [(date(2026, 10, d), False) for d in range(1, 8)] + [(date(2026, 10, 10), True)]
CITY = WorkingCalendar(ZONE, HOURS, NATIONAL_DAY)


def at(text: str) -> datetime:
    """An instant in the city's own time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


LAW = settings(deadline=None, max_examples=60)

instants = st.timedeltas(timedelta(), timedelta(days=730)).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
amounts = st.timedeltas(timedelta(seconds=1), timedelta(hours=300))
calendars = st.builds(
    lambda days: WorkingCalendar(ZONE, HOURS, days),
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2028, 6, 1)), st.booleans()), max_size=30),
)


@LAW
@given(calendars, instants, amounts)
def test_time_that_was_added_is_the_time_between(calendar: WorkingCalendar, start: datetime, amount: timedelta) -> None:
    end = calendar.add_working_time(start, amount)
    assert end > start
    assert calendar.working_time_between(start, end) == amount


@LAW
@given(calendars, instants, amounts, amounts)
def test_adding_twice_is_adding_the_sum(
    calendar: WorkingCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    twice = calendar.add_working_time(calendar.add_working_time(start, one), other)
    assert twice == calendar.add_working_time(start, one + other)


@LAW
@given(calendars, instants, instants, instants)
def test_time_between_adds_up_and_never_exceeds_the_wall_clock(
    calendar: WorkingCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    a, b, c = sorted((a, b, c))
    between = calendar.working_time_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert timedelta() <= between(a, c) <= c - a
    assert between(c, a) == timedelta()


@LAW
@given(calendars, instants, st.integers(1, 60))
def test_a_limit_of_working_days_ends_at_close_of_business(
    calendar: WorkingCalendar, start: datetime, days: int
) -> None:
    due = calendar.add(start, parse_span(f"{days}wd")).astimezone(ZONE)
    given_on = start.astimezone(ZONE).date()
    assert due.time() == HOURS.close_of_business
    after = [given_on + timedelta(days=n) for n in range(1, (due.date() - given_on).days + 1)]
    assert sum(map(calendar.is_working_day, after)) == days
    assert calendar.is_working_day(due.date())


@LAW
@given(calendars, instants, amounts, amounts, amounts)
def test_a_pause_gives_back_the_working_time_that_was_left(
    calendar: WorkingCalendar, start: datetime, span: timedelta, until_pause: timedelta, pause: timedelta
) -> None:
    due, paused_from = calendar.add_working_time(start, span), start + until_pause
    paused_to = paused_from + pause
    shifted = calendar.shift(due, paused_from, paused_to)
    left = calendar.working_time_between(paused_from, due)
    if due <= paused_from:
        assert shifted == due
    else:
        assert calendar.working_time_between(paused_to, shifted) == left
        assert shifted >= due


@LAW
@given(calendars, instants, amounts)
def test_due_soon_lies_at_three_quarters(calendar: WorkingCalendar, start: datetime, amount: timedelta) -> None:
    due = calendar.add_working_time(start, amount)
    soon = calendar.fraction_point(start, due, 0.75, wall_clock=False)
    assert abs(calendar.working_time_between(start, soon) - amount * 0.75) <= timedelta(microseconds=1)
    assert calendar.fraction_point(start, due, 0.75, wall_clock=True) == start + (due - start) * 0.75


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-23 09:00", "2wh", "2026-11-23 11:00"),
        ("2026-11-23 11:00", "2wh", "2026-11-23 14:30"),  # over the noon break
        ("2026-11-20 17:00", "2wh", "2026-11-23 10:30"),  # over a weekend
        ("2026-11-21 10:00", "1wh", "2026-11-23 10:00"),  # given on a Saturday
        ("2026-11-20 23:59", "1wd", "2026-11-23 17:30"),
        ("2026-11-20 00:00", "1wd", "2026-11-23 17:30"),  # the day itself does not count
        ("2026-09-30 16:00", "1wd", "2026-10-08 17:30"),  # over the holidays
        ("2026-10-09 16:00", "1wd", "2026-10-10 17:30"),  # a make-up Saturday is worked
        ("2026-09-30 16:30", "2wh", "2026-10-08 10:00"),
        ("2026-11-21 23:50", "30m", "2026-11-22 00:20"),  # the wall clock knows no office hours
        ("2026-11-20 18:00", "24h", "2026-11-21 18:00"),
    ],
)
def test_days_that_people_argue_about(start: str, span: str, due: str) -> None:
    assert CITY.add(at(start), parse_span(span)) == at(due)


def test_intervals_are_half_open() -> None:
    assert CITY.working_time_between(at("2026-11-23 12:00"), at("2026-11-23 13:30")) == timedelta()
    assert CITY.working_time_between(at("2026-11-23 17:30"), at("2026-11-24 09:00")) == timedelta()
    assert CITY.working_time_between(at("2026-11-23 00:00"), at("2026-11-24 00:00")) == DAY


@pytest.mark.parametrize("text", ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-13:00", "09:00", "09:00-25:00"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message comes from several places
        WorkingHours.parse(text)


def test_a_calendar_without_working_days_is_an_error_not_an_endless_loop() -> None:
    never = WorkingCalendar(ZONE, HOURS, [(date(2026, 1, 1) + timedelta(days=n), False) for n in range(1500)])
    for span in ("1wd", "1wh"):
        with pytest.raises(ValueError, match="working calendar"):
            never.add(at("2026-01-01 09:00"), parse_span(span))


@pytest.mark.parametrize("text", ["", "0wd", "5", "wd", "-1h", "5 wd", "5d", "1.5h", "99999h", "５wd"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a span"):
        parse_span(text)
