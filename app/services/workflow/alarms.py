"""Raises the alarms of running clocks: `due_soon` and `overdue`, each exactly once.

`alarmed_until` remembers up to which instant alarms have been raised; every step raises what is due before it
acts, so an alarm cannot slip away between two sweeps.
"""

from datetime import datetime
from typing import Any

from app.domain.actors import SYSTEM
from app.domain.clocks import ORDER_CLOCKS, Limit, alarms_between
from app.domain.events import EventKind
from app.domain.workflow import OrderState, RequestState
from app.services.workflow.step import Step, Values


def running_limits(request: Values, order: Values | None) -> dict[str, Limit]:
    """Limits of all clocks that run for these rows; the same conditions as the generated columns."""
    limits: dict[str, Limit] = {}
    if request["state"] == RequestState.RECEIVED and request["dispatch_due_at"]:
        limits["dispatch"] = Limit(request["dispatch_soon_at"], request["dispatch_due_at"])
    if order is not None and order["held_at"] is None:
        for name in ORDER_CLOCKS:
            if order_clock_runs(name, order):
                limits[name] = Limit(order[f"{name}_soon_at"], order[f"{name}_due_at"])
    return limits


def order_clock_runs(name: str, order: Values) -> bool:
    """Whether the named clock still waits for its work (a hold apart)."""
    if name == "accept":
        return bool(order["state"] == OrderState.PENDING)
    undone = order["state"] in (OrderState.PENDING, OrderState.ACCEPTED)
    return undone and (name != "contact" or order["contacted_at"] is None)


def raise_due_alarms(step: Step) -> int:
    """Record all alarms up to the step's instant; returns how many."""
    limits = running_limits(step.request, step.order)
    dispatch = {name: limit for name, limit in limits.items() if name == "dispatch"}
    order_limits = {name: limit for name, limit in limits.items() if name != "dispatch"}
    raised = 0
    for instant, name, overdue in alarms_between(dispatch, step.request["alarmed_until"], step.at):
        kind = EventKind.REQUEST_OVERDUE if overdue else EventKind.REQUEST_DUE_SOON
        step.record(kind, _payload(name, instant, dispatch[name]), actor=SYSTEM)
        step.change_request(alarmed_until=step.at)
        raised += 1
    if step.order is None:
        return raised
    for instant, name, overdue in alarms_between(order_limits, step.order["alarmed_until"], step.at):
        kind = EventKind.ORDER_OVERDUE if overdue else EventKind.ORDER_DUE_SOON
        step.record(kind, _payload(name, instant, order_limits[name]), order=step.order, actor=SYSTEM)
        step.change_order(alarmed_until=step.at)
        raised += 1
    return raised


def _payload(clock: str, instant: datetime, limit: Limit) -> dict[str, Any]:
    return {"clock": clock, "since": instant.isoformat(), "due_at": limit.due.isoformat()}
