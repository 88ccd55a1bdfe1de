"""What should happen to every caller at every position: worked out from the rows of the table and the roles alone.

Nothing here asks the code under test (`domain/walking.py`, `services/workflow`); only the two tables are read.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.events import EventKind as E
from app.domain.permissions import DEFAULT_ROLES
from app.domain.states import OPEN_ORDER_STATES, Guard, OrderState, Whose
from app.domain.states import OrderRole as Role
from app.domain.walking import Position
from app.domain.workflow import TRANSITIONS, Transition
from support.lives import ABOVE, HELPER, STRANGER, UNIT, Life

LEADS, OVER = ABOVE, "agriculture"
"""A township leads, so that it may pass work down and summon others; `OVER` is put above it."""
ABOVE_OF = {LEADS: OVER, UNIT: LEADS}
STAFF = {
    "operator": "operator", "dispatcher": "dispatcher", "expert": "expert", "callback": "callback_agent",
    "supervisor": "supervisor", "auditor": "auditor", "admin": "admin",
}  # fmt: skip
CADRE = "cadre.of.nobody"
UNITS = {f"unit-{unit}": unit for unit in (LEADS, OVER, UNIT, HELPER, STRANGER)}
CALLERS = (*STAFF, CADRE, *UNITS, None)
SUBJECT = {"helper": "work_order"}
GONE = (OrderState.WITHDRAWN, OrderState.RETURNED)
Cell = tuple[str, str, str | None]
"""Subject (`helper`: the order that helps), action, choice."""
SYSTEM_ONLY = ("redo", "rating", "follow", "gather", "lapse", "expire")


def cells(*subjects: str) -> Iterator[Cell]:
    """Every action on these subjects with each choice of its form, except what only the system and citizens do."""
    for subject in subjects:
        kind = SUBJECT.get(subject, subject)
        of_form = kind == "request"  # of an application the choice is its kind
        here = [row for row in TRANSITIONS if row.subject == kind and row.action not in SYSTEM_ONLY]
        yield from dict.fromkeys((subject, row.action, row.choice if of_form else None) for row in here)


def permissions_of(caller: str) -> frozenset[str]:
    """What the caller's role allows."""
    role = "cadre" if caller == CADRE else STAFF.get(caller, "handler")
    return frozenset(DEFAULT_ROLES[role][1])


def at_of(life: Life, subject: str) -> Position:
    """The position as the subject sees it: a request whose lead was taken away has none."""
    if subject == "helper":
        return life.helper or life.position
    at = life.position
    return replace(at, order=None) if subject == "request" and at.order in GONE else at


def rows_of(cell: Cell, life: Life) -> list[Transition]:
    """The rows that the cell's call may walk."""
    subject, action, choice = cell
    if subject == "application":
        choice = life.kind
    kind = SUBJECT.get(subject, subject)
    return [r for r in TRANSITIONS if (r.subject, r.action) == (kind, action) and r.choice in (None, choice)]


def holds(guard: Guard | None, at: Position) -> bool:
    """Whether the condition is met."""
    free = not at.applied
    return {
        None: True,
        Guard.CALLBACK_SPENT: at.callback_spent,
        Guard.NOT_SECRET: not at.secret,
        Guard.NO_APPLICATION: free,
        Guard.MAY_RETURN: free and at.may_return,
        Guard.MAY_EXTEND: free and at.may_extend,
        Guard.MAY_HOLD: free and at.may_hold,
        Guard.NO_FOLLOWERS: not at.followed,
        Guard.AT_A_DESK: at.at_desk,
        Guard.AT_NO_DESK: not at.at_desk,
        Guard.CONTENT: at.content,
        Guard.DISCONTENT: not at.content,
        Guard.RATING_COUNTS: at.rating_counts,
    }[guard]


def starts_here(row: Transition, at: Position) -> bool:
    """Whether the row's states, role and condition fit."""
    fits = at.request in row.request_from and at.order in row.order_from and at.role in row.roles
    return fits and row.record_from in (None, at.record) and holds(row.guard, at)


def units_of(life: Life, subject: str) -> set[str]:
    """Units that the subject belongs to, or that asked for it."""
    if subject == "helper":
        return {life.helper_unit, life.unit}
    if subject == "request":
        return ({life.unit} if life.order_no else set()) | ({life.helper_unit} if life.helper_no else set())
    return {life.unit}


def sees(caller: str, life: Life, subject: str) -> bool:
    """Staff see all; a unit and those above it see what it was ever given or asked for."""
    seen = units_of(life, subject)
    above = {ABOVE_OF.get(unit) for unit in seen} | {ABOVE_OF.get(ABOVE_OF.get(unit, "")) for unit in seen}
    return caller in STAFF or UNITS.get(caller) in seen | above - {None}


