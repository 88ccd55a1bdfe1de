"""The centre's steps on a request: classify, send, answer, pass on, shield, do again, file away."""

from typing import Any

from app.domain.catalogue import RequestKind
from app.domain.errors import ConflictError, invalid
from app.domain.records import CorrectionSource
from app.domain.states import Desk
from app.schemas import centre_steps, steps
from app.schemas.step_form import Empty
from app.services.workflow.resolving import resolve
from app.services.workflow.rows import is_secret
from app.services.workflow.step import Step
from app.services.workflow.units import open_unit

Payload = dict[str, Any]


def classify(step: Step, form: steps.Classify) -> Payload:
    """Correct kind, category, urgency or place; a running clock is never restarted by it."""
    changes = {k: str(v) for k, v in form.model_dump(exclude_none=True, exclude={"note"}).items()}
    category = step.reference.categories.get(changes.get("category_code", ""))
    if "category_code" in changes and (category is None or not category.active or not category.parent_code):
        raise invalid("/category_code", "unknown-category", "没有这个二级事项分类。", "No such second-level category.")
    if "area_code" in changes and changes["area_code"] not in step.reference.areas:
        raise invalid("/area_code", "unknown-area", "没有这个区划代码。", "No such area code.")
    before = {name: step.request[name] for name in changes}
    if before.get("category_code") != changes.get("category_code"):
        _correct(
            step,
            CorrectionSource.CLASSIFY,
            category_before=before["category_code"],
            category_after=changes["category_code"],
        )
    request, before_it = step.request, (is_secret(step.request), step.request["restricted"])
    step.change_request(**changes)
    if before.keys() & {"kind", "category_code"}:
        step.change_request(restricted=_restricted(step, "category_code" in changes, was=before_it[1]))
    joined = request["followers"] or request["master_no"]
    if joined and before_it != (is_secret(request), request["restricted"]):
        raise ConflictError(
            "已并案的诉求不能改变保密性质，请先取消并案。",
            "Joined requests share their secrecy; take them apart first.",
            code="secrecy-differs",
        )
    return {"before": before, "after": changes}


def _restricted(step: Step, category_named: bool, *, was: bool) -> bool:
    """Whether it is for the discipline inspectors now. Only they see what was: the category they name decides; until they
    name another, a report stays with them. Of the words only the title is at hand here."""
    request = step.request
    if was and not category_named:
        return bool(request["kind"] == RequestKind.REPORT)
    return step.reference.restricts(request["kind"], request["category_code"], "" if was else request["title"])


def dispatch(step: Step, form: steps.Dispatch) -> Payload:
    """Send to a unit; a lead order that was open has been withdrawn. Whoever had it before was the wrong one."""
    before = step.request["left_unit_code"]
    if before and before != form.unit_code:
        _correct(step, CorrectionSource.REDISPATCH, unit_before=before, unit_after=form.unit_code)
    elif not before and (passed_over := _passed_over(step, form.unit_code)):
        _correct(step, CorrectionSource.OVERRULE, unit_before=passed_over, unit_after=form.unit_code)
    return _send(step, form.unit_code, form.reason or "人工派单", force=form.force)


def _passed_over(step: Step, unit_code: str) -> str | None:
    """The rule's unit, when a lesson made a person decide and he chose another one.

    Such a matter cannot come back from the rule's unit any more: were the choice not kept, a lesson would starve
    itself, and the machine would send matters astray again.
    """
    request, reference = step.request, step.reference
    category = reference.categories.get(request["category_code"] or "")
    if category is None or request["orders_opened"]:
        return None
    path = reference.area_path(request["area_code"])
    route = reference.routing.route(category, path, RequestKind(request["kind"]), 1.0)
    if route is None or route.unit.code == unit_code:
        return None
    return route.unit.code if reference.learned.book.about(category.code, path, route.unit.code) else None


def _send(step: Step, unit_code: str, reason: str, *, force: bool = False) -> Payload:
    """Open a lead order; when the round's returns are used up, it may not come back again (强制指派)."""
    open_unit(step, unit_code)
    request = step.request
    used_up = request["returns_in_round"] > 0 and request["returns_in_round"] >= step.policy.max_returns
    step.change_request(desk=None)
    step.open_lead(unit_code, reason, forced=force or used_up)
    payload = {"unit_code": unit_code, "reason": reason, "round": request["round"]}
    return {**payload, "forced": True} if force or used_up else payload


def _correct(step: Step, source: CorrectionSource, **labels: str | None) -> None:
    """Keep a corrected label for later training."""
    step.add_record("correction", at=step.at, source=source.value, actor=step.actor.name, **labels)


def answer(step: Step, form: steps.Answer) -> Payload:
    """Resolve at once with an answer."""
    step.change_request(desk=None)
    resolve(step, form.text, steps.Outcome.EXPLAINED, None)
    return {"public": form.text, "knowledge_id": form.knowledge_id}


