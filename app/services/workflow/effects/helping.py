"""Several hands: a lead asks other units for help, passes work down, summons units to the spot (协办、二级派单、吹哨报到)."""

from typing import Any

from app.domain.catalogue import UnitKind
from app.domain.errors import ConflictError, invalid
from app.domain.events import EventKind
from app.domain.states import OrderRole
from app.schemas import unit_steps
from app.services.workflow.orders import helper_order
from app.services.workflow.step import Step
from app.services.workflow.units import open_unit

Payload = dict[str, Any]


def assist(step: Step, form: unit_steps.Assist) -> Payload:
    """Ask another unit to do a part."""
    return _ask(step, form.unit_code, OrderRole.ASSIST, form.task)


def delegate(step: Step, form: unit_steps.Delegate) -> Payload:
    """Pass the work to a unit below; the answer to the citizen stays with the lead."""
    own = (step.order or {})["unit_code"]
    if form.unit_code == own or form.unit_code not in step.reference.subordinates.get(own, ()):
        raise invalid(
            "/unit_code", "not-subordinate", "只能派给本单位的下级单位。", "Only a unit below your own can be given it."
        )
    return _ask(step, form.unit_code, OrderRole.CHILD, form.task or "请按要求办理并反馈。")


def whistle(step: Step, form: unit_steps.Whistle) -> Payload:
    """Summon units; each gets an order of its own to report with."""
    own = step.reference.units[(step.order or {})["unit_code"]]
    if own.kind is not UnitKind.TOWNSHIP:
        raise ConflictError("只有乡镇街道可以吹哨。", "Only a township can summon units.", code="not-a-township")
    if form.meet_at and form.meet_at <= step.at:
        raise invalid("/meet_at", "past", "集合时间须在当前时间之后。", "Must lie ahead.")
    task = _with_meeting(step, form)
    meeting = {"meet_at": form.meet_at.isoformat() if form.meet_at else None, "place": form.place}
    for index, unit_code in enumerate(form.unit_codes[1:], 1):
        told = _ask(step, unit_code, OrderRole.SUMMONS, task, f"/unit_codes/{index}")
        order = step.new_orders[-1]
        step.tell(EventKind.WHISTLE_BLOWN, {**told, **meeting}, to_state=order["state"], order=order)
    return {**_ask(step, form.unit_codes[0], OrderRole.SUMMONS, task, "/unit_codes/0"), **meeting}


def _with_meeting(step: Step, form: unit_steps.Whistle) -> str:
    """What is to be done, with when and where they meet: the order itself must say it."""
    when = f"{form.meet_at.astimezone(step.settings.zone):%Y年%m月%d日 %H:%M}" if form.meet_at else None
    said = [f"集合时间：{when}"] if when else []
    said += [f"集合地点：{form.place}"] if form.place else []
    return f"{form.task}（{'；'.join(said)}）" if said else form.task


def _ask(step: Step, unit_code: str, role: OrderRole, task: str, pointer: str = "/unit_code") -> Payload:
    """Open a helper's order; raises InvalidError, and ConflictError when the unit is at it already."""
    lead = step.order or {}
    unit = open_unit(step, unit_code, pointer)
    busy = {order["unit_code"] for order in (*step.rows.helpers, *step.new_orders)} | {lead["unit_code"]}
    if unit_code in busy:
        raise ConflictError(
            f"“{unit.name}”已在承办此诉求。", f"{unit.code} is at work on the request already.", code="unit-at-work"
        )
    number = step.next_order_no()
    order = helper_order(step.reference, step.policy, step.request, number, role, unit_code, lead, task, step.at)
    step.new_orders.append(order)
    step.change_order(lead, open_helpers=lead["open_helpers"] + 1)
    return {"helper_no": number, "unit_code": unit_code, "role": role.value, "task": task}


def attendance(step: Step, form: unit_steps.Attendance) -> Payload:
    """Write down whether the summoned unit came."""
    step.change_order(attended=form.present)
    return {"present": form.present, "text": form.text}
