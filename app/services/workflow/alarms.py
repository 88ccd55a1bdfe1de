"""Raises the alarms of running clocks, each exactly once: `due_soon` (催办), `overdue`, and of an order's resolve
clock `late` the day after and `escalated` to the supervisor.

`alarmed_until` remembers up to which instant alarms have been raised; every step raises what is due before it
acts, so an alarm cannot slip away between two sweeps.
"""

from datetime import datetime
from typing import Any

from app.domain.actors import SYSTEM
from app.domain.clocks import ORDER_CLOCKS, Alarm, Limit, alarms_between
from app.domain.events import EventKind
from app.domain.states import OrderState, RequestState
from app.services.workflow.rows import Values
from app.services.workflow.step import Step

_OF_REQUEST = {Alarm.DUE_SOON: EventKind.REQUEST_DUE_SOON, Alarm.OVERDUE: EventKind.REQUEST_OVERDUE}
_OF_ORDER = {
    Alarm.DUE_SOON: EventKind.ORDER_DUE_SOON,
    Alarm.OVERDUE: EventKind.ORDER_OVERDUE,
    Alarm.LATE: EventKind.ORDER_LATE,
    Alarm.ESCALATED: EventKind.ORDER_ESCALATED,
}


def running_limits(request: Values, order: Values | None) -> dict[str, Limit]:
    """Limits of all clocks that run for these rows; the same conditions as the generated columns."""
    limits = order_limits_now(order) if order else {}
    if request["state"] == RequestState.RECEIVED and request["dispatch_due_at"]:
        limits["dispatch"] = Limit(request["dispatch_soon_at"], request["dispatch_due_at"])
    return limits


def order_limits_now(order: Values) -> dict[str, Limit]:
    """Limits of the clocks that run on this order."""
    if order["held_at"] is not None:
        return {}
    return {
        name: Limit(
            order[f"{name}_soon_at"],
            order[f"{name}_due_at"],
            order["resolve_notice_at"] if name == "resolve" else None,
            order["resolve_escalate_at"] if name == "resolve" else None,
        )
        for name in ORDER_CLOCKS
        if order_clock_runs(name, order)
    }


def order_clock_runs(name: str, order: Values) -> bool:
    """Whether the named clock still waits for its work (a hold apart)."""
    if order[f"{name}_due_at"] is None:
        return False
    if name == "accept":
        return bool(order["state"] == OrderState.PENDING)
    undone = order["state"] in (OrderState.PENDING, OrderState.ACCEPTED)
    return undone and (name != "contact" or order["contacted_at"] is None)


def raise_due_alarms(step: Step) -> int:
    """Tell all alarms of the loaded rows up to the step's instant; returns how many."""
    request = step.request
    dispatch = {name: limit for name, limit in running_limits(request, None).items() if name == "dispatch"}
    raised = alarms_between(dispatch, request["alarmed_until"], step.at)
    for instant, name, alarm in raised:
        step.tell(_OF_REQUEST[alarm], _payload(name, instant, dispatch[name]), actor=SYSTEM)
        step.change_request(alarmed_until=step.at)
    return len(raised) + sum(_raise_for(step, order) for order in step.rows.orders)


def _raise_for(step: Step, order: Values) -> int:
    limits = order_limits_now(order)
    raised = alarms_between(limits, order["alarmed_until"], step.at)
    for instant, name, alarm in raised:
        step.tell(_OF_ORDER[alarm], _payload(name, instant, limits[name]), order=order, actor=SYSTEM)
        step.change_order(order, alarmed_until=step.at)
        if alarm is Alarm.ESCALATED:
            step.change_order(order, escalated_at=step.at)
    return len(raised)


def _payload(clock: str, instant: datetime, limit: Limit) -> dict[str, Any]:
    return {"clock": clock, "since": instant.isoformat(), "due_at": limit.due.isoformat() if limit.due else None}
