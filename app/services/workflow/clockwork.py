"""Moves the limits of an order's clocks when they stood still or were given more time."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.clocks import DUE_SOON_FRACTION, ORDER_CLOCKS, is_wall_clock, warnings
from app.services.workflow.alarms import order_clock_runs
from app.services.workflow.rows import Values
from app.services.workflow.step import Step


def pause(step: Step) -> None:
    """Stop the clocks of the lead and of all who help it."""
    for order in _together(step):
        step.change_order(order, held_at=step.at)


def go_on(step: Step) -> datetime:
    """Start them again, each with the time it had left; returns since when the lead stood still."""
    since: datetime = (step.lead or {})["held_at"]
    for order in _together(step):
        running = [name for name in ORDER_CLOCKS if order_clock_runs(name, order)]
        stood = order["held_at"]
        step.change_order(order, held_at=None, **shifted(step, order, running, stood))
    return since


def _together(step: Step) -> list[Values]:
    return [order for order in (step.lead, *step.rows.helpers) if order is not None]


def shifted(step: Step, order: Values, clocks: Iterable[str], since: datetime) -> Values:
    """The limits of these clocks, moved on as if they had stood still from `since` until now."""
    moved = {
        f"{name}_{edge}_at": step.reference.calendar.shift(
            order[f"{name}_{edge}_at"], since, step.at, wall_clock=name in order["wall_clocks"]
        )
        for name in clocks
        for edge in ("soon", "due")
    }
    due = moved.get("resolve_due_at")
    late = _lateness(step, order, since) if due == order["resolve_due_at"] else _warnings(step, order, due)
    return {**moved, **late}


def extended(step: Step, order: Values, until: datetime) -> Values:
    """A new resolve limit; yellow when three quarters of what is left from now on are used."""
    soon = step.reference.calendar.fraction_point(
        step.at, until, DUE_SOON_FRACTION, wall_clock="resolve" in order["wall_clocks"]
    )
    return {"resolve_soon_at": min(soon, until), "resolve_due_at": until, **_warnings(step, order, until)}


def _lateness(step: Step, order: Values, since: datetime) -> Values:
    """The limit had passed before the clocks stood still: what stood still was how late the lead is."""
    if order["resolve_notice_at"] is None:
        return {}
    spans = {"resolve_notice_at": step.policy.notice_after, "resolve_escalate_at": step.policy.escalate_after}
    return {
        name: step.reference.calendar.shift(order[name], since, step.at, wall_clock=is_wall_clock(span))
        for name, span in spans.items()
    }


def _warnings(step: Step, order: Values, due: datetime | None) -> Values:
    """When the lateness of a lead is called out; helpers have no such alarms."""
    if due is None or order["resolve_notice_at"] is None:
        return {}
    late, escalate = warnings(step.reference.calendar, step.policy, due)
    return {"resolve_notice_at": late, "resolve_escalate_at": escalate}
