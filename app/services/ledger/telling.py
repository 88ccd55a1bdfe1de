"""What each kind of event says beyond the states: orders that begin, counts, marks, who follows whom.

One small function a kind; a kind that is not here says nothing that a row must repeat.
"""

from collections.abc import Callable
from datetime import datetime

from app.domain.actors import ActorKind
from app.domain.events import EventKind as E
from app.services.ledger.life import Life, OrderLife, RecordLife, Values
from app.services.ledger.moves import APPLIES, OPENS_HELPER
from app.services.workflow.effects.handling import NOT_REACHED


def _order(life: Life, event: Values) -> OrderLife:
    return life.orders[event["work_order_no"]]


def _opens_lead(life: Life, event: Values) -> None:
    if life.lead:
        life.fault(f"event {event['seq']} opens {event['work_order_no']} while {life.lead.number} is open")
    number = event["work_order_no"]
    forced = bool(event["payload"].get("forced"))
    life.orders[number] = OrderLife(number, event["unit_code"], "lead", life.round, event["at"], forced=forced)
    life.lead_no, life.desk = number, None


def _reopened(life: Life, event: Values) -> None:
    life.round += 1
    life.in_round = dict.fromkeys(life.in_round, 0)
    life.calls, life.rating, life.excluded = [], None, None
    life.resolved_at = life.closed_at = life.master_no = None
    _opens_lead(life, event)


def _opens_helper(life: Life, event: Values) -> None:
    told, parent = event["payload"], life.lead
    number = told["helper_no"]
    role = OPENS_HELPER[E(event["kind"])]
    helper = OrderLife(number, told["unit_code"], role, life.round, event["at"])
    if parent is None:
        life.fault(f"event {event['seq']} opens {number}, but there is no lead to be helped")
    else:
        helper.parent_no = parent.number
        helper.held_at = event["at"] if parent.held_at else None
    life.orders[number] = helper


def _accepted(life: Life, event: Values) -> None:
    _order(life, event).accepted_at = event["at"]


def _contacted(life: Life, event: Values) -> None:
    if event["payload"]["outcome"].lower() in NOT_REACHED:
        return
    for order in (_order(life, event), life.lead):
        if order and order.contacted_at is None:
            order.contacted_at = event["at"]


def _submitted(life: Life, event: Values) -> None:
    _order(life, event).submitted_at = event["at"]


def _sent_back(life: Life, event: Values) -> None:
    _order(life, event).submitted_at = None


def _resolved(life: Life, event: Values) -> None:
    life.resolved_at, life.desk, life.followers = event["at"], None, 0


def _ended(life: Life, event: Values) -> None:
    life.closed_at, life.desk = event["at"], None
    if event["kind"] != E.REQUEST_CLOSED:
        life.followers, life.held_at = 0, None


def _applied(life: Life, event: Values) -> None:
    kind, order, number = APPLIES[E(event["kind"])], _order(life, event), event["payload"]["application"]
    life.applications[number] = RecordLife(kind, "open", order.number, event["at"])
    order.applications += 1
    order.open_application = number
    life.in_round[kind] += 1
    if kind == "hold":
        pause(life, event["at"])


def _decided(life: Life, event: Values) -> None:
    number = event["payload"]["application"]
    record = life.applications[number]
    life.orders[record.work_order_no or ""].open_application = None
    if event["kind"] == E.APPLICATION_LAPSED:
        record.state = "lapsed"
    elif record.kind == "hold":
        if event["kind"] == E.APPLICATION_APPROVED:
            life.held_at = _order(life, event).held_at
        else:
            go_on(life)


def _held(life: Life, event: Values) -> None:
    life.held_at = event["at"]
    pause(life, event["at"])


def _resumed(life: Life, _event: Values) -> None:
    life.held_at = None
    go_on(life)


def pause(life: Life, at: datetime) -> None:
    """The lead and its helpers stand still."""
    for order in life.together:
        order.held_at = at


def go_on(life: Life) -> None:
    """They go on."""
    for order in life.together:
        order.held_at = None


def _forced(life: Life, event: Values) -> None:
    _order(life, event).forced = True


