"""Plays the events of one request in order and arrives at the state of everything; no row is looked at.

Each event must join the one before: numbers without a gap, states that fit, moves that the workflow table has.
Watchers see every event before it is applied and after, e.g. to recompute the clocks.
"""

from collections.abc import Iterable, Sequence

from app.services.ledger.life import Life, Values
from app.services.ledger.moves import (
    ALARMS,
    OF_APPLICATION,
    OF_SLIP,
    OPENS_HELPER,
    ORDER_MOVES,
    request_may,
    tells_order,
)
from app.services.ledger.telling import TELLING


class Watcher:
    """Looks on while a life is replayed."""

    def before(self, life: Life, event: Values) -> None:
        """The life is as it was before the event."""

    def after(self, life: Life, event: Values) -> None:
        """The life is as it was after the event."""

    def ended(self, life: Life) -> None:
        """There are no more events."""


def replay(ticket_no: str, events: Iterable[Values], watchers: Sequence[Watcher] = ()) -> Life:
    """The life that these events tell, in order of `seq`; what does not join stands in `faults`.

    Events are rows of the table `event`: at, seq, kind, work_order_no, unit_code, actor_kind, from_state, to_state,
    request_state, payload.
    """
    life = Life(ticket_no)
    for event in events:
        life.version += 1
        if event["seq"] != life.version:
            life.fault(f"event {event['seq']} ({event['kind']}) follows event {life.version - 1}")
            life.version = event["seq"]
        for watcher in watchers:
            watcher.before(life, event)
        _take(life, event)
        for watcher in watchers:
            watcher.after(life, event)
    for watcher in watchers:
        watcher.ended(life)
    return life


def _take(life: Life, event: Values) -> None:
    kind, before, after = event["kind"], life.state, event["request_state"]
    where = f"event {event['seq']} ({kind})"
    if not request_may(kind, before, after):
        life.fault(f"{where} finds the request {before} and leaves it {after}: the workflow has no such step")
    if tells_order(kind, event["to_state"]):
        _move_order(life, event, where)
    elif kind in OF_APPLICATION | OF_SLIP:
        _move_record(life, event, where)
    elif _tells_request(event) and (event["from_state"], event["to_state"]) != (before, after):
        life.fault(f"{where} tells {event['from_state']} → {event['to_state']}, but it was {before} → {after}")
    life.state = after
    if kind in ALARMS:
        life.alarms[kind] = life.alarms.get(kind, 0) + 1
    elif tell := TELLING.get(kind):
        try:
            tell(life, event)
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            life.fault(f"{where} cannot be understood after what came before ({type(error).__name__}: {error})")


def _tells_request(event: Values) -> bool:
    """Alarms and the like tell of no state; a helper's order begins pending."""
    return event["to_state"] is not None and event["kind"] not in OPENS_HELPER


def _move_order(life: Life, event: Values, where: str) -> None:
    order = life.orders.get(event["work_order_no"])
    if order is None:
        life.fault(f"{where} is about order {event['work_order_no']}, which was never opened")
        return
    move = event["from_state"], event["to_state"]
    if move[0] != order.state:
        life.fault(f"{where} takes order {order.number} from {move[0]}, but it was {order.state}")
    if move not in ORDER_MOVES.get(event["kind"], ()):
        life.fault(f"{where} moves order {order.number} {move[0]} → {move[1]}: the workflow has no such step")
    order.state = event["to_state"]
    if not order.is_open:
        order.completed_at = event["at"]
        if order.state != "completed":
            order.held_at = None
            life.lead_no = None if order.number == life.lead_no else life.lead_no
    if order.is_open and order.is_lead and sum(o.is_open and o.is_lead for o in life.orders.values()) > 1:
        life.fault(f"{where} leaves two lead orders open")


def _move_record(life: Life, event: Values, where: str) -> None:
    kind = "application" if event["kind"] in OF_APPLICATION else "supervision"
    records = life.applications if kind == "application" else life.slips
    number = event["payload"].get(kind)
    record = records.get(number)
    if record is None:
        life.fault(f"{where} is about {number}, which was never opened")
        return
    if record.state != event["from_state"]:
        life.fault(f"{where} takes {number} from {event['from_state']}, but it was {record.state}")
    record.state = event["to_state"]
