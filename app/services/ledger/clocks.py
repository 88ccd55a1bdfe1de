"""Recomputes the clocks of one order from what happened to it: begun, stood still, went on, given more time."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.calendar import WorkingCalendar
from app.domain.catalogue import SlaPolicy
from app.domain.clocks import (
    DUE_SOON_FRACTION,
    ORDER_CLOCKS,
    Limit,
    alarms_between,
    is_wall_clock,
    limit,
    order_limits,
    warnings,
)
from app.services.ledger.life import OrderLife

Expected = list[tuple[datetime, str, str]]
"""Alarms as (instant, clock, alarm)."""


def runs(name: str, order: OrderLife) -> bool:
    """Whether the clock still waits for its work (standing still apart)."""
    if name == "accept":
        return order.state == "pending"
    undone = order.state in ("pending", "accepted")
    return undone and (name != "contact" or order.contacted_at is None)


@dataclass
class OrderClocks:
    """What the limits of an order must be; `mark` is up to when its alarms have been raised."""

    limits: dict[str, Limit]
    wall: frozenset[str]
    span: str | None
    mark: datetime
    left: dict[str, int] = field(default_factory=dict)

    def due_alarms(self, order: OrderLife, at: datetime) -> Expected:
        """The alarms that must be raised by `at`."""
        if order.held_at is not None:
            return []
        running = {name: limit for name, limit in self.limits.items() if runs(name, order)}
        return [(instant, name, alarm.value) for instant, name, alarm in alarms_between(running, self.mark, at)]

    def stood_still(
        self, calendar: WorkingCalendar, policy: SlaPolicy, names: list[str], since: datetime, until: datetime
    ) -> None:
        """Move the limits of these clocks; lateness is called out as much later as the limit, or the pause, says."""
        for name in names:
            old = self.limits[name]
            if old.due is None or old.soon is None:
                continue
            wall = name in self.wall
            soon = calendar.shift(old.soon, since, until, wall_clock=wall)
            due = calendar.shift(old.due, since, until, wall_clock=wall)
            late, escalate = old.late, old.escalate
            if late and escalate and due > old.due:
                late, escalate = warnings(calendar, policy, due)
            elif late and escalate:
                late = calendar.shift(late, since, until, wall_clock=is_wall_clock(policy.notice_after))
                escalate = calendar.shift(escalate, since, until, wall_clock=is_wall_clock(policy.escalate_after))
            self.limits[name] = Limit(soon, due, late, escalate)

    def extend(self, calendar: WorkingCalendar, policy: SlaPolicy, at: datetime, until: datetime) -> None:
        """A new resolve limit."""
        soon = calendar.fraction_point(at, until, DUE_SOON_FRACTION, wall_clock="resolve" in self.wall)
        self.limits["resolve"] = Limit(min(soon, until), until, *warnings(calendar, policy, until))


def of_lead(calendar: WorkingCalendar, policy: SlaPolicy, at: datetime, used: dict[str, int]) -> OrderClocks:
    """The clocks of a lead opened at `at`, in a round that has `used` so many applications."""
    limits = order_limits(calendar, policy, at)
    resolve = limits["resolve"]
    limits["resolve"] = Limit(resolve.soon, resolve.due, *warnings(calendar, policy, resolve.due))
    most = {"return": policy.max_returns, "extend": policy.max_extensions, "hold": policy.max_holds}
    left = {kind: max(0, most[kind] - used[kind]) for kind in most}
    wall = frozenset(name for name in ORDER_CLOCKS if is_wall_clock(getattr(policy, name)))
    return OrderClocks(limits, wall, policy.resolve, at, left)


def of_helper(
    calendar: WorkingCalendar, policy: SlaPolicy, at: datetime, role: str, lead: OrderLife, clocks: OrderClocks
) -> OrderClocks:
    """The clocks of an order that helps `lead`: no later than the lead's own limit while that lies ahead."""
    limits = order_limits(calendar, policy, at)
    last = clocks.limits["resolve"].due
    for name, own in limits.items():
        if last and own.due and at < last < own.due:
            soon = calendar.fraction_point(at, last, DUE_SOON_FRACTION, wall_clock="resolve" in clocks.wall)
            limits[name] = Limit(min(soon, last), last)
    if role != "child" or lead.contacted_at:
        limits["contact"] = Limit(None, None)
    return OrderClocks(limits, clocks.wall, None, at, {"return": 0, "extend": 0, "hold": 0})


def of_centre(calendar: WorkingCalendar, policy: SlaPolicy, at: datetime) -> Limit:
    """The centre's own clock, begun at `at`."""
    return limit(calendar, policy.dispatch, at)
