"""The named clocks of a request: which limit applies, when it turns yellow and red.

`dispatch` is the centre's clock; `accept`, `contact` and `resolve` are the lead order's; `callback` says by
when the citizen is to be rung. Due-soon at 75 % of the span, overdue at 100 % (domain guide §3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from app.domain.calendar import NoWorkingTimeError, WorkingCalendar
from app.domain.catalogue import RequestKind, SlaPolicy, Urgency
from app.domain.spans import SpanUnit, parse_span

DUE_SOON_FRACTION = 0.75
ORDER_CLOCKS = ("accept", "contact", "resolve")


class Lamp(StrEnum):
    """How a running clock stands (蓝黄红灯)."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class Alarm(StrEnum):
    """What a clock calls out, in order: yellow (催办), red, the day after (逾期提醒), to the supervisor (逾期督办)."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    LATE = "late"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Limit:
    """When a clock turns yellow (`soon`) and red (`due`), and when its unit and the supervisor hear that it is late.

    None: no such clock, or no such warning.
    """

    soon: datetime | None
    due: datetime | None
    late: datetime | None = None
    escalate: datetime | None = None

    def alarms(self) -> tuple[tuple[Alarm, datetime | None], ...]:
        """Its alarms with their instants."""
        return (
            (Alarm.DUE_SOON, self.soon),
            (Alarm.OVERDUE, self.due),
            (Alarm.LATE, self.late),
            (Alarm.ESCALATED, self.escalate),
        )


def choose_policy(
    policies: Iterable[SlaPolicy], kind: RequestKind, urgency: Urgency, category_code: str | None
) -> SlaPolicy:
    """The most specific policy that matches; raises LookupError when none does.

    A row that names the urgency beats one that names the category, which beats one that names the kind: a
    danger to life must never fall back to the days that its category usually takes.
    """
    matching = [
        policy
        for policy in policies
        if policy.kind in (None, kind)
        and policy.urgency in (None, urgency)
        and (category_code or "").startswith(policy.category_prefix)
    ]
    if not matching:
        raise LookupError("no SLA policy matches; a policy without kind, urgency and category is missing")
    return max(
        matching,
        key=lambda p: (p.urgency is not None, len(p.category_prefix), p.kind is not None, -p.id),
    )


@lru_cache(maxsize=256)
def limit(calendar: WorkingCalendar, span_text: str, start: datetime) -> Limit:
    """The limit of a clock with this span, started at `start`; what is filed together has its limits reckoned once.

    A calendar without working days must not keep a citizen from filing: then the plain week counts.
    """
    try:
        return _limit(calendar, span_text, start)
    except NoWorkingTimeError:
        return _limit(calendar.plain_week(), span_text, start)


def _limit(calendar: WorkingCalendar, span_text: str, start: datetime) -> Limit:
    due = calendar.add(start, parse_span(span_text))
    wall_clock = is_wall_clock(span_text)
    return Limit(calendar.fraction_point(start, due, DUE_SOON_FRACTION, wall_clock=wall_clock), due)


def is_wall_clock(span_text: str) -> bool:
    """Whether the span runs on the wall clock (`30m`, `24h`) rather than in working time."""
    return parse_span(span_text).unit in (SpanUnit.HOURS, SpanUnit.MINUTES)


def order_limits(calendar: WorkingCalendar, policy: SlaPolicy, start: datetime) -> dict[str, Limit]:
    """Limits of the three clocks of an order opened at `start`."""
    return {name: limit(calendar, getattr(policy, name), start) for name in ORDER_CLOCKS}


def warnings(
    calendar: WorkingCalendar, policy: SlaPolicy, due: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """When the unit is told that it is late (the day after), and when a supervisor is (domain guide §3)."""
    if due is None:
        return None, None
    return limit(calendar, policy.notice_after, due).due, limit(calendar, policy.escalate_after, due).due


def lamp(now: datetime, soon: datetime | None, due: datetime | None) -> Lamp | None:
    """Colour of a running clock, None when no clock runs."""
    if due is None:
        return None
    if now >= due:
        return Lamp.RED
    return Lamp.YELLOW if soon is not None and now >= soon else Lamp.BLUE


def alarms_between(
    limits: dict[str, Limit], raised_until: datetime, now: datetime
) -> list[tuple[datetime, str, Alarm]]:
    """Alarms of running clocks that fall in (raised_until, now], oldest first: (instant, clock, alarm)."""
    instants = [
        (instant, name, alarm)
        for name, clock_limit in limits.items()
        for alarm, instant in clock_limit.alarms()
        if instant is not None and raised_until < instant <= now
    ]
    return sorted(instants)
