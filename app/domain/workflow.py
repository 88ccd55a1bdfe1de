"""The workflow as one table: which action leads from which state to which, who may do it, what it needs.

Read a row aloud: "*accept*, on a work order: while the request is assigned and the order pending, the order's own
unit, if it may handle orders, makes the request in_progress and the order accepted; it is written down as
work_order.accepted." `services/workflow/door.py` is the one function that walks it; `domain/walking.py` says which
rows start where; `available_actions` in every answer and the pictures in the README come from it.
Source: domain guide §2, §4, §5, §7.
"""

from dataclasses import dataclass

from app.domain.events import EventKind as E
from app.domain.permissions import Permission as P
from app.domain.records import ApplicationState, SlipState
from app.domain.states import HELPERS, Guard, OrderRole, OrderState, RequestState, Subject, Whose

S, O = RequestState, OrderState  # noqa: E741 - the table reads best with single letters
R, W, A, D = Subject.REQUEST, Subject.WORK_ORDER, Subject.APPLICATION, Subject.SUPERVISION
ANY_ORDER: tuple[OrderState | None, ...] = (None, *OrderState)
NO_ORDER: tuple[OrderState | None, ...] = (None, O.WITHDRAWN, O.RETURNED, O.COMPLETED)
UNDECIDED: tuple[OrderState | None, ...] = (*NO_ORDER, O.PENDING, O.ACCEPTED)
WORKING = (S.ASSIGNED, S.IN_PROGRESS)
ALIVE = (S.RECEIVED, *WORKING, S.ON_HOLD)
ANSWERED = (S.RESOLVED, S.RATED, S.CLOSED)
APPLIED, DECIDED = ApplicationState.OPEN, (ApplicationState.APPROVED, ApplicationState.REFUSED)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row. `…_to` None: that state stays. `choice`: the field value, or kind of application, that picks the row.

    `order_from`/`order_to` speak of the order the step is on (of a request: its lead); `roles` says which orders
    that may be; `record_from`/`record_to` of the application or slip.
    """

    action: str
    subject: Subject
    request_from: tuple[RequestState, ...]
    order_from: tuple[OrderState | None, ...]
    request_to: RequestState | None
    order_to: OrderState | None
    permission: P
    requires: tuple[str, ...]
    event: E
    choice: str | None = None
    opens_lead: bool = False
    guard: Guard | None = None
    whose: Whose = Whose.ANYBODY
    roles: tuple[OrderRole, ...] = (OrderRole.LEAD,)
    record_from: str | None = None
    record_to: str | None = None

    @property
    def leaves_lead(self) -> bool:
        """Whether the lead order is taken from its unit."""
        return self.order_to in (O.WITHDRAWN, O.RETURNED) and OrderRole.LEAD in self.roles


T = Transition
OWN, ASKER = Whose.OWN_UNIT, Whose.ASKING_UNIT
CHILD, SUMMONS = (OrderRole.CHILD,), (OrderRole.SUMMONS,)
HANDLE = P.WORK_ORDER_HANDLE
# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # action, subject, request from, order from, request to, order to, permission, requires, event
    # The centre, until a unit has it
    T("classify", R, ALIVE, ANY_ORDER, None, None, P.REQUEST_CLASSIFY, (), E.REQUEST_CLASSIFIED),
    T("dispatch", R, (S.RECEIVED,), NO_ORDER, S.ASSIGNED, None, P.REQUEST_DISPATCH, ("unit_code",),
      E.REQUEST_DISPATCHED, opens_lead=True),
    T("dispatch", R, WORKING, (O.PENDING, O.ACCEPTED), S.ASSIGNED, O.WITHDRAWN, P.REQUEST_DISPATCH, ("unit_code",),
      E.REQUEST_DISPATCHED, opens_lead=True),
    T("answer", R, (S.RECEIVED,), NO_ORDER, S.RESOLVED, None, P.REQUEST_ANSWER, ("text",), E.REQUEST_ANSWERED),
    T("decline", R, (S.RECEIVED,), NO_ORDER, S.DECLINED, None, P.REQUEST_DECLINE, ("reason", "text"),
      E.REQUEST_DECLINED),
    T("transfer", R, (S.RECEIVED,), NO_ORDER, S.TRANSFERRED, None, P.REQUEST_TRANSFER, ("to", "reason"),
      E.REQUEST_TRANSFERRED),
    T("transfer", R, (*WORKING, S.ON_HOLD), (O.PENDING, O.ACCEPTED, O.SUBMITTED), S.TRANSFERRED, O.WITHDRAWN,
      P.REQUEST_TRANSFER, ("to", "reason"), E.REQUEST_TRANSFERRED),
    T("handover", R, (S.RECEIVED,), NO_ORDER, None, None, P.REQUEST_HANDOVER, ("question",), E.REQUEST_HANDED_OVER,
      guard=Guard.AT_NO_DESK),
    T("handback", R, (S.RECEIVED,), NO_ORDER, None, None, P.REQUEST_HANDOVER, ("reason",), E.REQUEST_HANDED_BACK,
      guard=Guard.AT_A_DESK),
    T("shield", R, tuple(S), ANY_ORDER, None, None, P.REQUEST_SHIELD, ("unit_codes",), E.REQUEST_SHIELDED),
    T("merge", R, (S.RECEIVED, *WORKING), UNDECIDED, S.MERGED, O.WITHDRAWN, P.REQUEST_MERGE, ("into",),
      E.REQUEST_MERGED, guard=Guard.NO_FOLLOWERS),
    T("unmerge", R, (S.MERGED,), ANY_ORDER, S.RECEIVED, None, P.REQUEST_MERGE, (), E.REQUEST_UNMERGED),
    T("follow", R, (S.MERGED,), ANY_ORDER, S.RESOLVED, None, P.REQUEST_REDO, (), E.REQUEST_FOLLOWED),
    T("gather", R, tuple(S), ANY_ORDER, None, None, P.REQUEST_REDO, ("ticket_no", "by"), E.REQUEST_GATHERED),
    # The unit that leads
    T("accept", W, (S.ASSIGNED,), (O.PENDING,), S.IN_PROGRESS, O.ACCEPTED, HANDLE, (), E.ORDER_ACCEPTED, whose=OWN),
    T("contact", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, HANDLE, ("method", "outcome"),
      E.ORDER_CONTACTED, whose=OWN),
    T("progress", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, HANDLE, ("text",), E.ORDER_PROGRESSED,
      whose=OWN),
    T("submit", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, O.SUBMITTED, HANDLE, ("result", "outcome"),
      E.ORDER_SUBMITTED, whose=OWN, guard=Guard.NO_APPLICATION),
    T("return", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("reason",), E.RETURN_APPLIED, whose=OWN,
      guard=Guard.MAY_RETURN),
    T("extend", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("reason",), E.EXTENSION_APPLIED, whose=OWN,
      guard=Guard.MAY_EXTEND),
    T("hold", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("review_on", "reason"), E.HOLD_APPLIED,
      whose=OWN, guard=Guard.MAY_HOLD),
    T("assist", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("unit_code", "task"), E.ASSIST_ASKED,
      whose=OWN),
    T("delegate", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("unit_code",), E.ORDER_DELEGATED, whose=OWN),
    T("whistle", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, ("unit_codes", "task"), E.WHISTLE_BLOWN,
      whose=OWN),
    T("withdraw", W, WORKING, (O.PENDING, O.ACCEPTED), S.RECEIVED, O.WITHDRAWN, P.REQUEST_DISPATCH, (),
      E.ORDER_WITHDRAWN),
    # The units that help it
    T("accept", W, (S.IN_PROGRESS, S.ON_HOLD), (O.PENDING,), None, O.ACCEPTED, HANDLE, (), E.HELPER_ACCEPTED,
      whose=OWN, roles=HELPERS),
    T("contact", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, HANDLE, ("method", "outcome"),
      E.ORDER_CONTACTED, whose=OWN, roles=CHILD),
    T("progress", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, HANDLE, ("text",), E.HELPER_PROGRESSED,
      whose=OWN, roles=HELPERS),
    T("submit", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, O.COMPLETED, HANDLE, ("result", "outcome"),
      E.HELPER_SUBMITTED, whose=OWN, roles=HELPERS),
    T("withdraw", W, (S.IN_PROGRESS, S.ON_HOLD), (O.PENDING, O.ACCEPTED), None, O.WITHDRAWN, HANDLE, (),
      E.HELPER_WITHDRAWN, whose=ASKER, roles=HELPERS),
    T("withdraw", W, (S.IN_PROGRESS, S.ON_HOLD), (O.PENDING, O.ACCEPTED), None, O.WITHDRAWN, P.REQUEST_DISPATCH, (),
      E.HELPER_WITHDRAWN, roles=HELPERS),
    T("attendance", W, (S.IN_PROGRESS, S.ON_HOLD), (O.PENDING, O.ACCEPTED, O.COMPLETED), None, None, HANDLE,
      ("present",), E.ATTENDANCE_RECORDED, whose=ASKER, roles=SUMMONS),
    # What a unit has applied for
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), S.RECEIVED, O.RETURNED, P.APPLICATION_DECIDE, (),
      E.APPLICATION_APPROVED, choice="return", record_from=APPLIED, record_to=DECIDED[0]),
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.APPLICATION_DECIDE, (), E.APPLICATION_APPROVED,
      choice="extend", record_from=APPLIED, record_to=DECIDED[0]),
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), S.ON_HOLD, None, P.APPLICATION_DECIDE, (),
      E.APPLICATION_APPROVED, choice="hold", record_from=APPLIED, record_to=DECIDED[0]),
    T("refuse", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.APPLICATION_DECIDE, ("reason",),
      E.APPLICATION_REFUSED, record_from=APPLIED, record_to=DECIDED[1]),
    T("cancel", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, HANDLE, (), E.APPLICATION_CANCELLED, whose=OWN,
      record_from=APPLIED, record_to=ApplicationState.CANCELLED),
    T("expire", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.REQUEST_REDO, (), E.APPLICATION_EXPIRED,
      record_from=APPLIED, record_to=ApplicationState.LAPSED),
    T("hold", R, (S.IN_PROGRESS,), (O.ACCEPTED,), S.ON_HOLD, None, P.REQUEST_HOLD, ("review_on", "reason"),
      E.REQUEST_HELD, guard=Guard.NO_APPLICATION),
    T("resume", R, (S.ON_HOLD,), (O.ACCEPTED,), S.IN_PROGRESS, None, P.REQUEST_HOLD, (), E.REQUEST_RESUMED),
    # The result, and what the citizen says to it
    T("review", R, (S.IN_PROGRESS,), (O.SUBMITTED,), S.RESOLVED, O.COMPLETED, P.REQUEST_REVIEW, ("decision",),
      E.ORDER_COMPLETED, choice="approve"),
    T("review", R, (S.IN_PROGRESS,), (O.SUBMITTED,), None, O.ACCEPTED, P.REQUEST_REVIEW, ("decision", "reason"),
      E.ORDER_SENT_BACK, choice="send_back"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, S.RATED, None, P.REQUEST_CALLBACK,
      ("outcome", "resolved", "satisfaction"), E.REQUEST_RATED, choice="reached"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, None, None, P.REQUEST_CALLBACK, ("outcome",),
      E.CALLBACK_UNANSWERED, choice="no_answer"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, None, None, P.REQUEST_CALLBACK, ("outcome",), E.CALLBACK_REFUSED,
      choice="refused"),
    T("rating", R, (S.RESOLVED,), ANY_ORDER, S.RATED, None, P.REQUEST_RATE, ("resolved", "satisfaction"),
      E.REQUEST_RATED),
    T("redo", R, (S.RATED,), ANY_ORDER, S.ASSIGNED, None, P.REQUEST_REDO, ("unit_code",), E.REQUEST_REOPENED,
      opens_lead=True),
    T("reopen", R, ANSWERED, ANY_ORDER, S.ASSIGNED, None, P.REQUEST_REOPEN, ("reason",), E.REQUEST_REOPENED,
      opens_lead=True),
    T("close", R, (S.RESOLVED,), ANY_ORDER, S.CLOSED, None, P.REQUEST_CLOSE, (), E.REQUEST_CLOSED,
      guard=Guard.CALLBACK_SPENT),
    T("close", R, (S.RATED,), ANY_ORDER, S.CLOSED, None, P.REQUEST_CLOSE, (), E.REQUEST_CLOSED, guard=Guard.CONTENT),
    T("close", R, (S.RATED,), ANY_ORDER, S.CLOSED, None, P.REQUEST_REOPEN, (), E.REQUEST_CLOSED,
      guard=Guard.DISCONTENT),
    T("exclude", R, (S.RATED, S.CLOSED), ANY_ORDER, None, None, P.REQUEST_SUPERVISE, ("reason", "text"),
      E.RATING_EXCLUDED, guard=Guard.RATING_COUNTS),
    # Beside the way: facts, chasing, supervision, identity
    T("supplements", R, (*ALIVE, S.MERGED), ANY_ORDER, None, None, P.REQUEST_SUPPLEMENT, ("text",),
      E.REQUEST_SUPPLEMENTED),
    T("reminders", R, (S.RECEIVED, *WORKING, S.MERGED), ANY_ORDER, None, None, P.REQUEST_REMIND, (),
      E.REQUEST_REMINDED),
    T("supervisions", R, (*WORKING, S.ON_HOLD, S.RESOLVED, S.RATED), ANY_ORDER, None, None, P.REQUEST_SUPERVISE,
      ("level", "reply_by", "text"), E.SUPERVISION_ISSUED),
    T("instructions", R, (*WORKING, S.ON_HOLD, S.RESOLVED, S.RATED), ANY_ORDER, None, None, P.REQUEST_SUPERVISE,
      ("leader", "reply_by", "text"), E.INSTRUCTION_GIVEN),
    T("reply", D, tuple(S), ANY_ORDER, None, None, HANDLE, ("text",), E.SUPERVISION_REPLIED, whose=OWN,
      record_from=SlipState.OPEN, record_to=SlipState.REPLIED),
    T("settle", D, tuple(S), ANY_ORDER, None, None, P.REQUEST_SUPERVISE, (), E.SUPERVISION_ACCEPTED,
      record_from=SlipState.REPLIED, record_to=SlipState.ACCEPTED),
    T("send_back", D, tuple(S), ANY_ORDER, None, None, P.REQUEST_SUPERVISE, ("reason", "reply_by"),
      E.SUPERVISION_SENT_BACK, record_from=SlipState.REPLIED, record_to=SlipState.OPEN),
    T("lapse", D, tuple(S), ANY_ORDER, None, None, P.REQUEST_REDO, (), E.SUPERVISION_OVERDUE,
      record_from=SlipState.OPEN, record_to=SlipState.OPEN),
    T("reveal", R, tuple(S), ANY_ORDER, None, None, P.REQUEST_REVEAL, ("reason",), E.IDENTITY_REVEALED),
    T("reveal", R, (*WORKING, S.ON_HOLD), (O.PENDING, O.ACCEPTED, O.SUBMITTED), None, None, HANDLE, ("reason",),
      E.IDENTITY_REVEALED, whose=OWN, guard=Guard.NOT_SECRET),
    T("reveal", W, (*WORKING, S.ON_HOLD), (O.PENDING, O.ACCEPTED, O.SUBMITTED), None, None, HANDLE, ("reason",),
      E.IDENTITY_REVEALED, whose=OWN, guard=Guard.NOT_SECRET, roles=(OrderRole.LEAD, OrderRole.CHILD)),
)
# fmt: on
