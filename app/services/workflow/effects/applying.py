"""What a unit may apply for: to return its order, to have more time, to put it on hold; and the decisions.

How often and how long is the policy's matter. While an application is open the clocks run on; only one to hold
stops them, until it is decided.
"""

from datetime import date, datetime, timedelta
from typing import Any

from app.domain.errors import ConflictError, invalid
from app.domain.events import EventKind
from app.domain.records import ApplicationKind, ApplicationState, CorrectionSource
from app.domain.spans import Span, SpanUnit, parse_span
from app.schemas import steps, unit_steps
from app.schemas.step_form import Empty
from app.services.workflow.clockwork import extended, go_on, pause
from app.services.workflow.effects.handling import restart_dispatch
from app.services.workflow.step import Step

Payload = dict[str, Any]


def apply_return(step: Step, form: unit_steps.Return) -> Payload:
    """Ask to give the order back, within the window after accepting it."""
    order = step.order or {}
    until = step.reference.calendar.add(order["accepted_at"], parse_span(step.policy.return_window))
    if step.at >= until:
        raise ConflictError("已超过退单申请期限。", "The time for returning it is over.", code="return-window-over")
    if form.suggested_unit_code and form.suggested_unit_code not in step.reference.units:
        raise invalid("/suggested_unit_code", "unknown-unit", "没有这个承办单位。", "No such unit.")
    step.change_order(returns_left=order["returns_left"] - 1)
    step.change_request(returns_in_round=step.request["returns_in_round"] + 1)
    return _apply(
        step,
        ApplicationKind.RETURN,
        return_reason=form.reason.value,
        reason=form.text,
        suggestion=form.suggestion,
        suggested_unit_code=form.suggested_unit_code,
    )


def apply_extension(step: Step, form: unit_steps.Extend) -> Payload:
    """Ask for more time before the limit has passed, at most as much again as was given at first."""
    order, calendar = step.order or {}, step.reference.calendar
    due: datetime = order["resolve_due_at"]
    if step.at >= due:
        raise ConflictError("办理时限已过，不能再申请延期。", "The limit has passed.", code="extension-too-late")
    days = form.working_days
    until = calendar.add(due, Span(days, SpanUnit.WORKING_DAYS)) if days else form.until or due
    latest = calendar.add(due, parse_span(order["resolve_span"] or step.policy.resolve))
    if not due < until <= latest:
        raise invalid(
            "/working_days" if days else "/until",
            "out-of-range",
            f"延长后的时限须晚于原时限，且不超过{latest.astimezone(step.settings.zone):%Y-%m-%d %H:%M}。",
            f"Must lie after the present limit and not after {latest.isoformat()}.",
        )
    step.change_order(extensions_left=order["extensions_left"] - 1)
    step.change_request(extensions_in_round=step.request["extensions_in_round"] + 1)
    return _apply(step, ApplicationKind.EXTEND, reason=form.reason, until=until)


def apply_hold(step: Step, form: unit_steps.ApplyHold) -> Payload:
    """Ask to put it on hold; the clocks stand still until this is decided."""
    order = step.order or {}
    check_review_date(step, form.review_on)
    step.change_order(holds_left=order["holds_left"] - 1)
    step.change_request(holds_in_round=step.request["holds_in_round"] + 1)
    pause(step)
    ground = form.ground.value if form.ground else None
    return _apply(step, ApplicationKind.HOLD, reason=form.reason, ground=ground, review_on=form.review_on)


def check_review_date(step: Step, review_on: date) -> None:
    """Raises InvalidError unless the date lies ahead, within what the policy allows."""
    today, days = step.at.astimezone(step.settings.zone).date(), step.policy.max_hold_days
    if not today < review_on <= today + timedelta(days=days):
        raise invalid(
            "/review_on",
            "out-of-range",
            f"复查日期须在明天起{days}天内。",
            f"The review date must lie 1 to {days} days ahead.",
        )


