"""What happens by itself after an event: read this table to know.

A reaction may ask for one further step, taken by the system in the same transaction through the same table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.events import EventKind
from app.schemas import steps
from app.services.workflow.step import Step


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A step on the request that the system takes at once."""

    action: str
    form: Any


def redo_if_unsatisfied(step: Step) -> FollowUp | None:
    """Unresolved or dissatisfied: once more by the same unit, at most as often as the city says (重办)."""
    request = step.request
    unsatisfied = request["resolved_answer"] == "no" or (request["satisfaction"] or 5) < 3
    rounds_left = request["round"] <= step.settings.redo_rounds
    unit = step.reference.units.get(step.order["unit_code"]) if step.order else None
    if not (unsatisfied and rounds_left and unit and unit.active):
        return None
    return FollowUp("redo", steps.Reopen(reason="群众反映未解决或不满意，重新办理", unit_code=unit.code))


REACTIONS: dict[EventKind, Callable[[Step], FollowUp | None]] = {
    EventKind.REQUEST_RATED: redo_if_unsatisfied,
}
