"""Limits against the calendar that the installation is seeded with: make-up days, long holidays, the years beyond."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from conftest import KEYS

from app.domain.calendar import WorkingCalendar, WorkingHours
from app.domain.clocks import lamp, limit
from app.domain.spans import parse_span
from app.services.seeding.catalogue import calendar_rows
from support.api import Api
from support.story import CITY, UNIT, city, handled

HANDLER = f"unit-{UNIT}"
ROWS = {date.fromisoformat(row["day"]): row for row in calendar_rows(date(2026, 11, 21))}
SEEDED = WorkingCalendar(
    CITY, WorkingHours.parse("09:00-12:00,13:30-17:30"), [(day, row["working"]) for day, row in ROWS.items()]
)
MOMENT = timedelta(microseconds=1)
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("day", ["2026-09-20", "2026-10-10", "2026-02-14", "2026-02-28"])
def test_a_make_up_day_is_worked_whatever_the_week_says(day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert SEEDED.is_working_day(date.fromisoformat(day))
    assert ROWS[date.fromisoformat(day)]["provisional"] is False


@pytest.mark.parametrize(
    ("given", "span", "due"),
    [
        ("2026-09-18 16:00", "1wd", "2026-09-20 17:30"),  # a Friday; the Sunday is worked
        ("2026-09-18 17:00", "2wh", "2026-09-20 10:30"),
        ("2026-09-19 12:00", "1wd", "2026-09-20 17:30"),
        ("2026-09-24 09:00", "1wd", "2026-09-28 17:30"),  # Mid-Autumn
        ("2026-09-30 17:29", "1wd", "2026-10-08 17:30"),  # National Day
        ("2026-09-30 17:30", "2wh", "2026-10-08 11:00"),
        ("2026-10-03 12:00", "3wd", "2026-10-10 17:30"),
        ("2026-10-09 17:30", "1wh", "2026-10-10 10:00"),
        ("2026-10-10 17:30", "1wh", "2026-10-12 10:00"),
        ("2026-02-13 10:00", "2wd", "2026-02-24 17:30"),  # the 14th is worked, then Spring Festival
        ("2026-02-27 17:30", "5wd", "2026-03-05 17:30"),  # a Saturday is worked, a short month ends
        ("2026-12-31 23:59:59", "1wd", "2027-01-04 17:30"),  # New Year's Day is a Friday
        ("2027-02-04 16:00", "2wh", "2027-02-11 09:30"),  # Spring Festival as the law alone has it
        ("2028-02-28 09:00", "1wd", "2028-02-29 17:30"),  # a leap day
        ("2031-06-02 09:00", "5wd", "2031-06-09 17:30"),  # beyond every entry: the plain week
    ],
)
def test_limits_near_holidays_and_the_ends_of_months(given: str, span: str, due: str) -> None:
    assert limit(SEEDED, span, city(given)).due == city(due)


@pytest.mark.parametrize("year", [2027, 2028])
def test_years_not_yet_announced_know_the_statutory_holidays_and_say_so(year: int) -> None:
    days = [row for day, row in ROWS.items() if day.year == year]
    assert len(days) >= 7
    assert all(row["provisional"] and not row["working"] for row in days), "make-up days are not guessed"


@pytest.mark.parametrize(
    ("day", "working", "provisional"),
    [
        ("2026-10-10", True, False), ("2026-10-11", False, False), ("2026-10-05", False, False),
        ("2027-02-08", False, True), ("2027-02-15", True, True), ("2031-06-02", True, True),
    ],
)  # fmt: skip
async def test_clients_are_told_what_may_still_change(api: Api, day: str, working: bool, provisional: bool) -> None:
    told = (await api.as_("operator").get("/v1/calendar:check", params={"day": day})).json()
    assert (told["working"], told["provisional"]) == (working, provisional)


async def test_an_order_of_2027_has_limits_and_follows_the_announcement_when_it_comes(api: Api) -> None:
    before = await handled(api, city("2027-02-03 09:00"))
    assert await before.due() == city("2027-02-16 17:30")
    day = {"day": "2027-02-13", "working": True, "name": "春节 调休"}
    assert (await api.as_("admin").post("/v1/calendar", json=day)).status_code == 201
    after = await handled(api, city("2027-02-03 09:00"))
    assert await after.due() == city("2027-02-15 17:30")
    assert await before.due() == city("2027-02-16 17:30"), "a limit that was given is kept"


async def test_a_hold_across_a_holiday_gives_back_working_time_only(api: Api) -> None:
    story = await handled(api, city("2026-09-28 09:00"))
    assert await story.due() == city("2026-10-10 17:30")  # 29, 30 September, 8, 9, 10 October
    story.at = city("2026-09-30 15:30")
    await story.step("dispatcher", "request/hold", reason="节日期间停工", review_on="2026-10-09")
    await story.until(city("2026-10-09 00:00"))
    # Two hours of the 30th and three days were left.
    assert await story.due() == city("2026-10-13 11:00")


async def test_a_hold_within_a_holiday_gives_back_nothing(api: Api) -> None:
    story = await handled(api, city("2026-09-28 09:00"))
    story.at = city("2026-10-01 10:00")
    await story.step("dispatcher", "request/hold", reason="节日期间停工", review_on="2026-10-05")
    await story.until(city("2026-10-05 00:00"))
    assert await story.due() == city("2026-10-10 17:30")


async def test_an_extension_at_the_last_minute_ends_on_a_make_up_day(api: Api) -> None:
    story = await handled(api, city("2026-09-22 09:00"))
    due = city("2026-09-30 17:30")
    assert await story.due() == due
    story.at = due - MOMENT
    await story.step(HANDLER, "order/extend", reason="节前材料未到", working_days=3)
    story.at = due + timedelta(days=7)
    await story.step("dispatcher", "application/approve")
    assert await story.due() == city("2026-10-10 17:30")


async def test_edges_are_half_open(api: Api) -> None:
    story = await handled(api, city("2026-11-23 09:00"))
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    due = await story.due()
    soon = datetime.fromisoformat((await story.order())["deadlines"]["resolve"]["due_soon_at"])
    for edge, kind, before, after in (
        (soon, "work_order.due_soon", "blue", "yellow"),
        (due, "work_order.overdue", "yellow", "red"),
    ):
        assert (lamp(edge - MOMENT, soon, due), lamp(edge, soon, due)) == (before, after)
        await story.until(edge - MOMENT)
        assert not await story.events(kind)
        await story.until(edge)
        assert len(await story.events(kind)) == 1


@pytest.mark.parametrize("opening", ["09:00", "13:30"])
def test_an_hour_ends_where_the_next_period_begins_only_when_something_is_left(opening: str) -> None:
    close = {"09:00": "2026-11-20 17:30", "13:30": "2026-11-23 12:00"}[opening]
    given = city(close) - timedelta(hours=2)
    assert SEEDED.add(given, parse_span("2wh")) == city(close)
    assert SEEDED.add(given + MOMENT, parse_span("2wh")) == city(f"2026-11-23 {opening}") + MOMENT


def test_a_day_given_at_midnight_is_the_citys_day() -> None:
    """16:00 in UTC is midnight in the city: a microsecond earlier it is still the day before."""
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert limit(SEEDED, "1wd", midnight - MOMENT).due == city("2026-11-24 17:30")
    assert limit(SEEDED, "1wd", midnight).due == city("2026-11-25 17:30")


def test_an_hour_of_the_wall_clock_is_an_hour_in_every_season() -> None:
    for day in range(366):
        start = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=day)
        assert SEEDED.add(start, parse_span("24h")) - start == timedelta(hours=24)


def test_the_zone_of_the_server_changes_nothing(database_copy: str) -> None:
    told = {}
    for zone in ("Asia/Shanghai", "America/New_York", "Asia/Kolkata"):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "PG"))}
        environment |= {
            "TZ": zone,
            "PGTZ": zone,
            "PYTHONPATH": str(ROOT),
            "HOTLINE_DATABASE_URL": database_copy,
            "HOTLINE_SECRET_KEYS": KEYS,
            "HOTLINE_LOG_LEVEL": "error",
        }
        command = [sys.executable, str(ROOT / "tests/limits_peer.py")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        told[zone] = json.loads(done.stdout)
    zones = {answer.pop("zone") for answer in told.values()}
    assert zones == {"CST", "EST", "IST"}, "each machine really stood elsewhere"
    first, *others = told.values()
    assert others == [first, first]
    assert first["ticket_day"] == "20260929"
    assert (first["asleep_until_the_day"], first["attempts"]) == (True, 2)
    assert first["limits"][0]["resolve_due_at"] == city("2026-10-12 17:30").timestamp().hex()
