"""The rows of a request's aggregate, and what the rules read off them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.database import Row
from app.domain.actors import Actor, ActorKind
from app.domain.catalogue import RequestKind, SlaPolicy, Urgency
from app.domain.clocks import choose_policy
from app.domain.states import OrderRole, OrderState, RequestState
from app.domain.walking import Position, Standing
from app.services.reference import Reference

Values = dict[str, Any]
DISSATISFIED = 3
"""Scores below this are dissatisfied (domain guide §7)."""


@dataclass
class Aggregate:
    """A request and those of its orders that a step needs.

    `helpers` are the open orders that help the lead; `record` is the application or slip the step is on. `seen`: which
    version of the request's row was read, as PostgreSQL counts (`xmin`); 0 in an aggregate that is being made.
    """

    request: Values
    order: Values | None = None
    lead: Values | None = None
    helpers: list[Values] = field(default_factory=list)
    record: Values | None = None
    seen: int = 0

    @property
    def orders(self) -> list[Values]:
        """Each loaded order once."""
        loaded = [self.order, self.lead, *self.helpers]
        return list({order["work_order_no"]: order for order in loaded if order}.values())


def is_secret(request: Mapping[str, Any] | Row) -> bool:
    """Whether the request is confidential or a whistle-blower's (domain guide §6)."""
    return bool(request["confidential"] or request["kind"] == RequestKind.REPORT)


def is_discontent(request: Mapping[str, Any]) -> bool:
    """Whether the citizen says that it is unresolved, or is dissatisfied, and the rating counts."""
    if request.get("rating_excluded"):
        return False
    return request.get("resolved_answer") == "no" or (request.get("satisfaction") or DISSATISFIED) < DISSATISFIED


def position_of(
    request: Mapping[str, Any], order: Mapping[str, Any] | None, record: Mapping[str, Any] | None = None
) -> Position:
    """Where these rows stand in the workflow table."""
    about = order or {}
    free = not about.get("forced", False)
    return Position(
        RequestState(request["state"]),
        OrderState(about["state"]) if order else None,
        OrderRole(about.get("role", OrderRole.LEAD)),
        record["state"] if record else None,
        callback_spent=request["callback_outcome"] in ("unreachable", "refused"),
        secret=is_secret(request) or bool(request.get("anonymous")),
        applied=about.get("open_application") is not None,
        may_return=free and about.get("returns_left", 0) > 0,
        may_extend=about.get("extensions_left", 0) > 0,
        may_hold=about.get("holds_left", 0) > 0,
        followed=request.get("followers", 0) > 0,
        at_desk=request.get("desk") is not None,
        content=not is_discontent(request),
        rating_counts=request.get("satisfaction") is not None and request.get("rating_excluded") is None,
    )


def standing(actor: Actor, order: Mapping[str, Any] | None) -> Standing:
    """What the actor may do, and whether the order (or slip) is its unit's own or was asked for by it."""
    system, unit, about = actor.kind is ActorKind.SYSTEM, actor.unit_code, order or {}
    owns = unit is not None and about.get("unit_code") == unit
    asked = unit is not None and about.get("asked_by_unit") == unit
    return Standing(actor.permissions, owns or system, asked or system)


def policy_for(reference: Reference, request: Mapping[str, Any]) -> SlaPolicy:
    """The time limits for a request's kind, urgency and category."""
    return choose_policy(
        reference.policies,
        RequestKind(request["kind"]),
        Urgency(request["urgency"]),
        request["category_code"],
    )
