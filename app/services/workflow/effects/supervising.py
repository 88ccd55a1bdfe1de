"""Rectification slips and leaders' instructions: issued, answered, accepted or sent back (督办、批示)."""

from datetime import datetime
from typing import Any

from app.domain.errors import ConflictError, invalid
from app.domain.records import SlipKind, SlipState
from app.schemas import centre_steps
from app.schemas.step_form import Empty
from app.services.workflow.rows import Values
from app.services.workflow.step import Step
from app.services.workflow.units import open_unit

Payload = dict[str, Any]


def supervise(step: Step, form: centre_steps.Supervise) -> Payload:
    """Issue a slip."""
    return _issue(step, form, SlipKind.SLIP, None)


def instruct(step: Step, form: centre_steps.Instruct) -> Payload:
    """Write down a leader's instruction."""
    return _issue(step, form, SlipKind.INSTRUCTION, form.leader)


def _issue(
    step: Step, form: centre_steps.Supervise | centre_steps.Instruct, kind: SlipKind, leader: str | None
) -> Payload:
    unit_code = form.unit_code or (step.lead or {}).get("unit_code") or step.request["resolved_unit_code"]
    if unit_code is None:
        raise invalid("/unit_code", "required", "请指定被督办单位。", "Name the unit that should answer.")
    open_unit(step, unit_code)
    order = _order_of(step, unit_code)
    _refuse_past(step, form.reply_by)
    count = step.request["slips_opened"] + 1
    number = f"{step.request['ticket_no']}-S{count}"
    step.change_request(slips_opened=count)
    step.add_record(
        "supervision",
        number=number,
        work_order_no=order["work_order_no"] if order else None,
        unit_code=unit_code,
        kind=kind.value,
        level=form.level.value,
        state=SlipState.OPEN.value,
        leader=leader,
        text=form.text,
        reply_by=form.reply_by,
        issued_by=step.actor.name,
        issued_at=step.at,
    )
    return {
        "supervision": number,
        "unit_code": unit_code,
        "level": form.level.value,
        "reply_by": form.reply_by.isoformat(),
        "text": form.text,
        **({"leader": leader} if leader else {}),
    }


def _order_of(step: Step, unit_code: str) -> Values | None:
    """The unit's own order; None for a unit above one that has an order.

    Raises InvalidError for any other: it could neither see what it is to answer nor answer it.
    """
    orders = step.rows.orders
    if not any(unit_code in step.reference.superiors.get(order["unit_code"], ()) for order in orders):
        raise invalid(
            "/unit_code",
            "not-concerned",
            "该单位未参与办理此诉求，不能督办。",
            "This unit has no part in the request.",
        )
    return next((order for order in orders if order["unit_code"] == unit_code), None)


def _refuse_past(step: Step, reply_by: datetime) -> None:
    if reply_by <= step.at:
        raise invalid("/reply_by", "past", "回复期限须在当前时间之后。", "Must lie ahead.")


def reply(step: Step, form: centre_steps.Reply) -> Payload:
    """The unit answers."""
    number = step.record["number"]
    step.change_record("supervision", number, reply=form.text, replied_by=step.actor.name, replied_at=step.at)
    return {"supervision": number, "text": form.text}


def settle(step: Step, _form: Empty) -> Payload:
    """The answer is enough."""
    number = step.record["number"]
    step.change_record("supervision", number, decided_by=step.actor.name, decided_at=step.at)
    return {"supervision": number}


def send_back(step: Step, form: centre_steps.SendBackReply) -> Payload:
    """The answer is not enough: again, by a new date."""
    _refuse_past(step, form.reply_by)
    number = step.record["number"]
    step.change_record(
        "supervision",
        number,
        decided_by=step.actor.name,
        decided_at=step.at,
        decision_reason=form.reason,
        reply_by=form.reply_by,
        overdue_at=None,
    )
    return {"supervision": number, "reason": form.reason, "reply_by": form.reply_by.isoformat()}


def lapse(step: Step, _form: Empty) -> Payload:
    """Nobody answered in time; the slip stays open, and is told as overdue. Two workers may come at once: once is enough."""
    number = step.record["number"]
    if step.record["overdue_at"] is not None or step.record["reply_by"] > step.at:
        raise ConflictError(
            "该督办单无需再次标记超期。", "The slip is marked already, or has time.", code="not-overdue"
        )
    step.change_record("supervision", number, overdue_at=step.at)
    return {"supervision": number, "reply_by": step.record["reply_by"].isoformat()}
