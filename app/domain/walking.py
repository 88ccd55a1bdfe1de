"""Which rows of the workflow table start from where a request and its order stand, and for whom."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.domain.states import Guard, OrderRole, OrderState, RequestState, Subject, Whose
from app.domain.workflow import TRANSITIONS, Transition


@dataclass(frozen=True, slots=True)
class Position:
    """Where a request and one of its orders stand, as far as the table asks.

    `order` is the order a step is on, of a request its lead; `record` the state of the application or slip.
    """

    request: RequestState
    order: OrderState | None = None
    role: OrderRole = OrderRole.LEAD
    record: str | None = None
    callback_spent: bool = False
    secret: bool = False
    applied: bool = False
    may_return: bool = False
    may_extend: bool = False
    may_hold: bool = False
    followed: bool = False
    at_desk: bool = False
    content: bool = True
    rating_counts: bool = False


GUARDS: dict[Guard, Callable[[Position], bool]] = {
    Guard.CALLBACK_SPENT: lambda at: at.callback_spent,
    Guard.NOT_SECRET: lambda at: not at.secret,
    Guard.NO_APPLICATION: lambda at: not at.applied,
    Guard.MAY_RETURN: lambda at: at.may_return and not at.applied,
    Guard.MAY_EXTEND: lambda at: at.may_extend and not at.applied,
    Guard.MAY_HOLD: lambda at: at.may_hold and not at.applied,
    Guard.NO_FOLLOWERS: lambda at: not at.followed,
    Guard.AT_A_DESK: lambda at: at.at_desk,
    Guard.AT_NO_DESK: lambda at: not at.at_desk,
    Guard.CONTENT: lambda at: at.content,
    Guard.DISCONTENT: lambda at: not at.content,
    Guard.RATING_COUNTS: lambda at: at.rating_counts,
}


def rows_for(subject: Subject, action: str, choice: str | None = None) -> list[Transition]:
    """All rows of an action; with `choice`, those that the choice picks."""
    return [
        row for row in TRANSITIONS if row.subject is subject and row.action == action and row.choice in (None, choice)
    ]


def applies(row: Transition, at: Position) -> bool:
    """Whether the row starts from this position."""
    return _states_fit(row, at) and (row.guard is None or GUARDS[row.guard](at))


def _states_fit(row: Transition, at: Position) -> bool:
    return (
        at.request in row.request_from
        and at.order in row.order_from
        and at.role in row.roles
        and row.record_from in (None, at.record)
    )


def obstacle(rows: Iterable[Transition], at: Position) -> Guard | None:
    """The condition that keeps a step from being taken though the states would allow it; None when they do not."""
    return next((row.guard for row in rows if _states_fit(row, at) and not applies(row, at)), None)


def find(rows: Iterable[Transition], at: Position) -> Transition | None:
    """The first of these rows that starts here, or None when there is no such step from here."""
    return next((row for row in rows if applies(row, at)), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """An actor before an order: what it may do at all, and whether the order is its own or asked for by it."""

    permissions: frozenset[str]
    owns: bool = False
    asked: bool = False

    def meets(self, row: Transition) -> bool:
        """Whether the actor may take such a step on this order."""
        ours = {Whose.ANYBODY: True, Whose.OWN_UNIT: self.owns, Whose.ASKING_UNIT: self.asked}
        return row.permission in self.permissions and ours[row.whose]


@lru_cache(maxsize=8192)
def available(at: Position, standing: Standing, subject: Subject, choice: str | None = None) -> tuple[str, ...]:
    """Names of the actions open to an actor, in table order; `choice` narrows to an application's kind.

    Positions, roles and actions are few and lists are long: each answer is worked out once.
    """
    names = (
        row.action
        for row in TRANSITIONS
        if row.subject is subject
        and (choice is None or row.choice in (None, choice))
        and standing.meets(row)
        and applies(row, at)
    )
    return tuple(dict.fromkeys(names))