def decline(step: Step, form: steps.Decline) -> Payload:
    """Do not accept, for a reason of the closed list."""
    return {"public": form.text, "reason": form.reason.value, **_end(step, form.text)}


def transfer(step: Step, form: steps.Transfer) -> Payload:
    """Pass on to an authority outside, with what was said in the call of three (三方通话)."""
    unit = step.reference.units.get(form.to)
    to = unit.name if unit else form.to
    told = f"已转 {to} 处理。" if to.isascii() else f"已转{to}处理。"
    call = {"three_way": form.three_way, "three_way_note": form.three_way_note, "reference": form.reference}
    return {
        "public": told,
        "reason": form.reason,
        **{key: value for key, value in call.items() if value is not None},
        **_end(step, told),
    }


def _end(step: Step, result: str) -> Payload:
    """The request ends without a result of ours; requests that followed it stand on their own again."""
    freed = step.request["followers"]
    step.change_request(result=result, closed_at=step.at, desk=None, followers=0, held_at=None, hold_review_on=None)
    return {"freed": freed} if freed else {}


def handover(step: Step, form: centre_steps.Handover) -> Payload:
    """Let it wait at the expert seat."""
    step.change_request(desk=Desk.EXPERT.value)
    return {"desk": Desk.EXPERT.value, "text": form.question}


def handback(step: Step, form: centre_steps.Handback) -> Payload:
    """Take it from the expert seat again."""
    step.change_request(desk=None)
    return {"reason": form.reason}


def shield(step: Step, form: centre_steps.Shield) -> Payload:
    """Shut units out; one that holds the order must have been relieved of it before."""
    for index, code in enumerate(form.unit_codes):
        if code not in step.reference.units:
            raise invalid(f"/unit_codes/{index}", "unknown-unit", "没有这个单位。", "No such unit.")
    holding = [order["unit_code"] for order in step.rows.orders if order["completed_at"] is None]
    if any(step.reference.shut_out(unit, form.unit_codes) for unit in holding):
        raise ConflictError(
            "应回避的单位正在承办，请先收回工单。",
            "A unit to be shut out has an open order; withdraw it first.",
            code="unit-holds-order",
        )
    step.change_request(accused_units=list(dict.fromkeys(form.unit_codes)))
    return {"accused_units": list(form.unit_codes), "reason": form.reason}


def reopen(step: Step, form: steps.Reopen) -> Payload:
    """A new round by the same unit or another; the finished round stays in the history."""
    unit_code = form.unit_code or step.request["resolved_unit_code"]
    if unit_code is None:
        raise invalid("/unit_code", "required", "请指定承办单位。", "Name the unit that should act.")
    step.change_request(
        round=step.request["round"] + 1,
        returns_in_round=0,
        extensions_in_round=0,
        holds_in_round=0,
        callback_attempts=0,
        called_at=None,
        callback_due_at=None,
        callback_outcome=None,
        resolved_answer=None,
        satisfaction=None,
        contacted_in_time=None,
        rating_comment=None,
        rating_excluded=None,
        rated_at=None,
        master_no=None,
        resolved_at=None,
        resolved_unit_code=None,
        left_unit_code=None,
        closed_at=None,
        result=None,
        outcome=None,
    )
    return _send(step, unit_code, form.reason)


def close(step: Step, _form: Empty) -> Payload:
    """File it away."""
    step.change_request(closed_at=step.at)
    return {}


def supplements(_step: Step, form: steps.Supplement) -> Payload:
    """Add facts; they reach the handler through the feed. Those of a follower's citizen are not this citizen's to read."""
    if isinstance(form, centre_steps.FollowersSupplement):
        return {"text": form.text, "follower": form.follower}
    return {"public": form.text}


def reminders(step: Step, form: steps.Remind) -> Payload:
    """Chase; a record beside the order, not a state. So many times a day as the policy says.

    A follower's citizen has been counted where he chased.
    """
    if isinstance(form, centre_steps.FollowersReminder):
        return {"text": form.text, "follower": form.follower}
    today = step.at.astimezone(step.settings.zone).date()
    before = step.request["reminders_today"] if step.request["reminded_on"] == today else 0
    most = step.policy.reminders_a_day
    if before >= most:
        raise ConflictError(
            f"今天已催办{before}次，请明天再试。",
            f"Reminded {before} times today already; try again tomorrow.",
            code="reminder-limit",
        )
    step.change_request(reminded_on=today, reminders_today=before + 1)
    return {"public": form.text} if form.text else {}


def reveal(_step: Step, form: steps.Reveal) -> Payload:
    """Only the record: what is revealed is never written into the history."""
    return {"reason": form.reason}