def _apply(step: Step, kind: ApplicationKind, **asked: Any) -> Payload:
    order = step.order or {}
    count = order["applications_opened"] + 1
    number = f"{order['work_order_no']}-A{count}"
    step.change_order(applications_opened=count, open_application=number)
    step.add_record(
        "application",
        number=number,
        work_order_no=order["work_order_no"],
        unit_code=order["unit_code"],
        kind=kind.value,
        state=ApplicationState.OPEN.value,
        round=step.request["round"],
        applied_by=step.actor.name,
        applied_at=step.at,
        **asked,
    )
    return {"application": number, **{key: value for key, value in asked.items() if value is not None}}


def approve(step: Step, form: unit_steps.Approve) -> Payload:
    """Grant it: the order is returned, its limit moved, or the matter put on hold."""
    record = step.record
    _decide(step, form.reason)
    kind = ApplicationKind(record["kind"])
    granted: Payload = {}
    if kind is ApplicationKind.RETURN:
        granted = _give_back(step)
    elif kind is ApplicationKind.EXTEND:
        step.change_order(**extended(step, step.order or {}, record["until"]))
        until = record["until"].astimezone(step.settings.zone)
        step.tell(EventKind.REQUEST_EXTENDED, {"public": f"预计于{until:%Y年%m月%d日}前办结"}, order=step.order)
        granted = {"until": record["until"].isoformat()}
    else:
        step.change_request(held_at=(step.order or {})["held_at"], hold_review_on=record["review_on"])
        told = {"public": on_hold(record["reason"], record["review_on"])}
        step.tell(EventKind.HOLD_GRANTED, told, order=step.order)
        granted = {"review_on": str(record["review_on"])}
    return {"application": record["number"], "kind": kind.value, "reason": form.reason, **granted}


def _give_back(step: Step) -> Payload:
    """The centre's clock begins anew; that this was the wrong unit is kept for training, the right one at its dispatch."""
    record = step.record
    restart_dispatch(step)
    step.add_record(
        "correction",
        at=step.at,
        source=CorrectionSource.RETURN.value,
        actor=record["applied_by"],
        unit_before=record["unit_code"],
        category_before=step.request["category_code"],
        reason=record["return_reason"],
    )
    return {"return_reason": record["return_reason"], "suggestion": record["suggestion"]}


def refuse(step: Step, form: unit_steps.Refuse) -> Payload:
    """The unit goes on; when it has asked to return as often as it may, the order is its own for good (强制指派)."""
    record, order = step.record, step.order or {}
    _decide(step, form.reason)
    if record["kind"] == ApplicationKind.HOLD:
        go_on(step)
    payload = {"application": record["number"], "kind": record["kind"], "reason": form.reason}
    if record["kind"] == ApplicationKind.RETURN and order["returns_left"] == 0:
        step.change_order(forced=True)
        step.tell(EventKind.ORDER_FORCED, {"forced": True}, order=order)
    return payload


def cancel(step: Step, _form: Empty) -> Payload:
    """The unit takes its application back, or nobody decided in time; it has been counted all the same."""
    _decide(step, None)
    if step.record["kind"] == ApplicationKind.HOLD:
        go_on(step)
    return {"application": step.record["number"], "kind": step.record["kind"]}


def _decide(step: Step, reason: str | None) -> None:
    step.change_record(
        "application",
        step.record["number"],
        decided_by=step.actor.name,
        decided_at=step.at,
        decision_reason=reason,
    )
    if step.order is not None:
        step.change_order(open_application=None)


def hold(step: Step, form: steps.Hold) -> Payload:
    """The centre puts it on hold itself."""
    check_review_date(step, form.review_on)
    step.change_request(held_at=step.at, hold_review_on=form.review_on)
    pause(step)
    return {"public": on_hold(form.reason, form.review_on), "review_on": str(form.review_on)}


def on_hold(reason: str, review_on: date) -> str:
    """What the citizen reads."""
    return f"{reason}（复查日期：{review_on}）"


def resume(step: Step, _form: Empty) -> Payload:
    """Start the clocks again with the working time that was left."""
    since = go_on(step)
    step.change_request(held_at=None, hold_review_on=None)
    return {"held_since": since.isoformat()}