def _attended(life: Life, event: Values) -> None:
    _order(life, event).attended = event["payload"]["present"]


def _merged(life: Life, event: Values) -> None:
    life.master_no, life.desk = event["payload"]["master"], None


def _unmerged(life: Life, _event: Values) -> None:
    life.master_no = None


def _gathered(life: Life, event: Values) -> None:
    life.followers = event["payload"]["followers"]


def _handed_over(life: Life, event: Values) -> None:
    life.desk = event["payload"]["desk"]


def _handed_back(life: Life, _event: Values) -> None:
    life.desk = None


def _reminded(life: Life, event: Values) -> None:
    if "follower" not in event["payload"]:  # counted where that citizen chased
        life.reminded.append(event["at"])


def _called(life: Life, event: Values) -> None:
    life.calls.append(event["at"])


def _rated(life: Life, event: Values) -> None:
    if event["actor_kind"] != ActorKind.CITIZEN:
        _called(life, event)
    life.rating = event["payload"]["resolved"], event["payload"]["satisfaction"]


def _excluded(life: Life, event: Values) -> None:
    life.excluded = event["payload"]["exclusion"]


def _issued(life: Life, event: Values) -> None:
    told = event["payload"]
    kind = "slip" if event["kind"] == E.SUPERVISION_ISSUED else "instruction"
    by = datetime.fromisoformat(told["reply_by"])
    life.slips[told["supervision"]] = RecordLife(kind, "open", event["work_order_no"], event["at"], reply_by=by)


def _slip_sent_back(life: Life, event: Values) -> None:
    slip = life.slips[event["payload"]["supervision"]]
    slip.reply_by, slip.overdue_at = datetime.fromisoformat(event["payload"]["reply_by"]), None


def _slip_overdue(life: Life, event: Values) -> None:
    life.slips[event["payload"]["supervision"]].overdue_at = event["at"]


TELLING: dict[str, Callable[[Life, Values], None]] = {
    E.REQUEST_DISPATCHED: _opens_lead,
    E.REQUEST_REOPENED: _reopened,
    **dict.fromkeys(OPENS_HELPER, _opens_helper),
    E.ORDER_ACCEPTED: _accepted,
    E.HELPER_ACCEPTED: _accepted,
    E.ORDER_CONTACTED: _contacted,
    E.ORDER_SUBMITTED: _submitted,
    E.HELPER_SUBMITTED: _submitted,
    E.ORDER_SENT_BACK: _sent_back,
    E.ORDER_COMPLETED: _resolved,
    E.REQUEST_ANSWERED: _resolved,
    E.REQUEST_FOLLOWED: _resolved,
    E.REQUEST_CLOSED: _ended,
    E.REQUEST_DECLINED: _ended,
    E.REQUEST_TRANSFERRED: _ended,
    **dict.fromkeys(APPLIES, _applied),
    E.APPLICATION_APPROVED: _decided,
    E.APPLICATION_REFUSED: _decided,
    E.APPLICATION_CANCELLED: _decided,
    E.APPLICATION_EXPIRED: _decided,
    E.APPLICATION_LAPSED: _decided,
    E.REQUEST_HELD: _held,
    E.REQUEST_RESUMED: _resumed,
    E.ORDER_FORCED: _forced,
    E.ATTENDANCE_RECORDED: _attended,
    E.REQUEST_MERGED: _merged,
    E.REQUEST_UNMERGED: _unmerged,
    E.REQUEST_GATHERED: _gathered,
    E.REQUEST_HANDED_OVER: _handed_over,
    E.REQUEST_HANDED_BACK: _handed_back,
    E.REQUEST_REMINDED: _reminded,
    E.CALLBACK_UNANSWERED: _called,
    E.CALLBACK_REFUSED: _called,
    E.REQUEST_RATED: _rated,
    E.RATING_EXCLUDED: _excluded,
    E.SUPERVISION_ISSUED: _issued,
    E.INSTRUCTION_GIVEN: _issued,
    E.SUPERVISION_SENT_BACK: _slip_sent_back,
    E.SUPERVISION_OVERDUE: _slip_overdue,
}
