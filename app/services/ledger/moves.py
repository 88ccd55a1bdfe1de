"""Which moves the history may tell: read off the workflow table, so that a step outside the table is a discrepancy."""

from app.domain.events import EventKind as E
from app.domain.states import OrderState as O
from app.domain.states import RequestState as S
from app.domain.states import Subject
from app.domain.workflow import TRANSITIONS

Move = tuple[str | None, str]

OPENS_HELPER = {E.ASSIST_ASKED: "assist", E.ORDER_DELEGATED: "child", E.WHISTLE_BLOWN: "summons"}
"""Events that tell of a helper's order, which begins; and its role."""
APPLIES = {E.RETURN_APPLIED: "return", E.EXTENSION_APPLIED: "extend", E.HOLD_APPLIED: "hold"}
"""Events that open an application; and its kind."""
OF_APPLICATION = {E.APPLICATION_APPROVED, E.APPLICATION_REFUSED, E.APPLICATION_CANCELLED, E.APPLICATION_EXPIRED}
OF_SLIP = {E.SUPERVISION_REPLIED, E.SUPERVISION_ACCEPTED, E.SUPERVISION_SENT_BACK, E.SUPERVISION_OVERDUE}
"""Events whose states are those of a record beside the order."""
ALARMS = {
    E.REQUEST_DUE_SOON, E.REQUEST_OVERDUE, E.ORDER_DUE_SOON, E.ORDER_OVERDUE, E.ORDER_LATE, E.ORDER_ESCALATED,
}  # fmt: skip
_LEAVING = {E.ORDER_WITHDRAWN: (O.PENDING, O.ACCEPTED, O.SUBMITTED), E.ORDER_RETURNED: (O.ACCEPTED,)}
"""An order taken from its unit on the way of another step; the request moves with that step's own event."""
_LEFT = {E.ORDER_WITHDRAWN: O.WITHDRAWN, E.ORDER_RETURNED: O.RETURNED}


def _request_moves() -> dict[str, frozenset[Move]]:
    found: dict[str, set[Move]] = {E.REQUEST_RECEIVED: {(None, S.RECEIVED)}}
    for row in TRANSITIONS:
        moves = found.setdefault(row.event, set())
        moves |= {(before.value, (row.request_to or before).value) for before in row.request_from}
    for kind in _LEAVING:
        found.setdefault(kind, set()).update((state.value, state.value) for state in S)
    found[E.HOLD_GRANTED] = {(S.IN_PROGRESS, S.ON_HOLD)}  # told on the way of the approval, which then finds it so
    found[E.APPLICATION_APPROVED].add((S.ON_HOLD, S.ON_HOLD))
    return {kind: frozenset(moves) for kind, moves in found.items()}


def _order_moves() -> dict[str, frozenset[Move]]:
    found: dict[str, set[Move]] = {}
    for row in TRANSITIONS:
        if row.subject in (Subject.WORK_ORDER, Subject.REQUEST):
            froms = [state for state in row.order_from if state is not None]
            found.setdefault(row.event, set()).update((a.value, (row.order_to or a).value) for a in froms)
    for kind, froms_ in _LEAVING.items():
        found.setdefault(kind, set()).update((a.value, _LEFT[kind].value) for a in froms_)
    return {kind: frozenset(moves) for kind, moves in found.items()}


REQUEST_MOVES = _request_moves()
"""Event → the moves of the request it may tell; an event that is not here moves nothing."""
ORDER_MOVES = _order_moves()
"""Event → the moves of the order that it names."""


def request_may(kind: str, before: str | None, after: str) -> bool:
    """Whether an event of this kind may find the request in `before` and leave it in `after`."""
    moves = REQUEST_MOVES.get(kind)
    return before == after if moves is None else (before, after) in moves


def tells_order(event_kind: str, to_state: str | None) -> bool:
    """Whether the event's states are those of an order that was there before."""
    return event_kind.startswith("work_order.") and to_state is not None and event_kind not in OPENS_HELPER
