"""The rail of stages, dates and numbers as a citizen reads them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.states import RequestState
from app.routers.pages.texts import TEXTS
from app.routers.pages.track_view import rail
from app.routers.pages.wording import grouped, limit_text, time_text

CITY = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 21, 7, 4, tzinfo=UTC)
UNIT = {"code": "u", "name": "某局", "kind": "department"}
RATING = {"resolved": "yes", "satisfaction": 5}


@pytest.mark.parametrize(
    ("state", "unit", "rating", "stages", "current"),
    [
        ("received", None, None, "received assigned in_progress resolved rated", "received"),
        ("assigned", UNIT, None, "received assigned in_progress resolved rated", "assigned"),
        ("in_progress", UNIT, None, "received assigned in_progress resolved rated", "in_progress"),
        ("on_hold", UNIT, None, "received assigned on_hold resolved rated", "on_hold"),
        ("resolved", UNIT, None, "received assigned in_progress resolved rated", "resolved"),
        ("resolved", None, None, "received resolved rated", "resolved"),
        ("rated", UNIT, RATING, "received assigned in_progress resolved rated", "rated"),
        ("closed", UNIT, RATING, "received assigned in_progress resolved rated", "rated"),
        ("closed", UNIT, None, "received assigned in_progress resolved rated", "resolved"),
        ("declined", None, None, "received declined", "declined"),
        ("transferred", None, None, "received transferred", "transferred"),
        ("merged", UNIT, None, "received merged", "merged"),
    ],
)
def test_the_rail_shows_the_way_of_this_request(
    state: str, unit: dict[str, str] | None, rating: dict[str, object] | None, stages: str, current: str
) -> None:
    shown = rail({"state": state, "unit": unit, "rating": rating})
    assert [stage for stage, _ in shown] == stages.split()
    assert [stage for stage, how in shown if how == "current"] == [current]
    place = stages.split().index(current)
    assert [how for _, how in shown[:place]] == ["done"] * place


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_has_words(language: str) -> None:
    for state in RequestState:
        assert TEXTS[language]["state"][state]
        assert TEXTS[language]["meaning"][state]


def test_times_are_the_citys() -> None:
    assert time_text(AT, AT, CITY, "zh") == "11月21日 15:04"
    assert time_text(AT.isoformat(), AT, CITY, "en") == "21 Nov, 15:04"
    assert time_text(AT.replace(year=2025), AT, CITY, "zh") == "2025年11月21日 15:04"


@pytest.mark.parametrize(
    ("due", "zh", "en"),
    [
        ("2026-11-24T00:00:00+08:00", "11月23日24时前", "by the end of 23 Nov"),
        ("2026-11-24T00:00:42+08:00", "11月23日24时前", "by the end of 23 Nov"),
        ("2027-01-01T00:00:00+08:00", "12月31日24时前", "by the end of 31 Dec"),
        ("2026-11-24T17:30:00+08:00", "11月24日 17:30前", "by 24 Nov, 17:30"),
    ],
)
def test_a_limit_at_midnight_is_the_end_of_the_day_before(due: str, zh: str, en: str) -> None:
    for language, words in (("zh", zh), ("en", en)):
        track = TEXTS[language]["track"]
        time = limit_text(due, AT, CITY, language, track["day_end"])
        assert track["expected_by"].format(time=time) == words


def test_numbers_are_grouped_to_be_read_out() -> None:
    assert grouped("20261121000017") == "2026 1121 000017"
    assert grouped("ABCDEFGHJ") == "ABC DEF GHJ"
    assert grouped("ABC") == "ABC"
