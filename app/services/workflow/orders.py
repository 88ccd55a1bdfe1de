"""New work orders: a lead with clocks of its own, and helpers whose time ends with the lead's."""

from datetime import datetime
from typing import Any

from app.domain.calendar import WorkingCalendar
from app.domain.catalogue import SlaPolicy
from app.domain.clocks import DUE_SOON_FRACTION, Limit, is_wall_clock, order_limits, warnings
from app.domain.states import OrderRole, OrderState
from app.services.reference import Reference
from app.services.workflow.rows import Values

NO_LIMIT = Limit(None, None)


def lead_order(
    reference: Reference,
    policy: SlaPolicy,
    request: Values,
    order_no: str,
    unit_code: str,
    reason: str,
    at: datetime,
) -> Values:
    """A new lead order's columns (without `request_id`), its three clocks started at `at`.

    What it may still apply for is what the policy gives a round, less what the round has used.
    """
    limits = order_limits(reference.calendar, policy, at)
    due = limits["resolve"].due
    late, escalate = warnings(reference.calendar, policy, due)
    return {
        **_order(request, order_no, OrderRole.LEAD, unit_code, reason, limits, at),
        "wall_clocks": [name for name in limits if is_wall_clock(getattr(policy, name))],
        "resolve_span": policy.resolve,
        "resolve_notice_at": late,
        "resolve_escalate_at": escalate,
        "returns_left": max(0, policy.max_returns - request["returns_in_round"]),
        "extensions_left": max(0, policy.max_extensions - request["extensions_in_round"]),
        "holds_left": max(0, policy.max_holds - request["holds_in_round"]),
    }


def helper_order(
    reference: Reference,
    policy: SlaPolicy,
    request: Values,
    order_no: str,
    role: OrderRole,
    unit_code: str,
    parent: Values,
    task: str,
    at: datetime,
) -> Values:
    """An order that helps the lead `parent`: to be done by the parent's own limit, with no duty to ring the citizen.

    A parent that is late already cannot give time it does not have: then the helper gets a span of its own. While
    the parent's clocks stand still, because it has asked for a hold, the helper's have not begun to run.
    """
    own = order_limits(reference.calendar, policy, at)
    limits = {name: _within(reference.calendar, limit, parent, at) for name, limit in own.items()}
    if role is not OrderRole.CHILD or parent["contacted_at"]:
        limits["contact"] = NO_LIMIT
    return {
        **_order(request, order_no, role, unit_code, "", limits, at),
        "wall_clocks": parent["wall_clocks"],
        "held_at": at if parent["held_at"] else None,
        "parent_no": parent["work_order_no"],
        "asked_by_unit": parent["unit_code"],
        "task": task,
    }


def _within(calendar: WorkingCalendar, own: Limit, parent: Values, at: datetime) -> Limit:
    last: datetime = parent["resolve_due_at"]
    if last <= at or own.due is None or own.due <= last:
        return own
    soon = calendar.fraction_point(at, last, DUE_SOON_FRACTION, wall_clock="resolve" in parent["wall_clocks"])
    return Limit(min(soon, last), last)


def _order(
    request: Values,
    order_no: str,
    role: OrderRole,
    unit_code: str,
    reason: str,
    limits: dict[str, Limit],
    at: datetime,
) -> Values:
    clocks: dict[str, Any] = {
        f"{name}_{edge}_at": getattr(limit, edge) for name, limit in limits.items() for edge in ("soon", "due")
    }
    return {
        "work_order_no": order_no,
        "role": role.value,
        "state": OrderState.PENDING.value,
        "version": 1,
        "round": request["round"],
        "unit_code": unit_code,
        "reason": reason,
        **clocks,
        "resolve_span": None,
        "resolve_notice_at": None,
        "resolve_escalate_at": None,
        "accepted_at": None,
        "contacted_at": None,
        "submitted_at": None,
        "held_at": None,
        "alarmed_until": at,
        "result": None,
        "outcome": None,
        "completed_at": None,
        "parent_no": None,
        "asked_by_unit": None,
        "task": None,
        "forced": False,
        "returns_left": 0,
        "extensions_left": 0,
        "holds_left": 0,
        "applications_opened": 0,
        "open_application": None,
        "open_helpers": 0,
        "attended": None,
        "escalated_at": None,
        "created_at": at,
        "updated_at": at,
    }
