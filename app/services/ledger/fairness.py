"""Watches a replay for what the policy allows: how often and how long a unit may apply, a citizen chase, a round repeat."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.actors import ActorKind
from app.domain.calendar import WorkingCalendar
from app.domain.events import EventKind as E
from app.domain.spans import parse_span
from app.services.ledger.life import Life, Values
from app.services.ledger.replay import Watcher
from app.services.ledger.rulebook import Rulebook
from app.services.ledger.timekeeper import Timekeeper


class Fairness(Watcher):
    """Checks every count and length against the policy of that moment."""

    def __init__(self, calendar: WorkingCalendar, zone: ZoneInfo, rulebook: Rulebook, time: Timekeeper) -> None:
        self._calendar, self._zone, self._rules, self._time = calendar, zone, rulebook, time
        self._reminded: Counter[date] = Counter()

    def before(self, life: Life, event: Values) -> None:
        """Look at what is about to happen."""
        check = {
            E.RETURN_APPLIED: self._return,
            E.EXTENSION_APPLIED: self._extension,
            E.HOLD_APPLIED: self._hold,
            E.REQUEST_HELD: self._review_date,
            E.REQUEST_REMINDED: self._reminder,
            E.REQUEST_REOPENED: self._round,
        }.get(E(event["kind"]))
        if check and (what := check(life, event)):
            life.fault(f"event {event['seq']} ({event['kind']}): {what}")

    def _left(self, event: Values, kind: str) -> str | None:
        order = self._time.orders.get(event["work_order_no"])
        return f"no application to {kind} was left" if order and order.left[kind] <= 0 else None

    def _return(self, life: Life, event: Values) -> str | None:
        order = life.orders[event["work_order_no"]]
        if order.forced:
            return "the order had been assigned by force"
        window = parse_span(self._rules.policy.return_window)
        if order.accepted_at and event["at"] > self._calendar.add(order.accepted_at, window):
            return "the time for returning it was over"
        return self._left(event, "return")

    def _extension(self, _life: Life, event: Values) -> str | None:
        known = self._time.orders.get(event["work_order_no"])
        due = known.limits["resolve"].due if known else None
        if known and due and known.span:
            until = datetime.fromisoformat(event["payload"]["until"])
            if not due < until <= self._calendar.add(due, parse_span(known.span)):
                return f"asks for time until {until}, the limit being {due} and the span {known.span}"
        return self._left(event, "extend")

    def _hold(self, life: Life, event: Values) -> str | None:
        return self._review_date(life, event) or self._left(event, "hold")

    def _review_date(self, _life: Life, event: Values) -> str | None:
        today, days = event["at"].astimezone(self._zone).date(), self._rules.policy.max_hold_days
        review_on = date.fromisoformat(event["payload"]["review_on"])
        if not today < review_on <= today + timedelta(days=days):
            return f"is to be reviewed on {review_on}"
        return None

    def _reminder(self, _life: Life, event: Values) -> str | None:
        if "follower" in event["payload"]:
            return None
        today = event["at"].astimezone(self._zone).date()
        self._reminded[today] += 1
        most = self._rules.policy.reminders_a_day
        return f"is the {self._reminded[today]}th on {today}" if self._reminded[today] > most else None

    def _round(self, life: Life, event: Values) -> str | None:
        by_itself = event["actor_kind"] == ActorKind.SYSTEM
        return (
            f"round {life.round + 1} by itself" if by_itself and life.round > self._rules.policy.redo_rounds else None
        )
