"""The unit's steps on its order, and the review of what it reports."""

from datetime import datetime
from typing import Any

from app.domain.clocks import limit
from app.domain.errors import ConflictError
from app.domain.events import EventKind
from app.domain.spans import parse_span
from app.domain.states import OrderRole
from app.schemas import steps
from app.schemas.step_form import Empty
from app.services.workflow.clockwork import shifted
from app.services.workflow.leaving import dismiss_helpers
from app.services.workflow.resolving import resolve
from app.services.workflow.step import Step

Payload = dict[str, Any]
NOT_REACHED = {"no_answer", "not_reached", "unreachable", "未接通", "无人接听", "未联系上"}
"""Outcomes of a contact that are none: the contact clock runs on."""


def accept(step: Step, _form: Empty) -> Payload:
    """The unit signs for the order."""
    step.change_order(accepted_at=step.at)
    return {}


def contact(step: Step, form: steps.Contact) -> Payload:
    """The first contact stops its clock, for the lead as well when a unit below it has rung.

    Later ones, and a call that nobody answered, are only written down.
    """
    if form.outcome.lower() not in NOT_REACHED:
        for order in (step.order, step.lead):
            if order is not None and order["contacted_at"] is None:
                step.change_order(order, contacted_at=step.at)
    return {"method": form.method, "outcome": form.outcome}


def progress(_step: Step, form: steps.Progress) -> Payload:
    """Tell how far it is."""
    return {"public": form.text}


def submit(step: Step, form: steps.Submit) -> Payload:
    """Report the result; the resolve clock stands still until the review has decided.

    A lead that is still being helped must say why the result stands all the same.
    """
    order = step.order or {}
    step.change_order(submitted_at=step.at, result=form.result, outcome=form.outcome.value)
    payload = {"result": form.result, "outcome": form.outcome.value}
    if order["role"] != OrderRole.LEAD:
        return _helped(step, payload)
    if step.rows.helpers:
        if form.without_help is None:
            raise ConflictError(
                "尚有协办单位未完成；如需先行提交，请在 without_help 中说明理由。",
                "Other units have not finished what they were asked; say in without_help why the result stands.",
                code="help-pending",
            )
        dismiss_helpers(step)
        payload["reason"] = form.without_help
    return payload


def _helped(step: Step, payload: Payload) -> Payload:
    """A helper is done: the lead hears of it and has one less to wait for."""
    order, lead = step.order or {}, step.lead
    step.change_order(completed_at=step.at)
    if lead is not None:
        step.change_order(lead, open_helpers=max(0, lead["open_helpers"] - 1))
        told = {**payload, "helper_no": order["work_order_no"], "unit_code": order["unit_code"], "role": order["role"]}
        step.tell(EventKind.HELP_RECEIVED, told, order=lead)
    return payload


def withdraw(step: Step, _form: Empty) -> Payload:
    """Take an order back. A helper's: the lead waits for one less. A lead's: the centre chooses anew.

    Within the undo window a dispatch that nobody signed for was a slip of the hand: the centre's clock has never
    stopped then. Later it runs anew.
    """
    order, lead = step.order or {}, step.lead
    if order["role"] != OrderRole.LEAD:
        step.change_order(completed_at=step.at)
        if lead is not None:
            step.change_order(lead, open_helpers=max(0, lead["open_helpers"] - 1))
        return {}
    if _is_slip(step, order["created_at"]):
        step.change_request(dispatched_at=None, left_unit_code=None)
        return {"mistake": True}
    restart_dispatch(step)
    return {}


def _is_slip(step: Step, sent_at: datetime) -> bool:
    order = step.order or {}
    until = step.reference.calendar.add(sent_at, parse_span(step.policy.undo_window))
    return order["accepted_at"] is None and step.at < until


def restart_dispatch(step: Step) -> None:
    """The centre's clock begins again: somebody else must be found."""
    dispatch_limit = limit(step.reference.calendar, step.policy.dispatch, step.at)
    step.change_request(
        dispatch_soon_at=dispatch_limit.soon,
        dispatch_due_at=dispatch_limit.due,
        alarmed_until=step.at,
        dispatched_at=None,
    )


def review(step: Step, form: steps.Review) -> Payload:
    """Approve: the request is resolved with the unit's result. Send back: the unit goes on with the time it had left."""
    order = step.order or {}
    if form.decision is steps.Decision.SEND_BACK:
        step.change_order(submitted_at=None, **shifted(step, order, ("resolve",), order["submitted_at"]))
        return {"reason": form.reason}
    step.change_order(completed_at=step.at)
    resolve(step, order["result"], order["outcome"], order["unit_code"])
    return {"public": order["result"], "outcome": order["outcome"]}
