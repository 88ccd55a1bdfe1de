"""The workflow as one table: which action leads from which state to which, who may do it, what it needs.

Read a row aloud: "*accept*, on a work order: while the request is assigned and the order pending, whoever may
handle orders makes the request in_progress and the order accepted; it is written down as
work_order.accepted." `services/workflow/door.py` is the one function that walks it; `available_actions` in
every answer and the picture in the README come from it. Source: domain guide §2, §4, §7.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.domain.events import EventKind as E
from app.domain.permissions import Permission as P


class RequestState(StrEnum):
    """Life of a service request (诉求状态): what the public sees."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    RATED = "rated"
    CLOSED = "closed"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    MERGED = "merged"


class OrderState(StrEnum):
    """Life of a work order (工单状态): one unit's duty to act."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class OrderRole(StrEnum):
    """What an order is for (工单角色): lead 主办, assist 协办, child 二级派单, summons 吹哨报到."""

    LEAD = "lead"
    ASSIST = "assist"
    CHILD = "child"
    SUMMONS = "summons"


class Desk(StrEnum):
    """A special desk of the centre that a request waits at (中心席位)."""

    EXPERT = "expert"


OPEN_ORDER_STATES = (OrderState.PENDING, OrderState.ACCEPTED, OrderState.SUBMITTED)
FINAL_REQUEST_STATES = (RequestState.CLOSED, RequestState.DECLINED, RequestState.TRANSFERRED)


class Subject(StrEnum):
    """What an action is done to; the URL it is called under."""

    REQUEST = "request"
    WORK_ORDER = "work_order"
    APPLICATION = "application"


class Guard(StrEnum):
    """A condition beyond the two states; decided by `Position`."""

    CALLBACK_SPENT = "callback_spent"
    NOT_SECRET = "not_secret"  # noqa: S105 - a condition, not a secret


S, O = RequestState, OrderState  # noqa: E741 - the table reads best with single letters
R, W = Subject.REQUEST, Subject.WORK_ORDER
ANY_ORDER: tuple[OrderState | None, ...] = (None, *OrderState)
NO_ORDER: tuple[OrderState | None, ...] = (None, O.WITHDRAWN, O.RETURNED, O.COMPLETED)
ALIVE = (S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS, S.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row. `request_to`/`order_to` None: that state stays. `choice`: the field value that picks the row."""

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

    @property
    def own_unit_only(self) -> bool:
        """Handling is for the unit whose order it is, not for whoever may look at it."""
        return self.permission is P.WORK_ORDER_HANDLE


@dataclass(frozen=True, slots=True)
class Position:
    """Where a request and its lead order stand, as far as the table asks."""

    request: RequestState
    order: OrderState | None = None
    callback_spent: bool = False
    secret: bool = False