def may(row: Transition, caller: str, life: Life, subject: str) -> bool:
    """Whether permission, ownership and secrecy let the caller take such a step here at all."""
    owner = life.helper_unit if subject == "helper" else life.unit
    if subject == "request" and at_of(life, subject).order is None:
        owner = ""  # without a lead order there is none of one's own
    whose = {Whose.ANYBODY: True, Whose.OWN_UNIT: UNITS.get(caller) == owner}
    whose[Whose.ASKING_UNIT] = subject == "helper" and UNITS.get(caller) == life.unit
    return row.permission in permissions_of(caller) and whose[row.whose]


def expected(cell: Cell, caller: str | None, life: Life) -> tuple[int, Transition | None]:
    """The status, and the row that is walked on 200."""
    subject = cell[0]
    if caller is None:
        return 401, None
    if not sees(caller, life, subject):
        return 404, None
    at = at_of(life, subject)
    allowed = [r for r in rows_of(cell, life) if may(r, caller, life, subject)]
    # That a matter is secret passes with no state: such a step is forbidden, not out of place.
    allowed = [r for r in allowed if r.guard is not Guard.NOT_SECRET or not at.secret]
    if not allowed:
        return 403, None
    row = next((row for row in allowed if starts_here(row, at)), None)
    if row and row.event in (E.SUPERVISION_ISSUED, E.INSTRUCTION_GIVEN) and at.order is None:
        return 422, None  # answered at once: no unit ever had it that could be asked
    return (200, row) if row else (409, None)


def open_actions(caller: str, life: Life, subject: str, at: Position) -> list[str]:
    """What `available_actions` should say to the caller at this position."""
    kind = SUBJECT.get(subject, subject)
    of_kind = (None, life.kind) if subject == "application" else None
    found = [
        row.action
        for row in TRANSITIONS
        if row.subject == kind
        and (of_kind is None or row.choice in of_kind)
        and may(row, caller, life, subject)
        and starts_here(row, at)
    ]
    return list(dict.fromkeys(found))


def after(row: Transition, at: Position) -> Position:
    """Where the row leads; of a request whose lead is taken the order stays in sight as it ended."""
    there = replace(
        at,
        request=row.request_to or at.request,
        order=row.order_to if row.order_to and at.order in OPEN_ORDER_STATES else at.order,
        record=row.record_to or at.record,
        applied=at.applied and not row.leaves_lead,
    )
    if row.opens_lead:
        fresh = {"callback_spent": False, "content": True, "rating_counts": False, "applied": False, "at_desk": False}
        return replace(there, order=OrderState.PENDING, role=Role.LEAD, **fresh)
    return replace(there, **CHANGES.get(row.event, {}))


_GRANTED = {"applied": False}
CHANGES: dict[E, dict[str, bool]] = {
    E.CALLBACK_REFUSED: {"callback_spent": True},
    E.REQUEST_RATED: {"callback_spent": False, "rating_counts": True},
    E.RATING_EXCLUDED: {"rating_counts": False, "content": True},
    E.REQUEST_HANDED_OVER: {"at_desk": True},
    E.REQUEST_HANDED_BACK: {"at_desk": False},
    E.REQUEST_ANSWERED: {"at_desk": False},
    E.REQUEST_DECLINED: {"at_desk": False, "followed": False},
    E.REQUEST_TRANSFERRED: {"at_desk": False, "followed": False},
    E.REQUEST_MERGED: {"at_desk": False},
    E.RETURN_APPLIED: {"applied": True},
    E.EXTENSION_APPLIED: {"applied": True, "may_extend": False},
    E.HOLD_APPLIED: {"applied": True},
    E.APPLICATION_APPROVED: _GRANTED,
    E.APPLICATION_REFUSED: _GRANTED,
    E.APPLICATION_CANCELLED: _GRANTED,
}
"""What an event means for the conditions of the table."""


GRANTED = {"extend": E.REQUEST_EXTENDED, "hold": E.HOLD_GRANTED}
"""What the citizen hears of an application that was approved."""


def told(row: Transition, life: Life, subject: str) -> list[E]:
    """The events that the step writes, in order: what ends with a lead first, then the row's own."""
    helped = life.helper is not None and life.helper.order in OPEN_ORDER_STATES
    before: list[E] = []
    if row.leaves_lead and life.position.order in OPEN_ORDER_STATES:
        decided = subject == "application"
        before += [E.APPLICATION_LAPSED] if life.position.applied and not decided else []
        before += [E.HELPER_WITHDRAWN] if helped else []
        ending = E.ORDER_RETURNED if row.order_to is OrderState.RETURNED else E.ORDER_WITHDRAWN
        before += [ending] if row.event is not ending else []
    elif row.event is E.ORDER_SUBMITTED and helped:
        before.append(E.HELPER_WITHDRAWN)
    elif row.event is E.HELPER_SUBMITTED:
        before.append(E.HELP_RECEIVED)
    elif row.event is E.APPLICATION_APPROVED:
        before.append(GRANTED[str(row.choice)])
    return [*before, row.event]
