"""One step being taken: the rows as they were locked, what changes in them, and the events that tell it.

Nothing here touches the database; `write.py` writes a finished step in one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.actors import Actor
from app.domain.catalogue import RequestKind, SlaPolicy, Urgency
from app.domain.clocks import choose_policy, is_wall_clock, order_limits
from app.domain.events import EventKind
from app.domain.workflow import OrderState, Position, RequestState
from app.services.reference import Reference
from app.settings import Settings

Values = dict[str, Any]


@dataclass
class Step:
    """The aggregate under lock and all that is to be written. `request` and `order` show the new values at once."""

    actor: Actor
    at: datetime
    reference: Reference
    settings: Settings
    request: Values
    order: Values | None
    request_changes: Values = field(default_factory=dict)
    order_changes: Values = field(default_factory=dict)
    changed_order_no: str | None = None
    new_order: Values | None = None
    events: list[Values] = field(default_factory=list)

    @property
    def position(self) -> Position:
        """Where request and lead order stand now."""
        return position_of(self.request, self.lead)

    @property
    def lead(self) -> Values | None:
        """The order that leads once the step is done."""
        return self.new_order or self.order

    @property
    def policy(self) -> SlaPolicy:
        """The time limits that hold for the request."""
        return policy_for(self.reference, self.request)

    def change_request(self, **changes: Any) -> None:
        """Set columns of the request."""
        self.request.update(changes)
        self.request_changes.update(changes)

    def change_order(self, **changes: Any) -> None:
        """Set columns of the order that the step is about."""
        if self.order is None:
            raise RuntimeError("the step has no order")
        if not self.order_changes:
            changes |= {"version": self.order["version"] + 1, "updated_at": self.at}
        self.order.update(changes)
        self.order_changes.update(changes)
        self.changed_order_no = self.order["work_order_no"]

    def open_lead(self, unit_code: str, reason: str) -> None:
        """Open a new lead order for a unit; its clocks start now."""
        number = self.request["orders_opened"] + 1
        order_no = f"{self.request['ticket_no']}-{number}"
        self.new_order = lead_order(self.reference, self.policy, self.request, order_no, unit_code, reason, self.at)
        self.change_request(orders_opened=number, lead_order_no=order_no)

    def record(
        self,
        kind: EventKind,
        payload: Mapping[str, Any],
        *,
        from_state: str | None = None,
        to_state: str | None = None,
        order: Values | None = None,
        actor: Actor | None = None,
        at: datetime | None = None,
    ) -> None:
        """Append an event; its sequence number becomes the request's version."""
        by = actor or self.actor
        self.change_request(version=self.request["version"] + 1, updated_at=self.at)
        self.events.append(
            {
                "at": at or self.at,
                "kind": kind.value,
                "seq": self.request["version"],
                "work_order_no": order["work_order_no"] if order else None,
                "unit_code": order["unit_code"] if order else None,
                "actor_kind": by.kind.value,
                "actor": by.name,
                "from_state": from_state,
                "to_state": to_state,
                "request_state": self.request["state"],
                "payload": dict(payload),
            }
        )


def is_secret(request: Mapping[str, Any]) -> bool:
    """Whether the request is confidential or a whistle-blower's (domain guide §6)."""
    return bool(request["confidential"] or request["kind"] == RequestKind.REPORT)


def position_of(request: Mapping[str, Any], order: Mapping[str, Any] | None) -> Position:
    """Where these rows stand in the workflow table."""
    return Position(
        RequestState(request["state"]),
        OrderState(order["state"]) if order else None,
        callback_spent=request["callback_outcome"] in ("unreachable", "refused"),
        secret=is_secret(request) or bool(request.get("anonymous")),
    )


def policy_for(reference: Reference, request: Mapping[str, Any]) -> SlaPolicy:
    """The time limits for a request's kind, urgency and category."""
    return choose_policy(
        reference.policies,
        RequestKind(request["kind"]),
        Urgency(request["urgency"]),
        request["category_code"],
    )


def lead_order(
    reference: Reference,
    policy: SlaPolicy,
    request: Mapping[str, Any],
    order_no: str,
    unit_code: str,
    reason: str,
    at: datetime,
) -> Values:
    """A new lead order's columns (without `request_id`), its three clocks started at `at`."""
    limits = order_limits(reference.calendar, policy, at)
    clocks = {f"{name}_{edge}_at": getattr(limit, edge) for name, limit in limits.items() for edge in ("soon", "due")}
    return {
        "work_order_no": order_no,
        "role": "lead",
        "state": OrderState.PENDING.value,
        "version": 1,
        "round": request["round"],
        "unit_code": unit_code,
        "reason": reason,
        "wall_clocks": [name for name in limits if is_wall_clock(getattr(policy, name))],
        **clocks,
        "accepted_at": None,
        "contacted_at": None,
        "submitted_at": None,
        "held_at": None,
        "alarmed_until": at,
        "result": None,
        "outcome": None,
        "completed_at": None,
        "created_at": at,
        "updated_at": at,
    }