T = Transition
# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # action, subject, request from, lead order from, request to, order to, permission, requires, event
    T("classify", R, ALIVE, ANY_ORDER, None, None, P.REQUEST_CLASSIFY, (), E.REQUEST_CLASSIFIED),
    T("dispatch", R, (S.RECEIVED,), NO_ORDER, S.ASSIGNED, None, P.REQUEST_DISPATCH, ("unit_code",),
      E.REQUEST_DISPATCHED, opens_lead=True),
    T("dispatch", R, (S.ASSIGNED, S.IN_PROGRESS), (O.PENDING, O.ACCEPTED), S.ASSIGNED, O.WITHDRAWN,
      P.REQUEST_DISPATCH, ("unit_code",), E.REQUEST_DISPATCHED, opens_lead=True),
    T("answer", R, (S.RECEIVED,), NO_ORDER, S.RESOLVED, None, P.REQUEST_ANSWER, ("text",), E.REQUEST_ANSWERED),
    T("decline", R, (S.RECEIVED,), NO_ORDER, S.DECLINED, None, P.REQUEST_DECLINE, ("reason", "text"),
      E.REQUEST_DECLINED),
    T("transfer", R, (S.RECEIVED,), NO_ORDER, S.TRANSFERRED, None, P.REQUEST_TRANSFER, ("to", "reason"),
      E.REQUEST_TRANSFERRED),
    T("hold", R, (S.IN_PROGRESS,), (O.ACCEPTED,), S.ON_HOLD, None, P.REQUEST_HOLD, ("review_on", "reason"),
      E.REQUEST_HELD),
    T("resume", R, (S.ON_HOLD,), (O.ACCEPTED,), S.IN_PROGRESS, None, P.REQUEST_HOLD, (), E.REQUEST_RESUMED),
    T("accept", W, (S.ASSIGNED,), (O.PENDING,), S.IN_PROGRESS, O.ACCEPTED, P.WORK_ORDER_HANDLE, (),
      E.ORDER_ACCEPTED),
    T("contact", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE,
      ("method", "outcome"), E.ORDER_CONTACTED),
    T("progress", W, (S.IN_PROGRESS, S.ON_HOLD), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("text",),
      E.ORDER_PROGRESSED),
    T("submit", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, O.SUBMITTED, P.WORK_ORDER_HANDLE,
      ("result", "outcome"), E.ORDER_SUBMITTED),
    T("withdraw", W, (S.ASSIGNED, S.IN_PROGRESS), (O.PENDING, O.ACCEPTED), S.RECEIVED, O.WITHDRAWN,
      P.REQUEST_DISPATCH, (), E.ORDER_WITHDRAWN),
    T("review", R, (S.IN_PROGRESS,), (O.SUBMITTED,), S.RESOLVED, O.COMPLETED, P.REQUEST_REVIEW, ("decision",),
      E.ORDER_COMPLETED, choice="approve"),
    T("review", R, (S.IN_PROGRESS,), (O.SUBMITTED,), None, O.ACCEPTED, P.REQUEST_REVIEW,
      ("decision", "reason"), E.ORDER_SENT_BACK, choice="send_back"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, S.RATED, None, P.REQUEST_CALLBACK,
      ("outcome", "resolved", "satisfaction"), E.REQUEST_RATED, choice="reached"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, None, None, P.REQUEST_CALLBACK, ("outcome",),
      E.CALLBACK_UNANSWERED, choice="no_answer"),
    T("callbacks", R, (S.RESOLVED,), ANY_ORDER, None, None, P.REQUEST_CALLBACK, ("outcome",),
      E.CALLBACK_REFUSED, choice="refused"),
    T("rating", R, (S.RESOLVED,), ANY_ORDER, S.RATED, None, P.REQUEST_RATE, ("resolved", "satisfaction"),
      E.REQUEST_RATED),
    T("redo", R, (S.RATED,), ANY_ORDER, S.ASSIGNED, None, P.REQUEST_REDO, ("unit_code",), E.REQUEST_REOPENED,
      opens_lead=True),
    T("reopen", R, (S.RESOLVED, S.RATED, S.CLOSED), ANY_ORDER, S.ASSIGNED, None, P.REQUEST_REOPEN, ("reason",),
      E.REQUEST_REOPENED, opens_lead=True),
    T("close", R, (S.RATED,), ANY_ORDER, S.CLOSED, None, P.REQUEST_CLOSE, (), E.REQUEST_CLOSED),
    T("close", R, (S.RESOLVED,), ANY_ORDER, S.CLOSED, None, P.REQUEST_CLOSE, (), E.REQUEST_CLOSED,
      guard=Guard.CALLBACK_SPENT),
    T("supplements", R, ALIVE, ANY_ORDER, None, None, P.REQUEST_SUPPLEMENT, ("text",), E.REQUEST_SUPPLEMENTED),
    T("reminders", R, (S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS), ANY_ORDER, None, None, P.REQUEST_REMIND, (),
      E.REQUEST_REMINDED),
    T("reveal", R, tuple(S), ANY_ORDER, None, None, P.REQUEST_REVEAL, ("reason",), E.IDENTITY_REVEALED),
    T("reveal", R, (S.ASSIGNED, S.IN_PROGRESS, S.ON_HOLD), (O.PENDING, O.ACCEPTED, O.SUBMITTED), None, None,
      P.WORK_ORDER_HANDLE, ("reason",), E.IDENTITY_REVEALED, guard=Guard.NOT_SECRET),
)
# fmt: on


def rows_for(subject: Subject, action: str, choice: str | None = None) -> list[Transition]:
    """All rows of an action; with `choice`, those that the choice picks."""
    return [
        row for row in TRANSITIONS if row.subject is subject and row.action == action and row.choice in (None, choice)
    ]


_GUARDS: dict[Guard, Callable[[Position], bool]] = {
    Guard.CALLBACK_SPENT: lambda at: at.callback_spent,
    Guard.NOT_SECRET: lambda at: not at.secret,
}


def applies(row: Transition, at: Position) -> bool:
    """Whether the row starts from this position."""
    passes = row.guard is None or _GUARDS[row.guard](at)
    return passes and at.request in row.request_from and at.order in row.order_from


def find(rows: Iterable[Transition], at: Position) -> Transition | None:
    """The first of these rows that starts here, or None when there is no such step from here."""
    return next((row for row in rows if applies(row, at)), None)


def available(at: Position, permissions: Iterable[str], *, own_unit: bool, subject: Subject) -> list[str]:
    """Names of the actions open to an actor with these permissions, in table order."""
    return list(_available(at, frozenset(permissions), own_unit, subject))


@lru_cache(maxsize=8192)
def _available(at: Position, held: frozenset[str], own_unit: bool, subject: Subject) -> tuple[str, ...]:
    """Positions, roles and actions are few and lists are long: each answer is worked out once."""
    names = (
        row.action
        for row in TRANSITIONS
        if row.subject is subject
        and row.permission in held
        and applies(row, at)
        and (own_unit or not row.own_unit_only)
    )
    return tuple(dict.fromkeys(names))
