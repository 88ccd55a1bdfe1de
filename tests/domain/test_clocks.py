"""Named clocks: which policy applies, when lamps change, which alarms fall into a window."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import WorkingCalendar, WorkingHours
from app.domain.catalogue import RequestKind as K
from app.domain.catalogue import SlaPolicy
from app.domain.catalogue import Urgency as U
from app.domain.clocks import Lamp, Limit, alarms_between, choose_policy, lamp, limit, order_limits

START = datetime(2026, 11, 23, 1, tzinfo=UTC)  # Monday 09:00 in the city
HOUR = timedelta(hours=1)
CITY = WorkingCalendar(ZoneInfo("Asia/Shanghai"), WorkingHours.parse("09:00-12:00,13:30-17:30"))


def policy(number: int, kind: K | None, urgency: U | None, prefix: str, **spans: str) -> SlaPolicy:
    usual = {"dispatch": "1wh", "accept": "2wh", "contact": "1wd", "resolve": "5wd", "callback": "2wd"}
    return SlaPolicy(number, kind, urgency, prefix, **{**usual, **spans})


POLICIES = [
    policy(1, None, None, ""),
    policy(2, K.COMPLAINT, U.NORMAL, ""),
    policy(3, None, U.CRITICAL, ""),
    policy(4, K.COMPLAINT, U.NORMAL, "02"),
    policy(5, K.COMPLAINT, U.NORMAL, "0205"),
    policy(6, None, U.CRITICAL, "0207"),
    policy(7, K.HELP, None, "0205"),
]


@pytest.mark.parametrize(
    ("kind", "urgency", "category", "chosen"),
    [
        (K.OTHER, U.NORMAL, None, 1),
        (K.COMPLAINT, U.NORMAL, None, 2),
        (K.COMPLAINT, U.NORMAL, "0301", 2),
        (K.COMPLAINT, U.NORMAL, "0201", 4),
        (K.COMPLAINT, U.NORMAL, "0205", 5),
        (K.COMPLAINT, U.CRITICAL, "0205", 3),  # danger is never slower because of the category
        (K.HELP, U.CRITICAL, "0205", 3),
        (K.HELP, U.CRITICAL, "0207", 6),
        (K.HELP, U.NORMAL, "0205", 7),
        (K.HELP, U.URGENT, "0205", 7),
    ],
)
def test_the_most_specific_policy_wins(kind: K, urgency: U, category: str | None, chosen: int) -> None:
    assert choose_policy(POLICIES, kind, urgency, category).id == chosen
    assert choose_policy(reversed(POLICIES), kind, urgency, category).id == chosen


def test_a_city_without_a_general_policy_is_told_so() -> None:
    with pytest.raises(LookupError, match="policy"):
        choose_policy(POLICIES[1:], K.OTHER, U.NORMAL, None)


@pytest.mark.parametrize(
    ("span", "soon", "due"),
    [
        ("24h", START + 18 * HOUR, START + 24 * HOUR),
        ("40m", START + HOUR / 2, START + HOUR * 2 / 3),
        ("2wh", START + 1.5 * HOUR, START + 2 * HOUR),
        ("4wh", START + 3 * HOUR, START + 5.5 * HOUR),  # 75 % is noon, the rest comes after the break
    ],
)
def test_yellow_at_three_quarters_red_at_the_end(span: str, soon: datetime, due: datetime) -> None:
    assert limit(CITY, span, START) == Limit(soon, due)


def test_an_order_has_three_clocks() -> None:
    limits = order_limits(CITY, POLICIES[0], START)
    assert list(limits) == ["accept", "contact", "resolve"]
    assert all(START < clock.soon < clock.due for clock in limits.values())


def test_lamps() -> None:
    soon, due = START + HOUR, START + 2 * HOUR
    before = timedelta(microseconds=1)
    assert lamp(START, None, None) is None
    assert lamp(soon - before, soon, due) is Lamp.BLUE
    assert lamp(soon, soon, due) is Lamp.YELLOW
    assert lamp(due - before, soon, due) is Lamp.YELLOW
    assert lamp(due, soon, due) is Lamp.RED


instants = st.integers(-100, 100).map(lambda minutes: START + timedelta(minutes=minutes))
limits = st.dictionaries(
    st.sampled_from(["accept", "contact", "resolve"]),
    st.lists(instants, min_size=4, max_size=4).map(lambda four: Limit(*sorted(four))),
)


@settings(deadline=None)
@given(limits, st.lists(instants, min_size=2))
def test_however_often_one_looks_each_alarm_is_raised_once_in_order(
    found: dict[str, Limit], looks: list[datetime]
) -> None:
    looks.sort()
    raised = [alarm for since, now in pairwise(looks) for alarm in alarms_between(found, since, now)]
    assert raised == alarms_between(found, looks[0], looks[-1])
    assert len(set(raised)) == len(raised)
    assert [instant for instant, *_ in raised] == sorted(instant for instant, *_ in raised)
    for instant, name, alarm in raised:
        assert instant == dict(found[name].alarms())[alarm]
