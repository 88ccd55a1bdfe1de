"""What each action does beyond the two states: which columns it sets and what its event tells.

One small function an action; `door.py` has locked and checked before and writes afterwards. A key `public`
in a payload is text that the citizen may read.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.clocks import ORDER_CLOCKS, limit
from app.domain.errors import invalid
from app.domain.events import EventKind
from app.domain.workflow import OPEN_ORDER_STATES, OrderState
from app.schemas import steps
from app.services.workflow.alarms import order_clock_runs
from app.services.workflow.step import Step

Payload = dict[str, Any]
MAX_HOLD = timedelta(days=90)
CALL_ATTEMPTS = 3
NOON = time(12)
NOT_REACHED = {"no_answer", "not_reached", "unreachable", "未接通", "无人接听", "未联系上"}
"""Outcomes of a contact that are none: the contact clock runs on."""


def classify(step: Step, form: steps.Classify) -> Payload:
    """Correct kind, category, urgency or place; a running clock is never restarted by it."""
    changes = {k: str(v) for k, v in form.model_dump(exclude_none=True, exclude={"note"}).items()}
    category = step.reference.categories.get(changes.get("category_code", ""))
    if "category_code" in changes and (category is None or not category.active or not category.parent_code):
        raise invalid("/category_code", "unknown-category", "没有这个二级事项分类。", "No such second-level category.")
    if "area_code" in changes and changes["area_code"] not in step.reference.areas:
        raise invalid("/area_code", "unknown-area", "没有这个区划代码。", "No such area code.")
    before = {name: step.request[name] for name in changes}
    step.change_request(**changes)
    return {"before": before, "after": changes}


def dispatch(step: Step, form: steps.Dispatch) -> Payload:
    """Send to a unit; a lead order that was open is withdrawn."""
    return _send(step, form.unit_code, form.reason or "人工派单")


def _send(step: Step, unit_code: str, reason: str) -> Payload:
    unit = step.reference.units.get(unit_code)
    if unit is None or not unit.active:
        raise invalid("/unit_code", "unknown-unit", "没有这个承办单位，或已停用。", "No such unit, or it is closed.")
    step.open_lead(unit_code, reason)
    return {"unit_code": unit_code, "reason": reason, "round": step.request["round"]}


def answer(step: Step, form: steps.Answer) -> Payload:
    """Resolve at once with an answer."""
    _resolve(step, form.text, steps.Outcome.EXPLAINED)
    return {"public": form.text, "knowledge_id": form.knowledge_id}


def decline(step: Step, form: steps.Decline) -> Payload:
    """Do not accept, for a reason of the closed list."""
    step.change_request(result=form.text, closed_at=step.at)
    return {"public": form.text, "reason": form.reason.value}


def transfer(step: Step, form: steps.Transfer) -> Payload:
    """Pass on to an authority outside."""
    step.change_request(result=form.to, closed_at=step.at)
    return {"public": form.to, "reason": form.reason}


def hold(step: Step, form: steps.Hold) -> Payload:
    """Stop the clocks until a review date at most 90 days ahead."""
    today = step.at.astimezone(step.settings.zone).date()
    if not today < form.review_on <= today + MAX_HOLD:
        raise invalid(
            "/review_on", "out-of-range", "复查日期须在明天起90天内。", "The review date must lie 1 to 90 days ahead."
        )
    step.change_request(held_at=step.at, hold_review_on=form.review_on)
    step.change_order(held_at=step.at)
    return {"public": f"{form.reason}（复查日期：{form.review_on}）", "review_on": str(form.review_on)}


def resume(step: Step, _form: steps.Empty) -> Payload:
    """Start the clocks again with the working time that was left."""
    order = step.order or {}
    since = order["held_at"]
    running = [name for name in ORDER_CLOCKS if order_clock_runs(name, order)]
    step.change_order(held_at=None, **_shifted(step, running, since))
    step.change_request(held_at=None, hold_review_on=None)
    return {"held_since": since.isoformat()}


def _shifted(step: Step, clocks: Iterable[str], since: datetime) -> dict[str, datetime]:
    """The limits of these clocks, moved on as if they had stood still from `since` until now."""
    order = step.order or {}
    return {
        f"{name}_{edge}_at": step.reference.calendar.shift(
            order[f"{name}_{edge}_at"], since, step.at, wall_clock=name in order["wall_clocks"]
        )
        for name in clocks
        for edge in ("soon", "due")
    }


def accept(step: Step, _form: steps.Empty) -> Payload:
    """The unit signs for the order."""
    step.change_order(accepted_at=step.at)
    return {}


def contact(step: Step, form: steps.Contact) -> Payload:
    """The first contact stops its clock; later ones, and a call that nobody answered, are only written down."""
    reached = form.outcome.lower() not in NOT_REACHED
    if reached and step.order and step.order["contacted_at"] is None:
        step.change_order(contacted_at=step.at)
    return {"method": form.method, "outcome": form.outcome}


def progress(_step: Step, form: steps.Progress) -> Payload:
    """Tell how far it is."""
    return {"public": form.text}


def submit(step: Step, form: steps.Submit) -> Payload:
    """Report the result; the resolve clock stands still until the review has decided."""
    step.change_order(submitted_at=step.at, result=form.result, outcome=form.outcome.value)
    return {"result": form.result, "outcome": form.outcome.value}


def withdraw(step: Step, _form: steps.Empty) -> Payload:
    """Take a mistaken order back; the centre's dispatch clock runs anew."""
    dispatch_limit = limit(step.reference.calendar, step.policy.dispatch, step.at)
    step.change_request(
        lead_order_no=None,
        dispatch_soon_at=dispatch_limit.soon,
        dispatch_due_at=dispatch_limit.due,
        alarmed_until=step.at,
    )
    step.change_order(completed_at=step.at)
    return {}


