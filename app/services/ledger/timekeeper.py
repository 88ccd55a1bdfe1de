"""Watches a replay with the calendar in hand: what every limit must be, and that each alarm was raised exactly once."""

from datetime import datetime

from app.domain.calendar import WorkingCalendar
from app.domain.clocks import ORDER_CLOCKS, Limit, alarms_between, limit
from app.domain.events import EventKind as E
from app.services.ledger import clocks
from app.services.ledger.life import Life, OrderLife, Values
from app.services.ledger.moves import ALARMS, APPLIES, OPENS_HELPER
from app.services.ledger.replay import Watcher
from app.services.ledger.rulebook import Rulebook

CENTRE = ""
"""The key of the request's own clock among those of its orders."""


class Timekeeper(Watcher):
    """The clocks of one request while it is replayed."""

    def __init__(self, calendar: WorkingCalendar, rulebook: Rulebook) -> None:
        self._calendar = calendar
        self._rules = rulebook
        self.orders: dict[str, clocks.OrderClocks] = {}
        self.dispatch = Limit(None, None)
        self.mark: datetime | None = None
        self.callback_due: datetime | None = None
        self._raised: dict[str, tuple[datetime, clocks.Expected]] = {}
        self._stood: dict[str, datetime] = {}

    def before(self, life: Life, event: Values) -> None:
        """Every alarm due before a step must have been raised; remember who stands still."""
        if event["kind"] in ALARMS:
            self._alarm(life, event)
        else:
            self._nothing_lost(life, event)
        self._stood = {order.number: order.held_at for order in life.together if order.held_at}
        lead = life.lead
        if event["kind"] == E.ORDER_SENT_BACK and lead and lead.submitted_at:
            self._stood = {lead.number: lead.submitted_at}

    def _due(self, life: Life, at: datetime) -> dict[str, clocks.Expected]:
        """Alarms due at `at` that are not being raised already, by order."""
        found = {}
        for order in life.together:
            if order.number in self.orders:
                found[order.number] = self.orders[order.number].due_alarms(order, at)
        if life.state == "received" and self.mark:
            due = alarms_between({"dispatch": self.dispatch}, self.mark, at)
            found[CENTRE] = [(instant, name, alarm.value) for instant, name, alarm in due]
        return found

    def _alarm(self, life: Life, event: Values) -> None:
        at, key = event["at"], event["work_order_no"] or CENTRE
        when, waiting = self._raised.get(key, (None, []))
        if when != at or not waiting:
            waiting = self._due(life, at).get(key, [])
        told = event["payload"]
        alarm = datetime.fromisoformat(told["since"]), told["clock"], event["kind"].partition(".")[2]
        if alarm in waiting:
            waiting.remove(alarm)
        else:
            life.fault(f"event {event['seq']} ({event['kind']}, {told['clock']}) was not due, or was raised before")
        self._raised[key] = at, waiting
        if not waiting:
            self._mark(key, at)

    def _mark(self, key: str, at: datetime) -> None:
        if key == CENTRE:
            self.mark = at
        elif key in self.orders:
            self.orders[key].mark = at

    def ended(self, life: Life) -> None:
        """What a sweep raises for an order it raises together; what became due later may still be to come."""
        self._all_raised(life, "up to the end")

    def _all_raised(self, life: Life, when: str) -> None:
        for key, (at, waiting) in self._raised.items():
            if waiting:
                self._mark(key, at)
                life.fault(f"{when} not all alarms of {key or 'the centre'} were raised at {at}")
        self._raised.clear()

    def _nothing_lost(self, life: Life, event: Values) -> None:
        self._all_raised(life, f"before event {event['seq']}")
        for key, due in self._due(life, event["at"]).items():
            for instant, name, alarm in due:
                where = f"of {key}" if key else "of the centre"
                life.fault(f"the alarm {alarm} {where} ({name}, due {instant}) was not raised by event {event['seq']}")

    def after(self, life: Life, event: Values) -> None:
        """Begin, move and stop clocks as the event says."""
        self._rules.follow(event)
        kind, at, policy = event["kind"], event["at"], self._rules.policy
        if kind in (E.REQUEST_DISPATCHED, E.REQUEST_REOPENED):
            used = life.in_round
            self.orders[event["work_order_no"]] = clocks.of_lead(self._calendar, policy, at, used)
        elif kind in OPENS_HELPER:
            self._open_helper(life, event)
        elif kind in APPLIES:
            order = self.orders[event["work_order_no"]]
            order.left[APPLIES[E(kind)]] -= 1
        elif kind == E.APPLICATION_APPROVED and event["payload"]["kind"] == "extend":
            until = datetime.fromisoformat(event["payload"]["until"])
            self.orders[event["work_order_no"]].extend(self._calendar, policy, at, until)
        self._go_on(life, event)
        self._centre(life, event)

    def _open_helper(self, life: Life, event: Values) -> None:
        lead, number = life.lead, event["payload"]["helper_no"]
        if lead and lead.number in self.orders:
            parent, role = self.orders[lead.number], life.orders[number].role
            self.orders[number] = clocks.of_helper(self._calendar, self._rules.policy, event["at"], role, lead, parent)

    def _go_on(self, life: Life, event: Values) -> None:
        """Move the limits of those that stood still before the event and go on after it."""
        back = event["kind"] == E.ORDER_SENT_BACK
        for number, since in self._stood.items():
            order = life.orders[number]
            if order.is_open and order.held_at is None and number in self.orders:
                names = ["resolve"] if back else running(order)
                self.orders[number].stood_still(self._calendar, self._rules.policy, names, since, event["at"])

    def _centre(self, life: Life, event: Values) -> None:
        kind, at = event["kind"], event["at"]
        told = event["payload"]
        returned = kind == E.APPLICATION_APPROVED and told["kind"] == "return"
        taken_back = kind == E.ORDER_WITHDRAWN and life.state == "received" and not told.get("mistake")
        if kind in (E.REQUEST_RECEIVED, E.REQUEST_UNMERGED) or returned or taken_back:
            self.dispatch, self.mark = clocks.of_centre(self._calendar, self._rules.policy, at), at
        if kind in (E.ORDER_COMPLETED, E.REQUEST_ANSWERED, E.REQUEST_FOLLOWED):
            self.callback_due = limit(self._calendar, self._rules.policy.callback, at).due
        elif kind == E.REQUEST_REOPENED:
            self.callback_due = None


def running(order: OrderLife) -> list[str]:
    """Names of the clocks that wait for the order's work."""
    return [name for name in ORDER_CLOCKS if clocks.runs(name, order)]
