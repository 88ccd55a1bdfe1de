"""What happens by itself after an event: read this table to know.

A reaction may ask for one further step, taken by the system in the same transaction through the same table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.events import EventKind
from app.schemas import steps
from app.services.workflow.rows import is_discontent
from app.services.workflow.step import Step


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A step on the request that the system takes at once."""

    action: str
    form: Any


def redo_if_unsatisfied(step: Step) -> FollowUp | None:
    """Unresolved or dissatisfied: once more by the same unit, at most as often as the policy says (重办)."""
    request = step.request
    rounds_left = request["round"] <= step.policy.redo_rounds
    unit = step.reference.units.get(request["resolved_unit_code"] or "")
    if not (is_discontent(request) and rounds_left and unit and unit.active):
        return None
    if step.reference.shut_out(unit.code, request["accused_units"]):
        return None
    return FollowUp("redo", steps.Reopen(reason="群众反映未解决或不满意，重新办理", unit_code=unit.code))


REACTIONS: dict[EventKind, Callable[[Step], FollowUp | None]] = {
    EventKind.REQUEST_RATED: redo_if_unsatisfied,
}