def review(step: Step, form: steps.Review) -> Payload:
    """Approve: the request is resolved with the unit's result. Send back: the unit goes on with the time it had left."""
    order = step.order or {}
    if form.decision is steps.Decision.SEND_BACK:
        step.change_order(submitted_at=None, **_shifted(step, ("resolve",), order["submitted_at"]))
        return {"reason": form.reason}
    step.change_order(completed_at=step.at)
    _resolve(step, order["result"], order["outcome"])
    return {"public": order["result"], "outcome": order["outcome"]}


def _resolve(step: Step, result: str, outcome: str) -> None:
    due = limit(step.reference.calendar, step.policy.callback, step.at).due
    step.change_request(result=result, outcome=str(outcome), resolved_at=step.at, callback_due_at=due)


def callbacks(step: Step, form: steps.Callback) -> Payload:
    """Write down a call; three without answer, each on another half-day, make the citizen unreachable."""
    before = step.request["called_at"]
    counts = before is None or _half_day(step, before) != _half_day(step, step.at)
    attempts = step.request["callback_attempts"] + counts
    step.change_request(callback_attempts=attempts, called_at=step.at)
    if form.outcome is steps.CallOutcome.REACHED and form.resolved and form.satisfaction:
        return _rate(step, form.resolved, form.satisfaction, form.contacted_in_time, form.comment)
    if form.outcome is steps.CallOutcome.REFUSED:
        step.change_request(callback_outcome="refused")
    elif attempts >= CALL_ATTEMPTS:
        step.change_request(callback_outcome="unreachable")
    return {"outcome": form.outcome.value, "attempt": attempts, "counted": counts}


def _half_day(step: Step, instant: datetime) -> tuple[date, bool]:
    """Day and morning or afternoon in the city."""
    local = instant.astimezone(step.settings.zone)
    return local.date(), local.time() < NOON


def rating(step: Step, form: steps.Rating) -> Payload:
    """The citizen rates online; no call is made then."""
    return _rate(step, form.resolved, form.satisfaction, form.contacted_in_time, form.comment)


def _rate(
    step: Step, resolved: steps.Resolved, satisfaction: int, in_time: bool | None, comment: str | None
) -> Payload:
    step.change_request(
        callback_outcome="reached",
        resolved_answer=resolved.value,
        satisfaction=satisfaction,
        contacted_in_time=in_time,
        rating_comment=comment,
        rated_at=step.at,
    )
    return {
        "resolved": resolved.value,
        "satisfaction": satisfaction,
        "contacted_in_time": in_time,
        "comment": comment,
    }


def reopen(step: Step, form: steps.Reopen) -> Payload:
    """A new round by the same unit or another; the finished round stays in the history."""
    unit_code = form.unit_code or (step.order or {}).get("unit_code")
    if unit_code is None:
        raise invalid("/unit_code", "required", "请指定承办单位。", "Name the unit that should act.")
    step.change_request(
        round=step.request["round"] + 1,
        callback_attempts=0,
        called_at=None,
        callback_due_at=None,
        callback_outcome=None,
        resolved_answer=None,
        satisfaction=None,
        contacted_in_time=None,
        rating_comment=None,
        rated_at=None,
        resolved_at=None,
        closed_at=None,
        result=None,
        outcome=None,
    )
    return _send(step, unit_code, form.reason)


def close(step: Step, _form: steps.Empty) -> Payload:
    """File it away."""
    step.change_request(closed_at=step.at)
    return {}


def supplements(_step: Step, form: steps.Supplement) -> Payload:
    """Add facts; they reach the handler through the feed."""
    return {"public": form.text}


def reminders(_step: Step, form: steps.Remind) -> Payload:
    """Chase; a record beside the order, not a state."""
    return {"public": form.text} if form.text else {}


def reveal(_step: Step, form: steps.Reveal) -> Payload:
    """Only the record: what is revealed is never written into the history."""
    return {"reason": form.reason}


def leave_order(step: Step, to: OrderState | None) -> None:
    """Write down for the unit that an open order was taken from it."""
    order = step.order
    if order is None or to is not OrderState.WITHDRAWN or OrderState(order["state"]) not in OPEN_ORDER_STATES:
        return
    was = order["state"]
    step.change_order(state=to.value, completed_at=step.at)
    step.record(EventKind.ORDER_WITHDRAWN, {}, from_state=was, to_state=to.value, order=order)


EFFECTS: Mapping[str, Callable[[Step, Any], Payload]] = {
    function.__name__: function
    for function in (
        classify, dispatch, answer, decline, transfer, hold, resume, accept, contact, progress, submit, withdraw,
        review, callbacks, rating, reopen, close, supplements, reminders, reveal,
    )
} | {"redo": reopen}  # fmt: skip
"""Action → effect. A test holds it against the workflow table."""
