"""A request gets its result: what the citizen reads, and by when he is rung."""

from app.domain.clocks import limit
from app.services.workflow.step import Step


def resolve(step: Step, result: str | None, outcome: str | None, unit_code: str | None) -> None:
    """Set the result; `unit_code` is who would do it again."""
    due = limit(step.reference.calendar, step.policy.callback, step.at).due
    if step.request["followers"]:
        step.change_request(followers=0)  # they have the result, and follow no more
    step.change_request(
        result=result,
        outcome=str(outcome) if outcome else None,
        resolved_at=step.at,
        resolved_unit_code=unit_code,
        callback_due_at=due,
        callback_claimed_by=None,
        callback_claimed_until=None,
    )
