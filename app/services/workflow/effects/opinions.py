"""What the citizen says to the result: rung by an agent, or online; and which ratings count."""

from typing import Any

from app.domain.errors import ConflictError
from app.domain.half_days import half_day_start
from app.schemas import centre_steps, steps
from app.services.workflow.rows import is_discontent
from app.services.workflow.step import Step
from app.services.workflow.units import open_unit

Payload = dict[str, Any]


def callbacks(step: Step, form: steps.Callback) -> Payload:
    """Write down a call; so many without answer, each on another half-day, make the citizen unreachable."""
    _refuse_claimed_by_another(step)
    before = step.request["called_at"]
    zone = step.settings.zone
    counts = before is None or half_day_start(before, zone) != half_day_start(step.at, zone)
    attempts = step.request["callback_attempts"] + counts
    step.change_request(
        callback_attempts=attempts, called_at=step.at, callback_claimed_by=None, callback_claimed_until=None
    )
    if form.outcome is steps.CallOutcome.REACHED and form.resolved and form.satisfaction:
        return _rate(step, form.resolved, form.satisfaction, form.contacted_in_time, form.comment, form.redo_unit_code)
    if form.outcome is steps.CallOutcome.REFUSED:
        step.change_request(callback_outcome="refused")
    elif attempts >= step.policy.call_attempts:
        step.change_request(callback_outcome="unreachable")
    return {"outcome": form.outcome.value, "attempt": attempts, "counted": counts}


def _refuse_claimed_by_another(step: Step) -> None:
    request = step.request
    until, by = request["callback_claimed_until"], request["callback_claimed_by"]
    if until is not None and until > step.at and by != step.actor.name:
        raise ConflictError(
            "该诉求正由其他回访员回访。", "Another agent is ringing this citizen.", code="claimed-by-another"
        )


def rating(step: Step, form: steps.Rating) -> Payload:
    """The citizen rates online; no call is made then."""
    return _rate(step, form.resolved, form.satisfaction, form.contacted_in_time, form.comment, None)


def _rate(
    step: Step,
    resolved: steps.Resolved,
    satisfaction: int,
    in_time: bool | None,
    comment: str | None,
    redo_unit_code: str | None,
) -> Payload:
    redo_unit = open_unit(step, redo_unit_code, "/redo_unit_code") if redo_unit_code else None
    step.change_request(
        callback_outcome="reached",
        resolved_answer=resolved.value,
        satisfaction=satisfaction,
        contacted_in_time=in_time,
        rating_comment=comment,
        rated_at=step.at,
    )
    if redo_unit and is_discontent(step.request):  # with a content citizen nothing is done again
        step.change_request(resolved_unit_code=redo_unit.code)
    return {
        "resolved": resolved.value,
        "satisfaction": satisfaction,
        "contacted_in_time": in_time,
        "comment": comment,
        "round": step.request["round"],
    }


def exclude(step: Step, form: centre_steps.Exclude) -> Payload:
    """Leave the rating out of the adjusted figures; it stays in the raw ones and in the history."""
    step.change_request(rating_excluded=form.reason.value)
    return {"exclusion": form.reason.value, "reason": form.text}
