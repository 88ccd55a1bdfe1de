"""Turns the columns of a request and its order into the item that lists, the feed and answers show.

A page makes fifty of them, so everything that is the same for many rows (names, open actions, which clocks run) is
looked up rather than worked out; a list reads these columns and no others.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from app.domain.actors import Actor, ActorKind
from app.domain.clocks import Lamp, lamp
from app.domain.permissions import Permission
from app.domain.states import RequestState, Subject
from app.domain.walking import Standing, available
from app.services.masked_texts import masked_text
from app.services.reference import Reference
from app.services.workflow.alarms import order_clock_runs
from app.services.workflow.rows import Values, is_secret, position_of, standing

_MATTER = ("ticket_no", "title", "kind", "urgency", "confidential", "category_code", "area_code", "state")
_REQUEST_FACTS = (
    "callback_outcome", "anonymous", "followers", "desk", "satisfaction", "rating_excluded", "resolved_answer",
)  # fmt: skip
_ORDER_FACTS = (
    "state", "role", "forced", "open_application", "returns_left", "extensions_left", "holds_left", "unit_code",
    "asked_by_unit",
)  # fmt: skip
_CLOCKS = (
    "held_at", "accept_soon_at", "accept_due_at", "accepted_at", "contact_soon_at", "contact_due_at", "contacted_at",
    "resolve_soon_at", "resolve_due_at", "submitted_at",
)  # fmt: skip
_OF_ORDER = (
    "work_order_no", "version", "round", "reason", "parent_no", "task", "attended", "open_helpers", "escalated_at",
    "result", "outcome", "created_at", "updated_at",
)  # fmt: skip
_OF_REQUEST = (
    "id", "version", "round", "channel", "master_no", "dispatch_soon_at", "dispatch_due_at", "dispatched_at",
    "resolved_at", "closed_at", "result", "outcome", "created_at", "updated_at",
)  # fmt: skip
_ORDER = (*_ORDER_FACTS, *_CLOCKS, *_OF_ORDER)


def _select(request: tuple[str, ...], order: tuple[str, ...]) -> str:
    return ", ".join((*(f"r.{name}" for name in request), *(f"o.{name} AS o_{name}" for name in order)))


ORDER_ITEM = _select((*_MATTER, *_REQUEST_FACTS), _ORDER)
"""What `Shaper.order` reads: columns of `service_request r`, and of `work_order o` with `o_` before their names."""
REQUEST_ITEM = _select((*_MATTER, *_REQUEST_FACTS, *_OF_REQUEST), (*_ORDER_FACTS, *_CLOCKS, "work_order_no"))
"""What `Shaper.request` reads; the order is the lead's, or all NULL."""
_PREFIXED = tuple((name, f"o_{name}") for name in _ORDER)
_NO_ORDER = dict.fromkeys(f"o_{name}" for name in _ORDER)
_DONE_BY = {"accept": "o_accepted_at", "contact": "o_contacted_at", "resolve": "o_submitted_at"}
_CLOCK_COLUMNS = tuple((name, f"o_{name}_soon_at", f"o_{name}_due_at", done) for name, done in _DONE_BY.items())
_WORST_FIRST = (Lamp.RED, Lamp.YELLOW, Lamp.BLUE)
WITHHELD = "（保密）"
"""Instead of what colleagues wrote about the person: no mask knows every name."""
Columns: TypeAlias = Any
"""A mapping, or a row of the database, which is none to the type checker."""


def joined(request: Mapping[str, Any], order: Mapping[str, Any] | None) -> Values:
    """The columns of a loaded request and its order as a list's statement would give them."""
    return {**request, **(_NO_ORDER if order is None else {prefixed: order[name] for name, prefixed in _PREFIXED})}


def trusted(actor: Actor) -> bool:
    """Whether the reader may know who is behind any request it sees: whoever could ask for it anyway."""
    return actor.kind in (ActorKind.SYSTEM, ActorKind.CITIZEN) or actor.may(Permission.REQUEST_REVEAL)


def clocks(row: Columns, now: datetime, *, dispatch: bool = True) -> dict[str, Any]:
    """Each clock by name: when yellow, when red, when done, and its lamp while it runs."""
    found: dict[str, Any] = {}
    if dispatch and row["dispatch_due_at"]:
        soon, due = row["dispatch_soon_at"], row["dispatch_due_at"]
        done = row["dispatched_at"] or row["resolved_at"] or row["closed_at"]
        shown = lamp(now, soon, due) if row["state"] == RequestState.RECEIVED else None
        found["dispatch"] = {"due_soon_at": soon, "due_at": due, "done_at": done, "lamp": shown}
    if row["o_work_order_no"] is None:
        return found
    held, contacted = row["o_held_at"] is not None, row["o_contacted_at"] is not None
    running = _running(row["o_state"], held=held, contacted=contacted)
    for name, soon_at, due_at, done_at in _CLOCK_COLUMNS:
        due = row[due_at]
        if due is not None:  # a helper has no duty to ring the citizen
            soon = row[soon_at]
            shown = lamp(now, soon, due) if name in running else None
            found[name] = {"due_soon_at": soon, "due_at": due, "done_at": row[done_at], "lamp": shown}
    return found


@lru_cache(maxsize=64)
def _running(state: str, *, held: bool, contacted: bool) -> frozenset[str]:
    """Names of the clocks that run on an order that has them all."""
    order = {"state": state, "contacted_at": contacted or None, **{f"{name}_due_at": True for name in _DONE_BY}}
    return frozenset(name for name in _DONE_BY if not held and order_clock_runs(name, order))


def worst_lamp(shown: Mapping[str, Any]) -> Lamp | None:
    """The lamp of the clock that is worst off; None when no clock runs."""
    lit = [clock["lamp"] for clock in shown.values() if clock["lamp"]]
    return next(colour for colour in _WORST_FIRST if colour in lit) if lit else None


class Shaper:
    """Makes items for one reader at one instant."""

    def __init__(self, reference: Reference, actor: Actor, now: datetime) -> None:
        self._names, self._actor, self._now = reference.names, actor, now
        self._trusted = trusted(actor)
        self._standings: dict[tuple[str | None, str | None], Standing] = {}

    def hides(self, row: Columns) -> bool:
        """Whether this reader may not know who is behind the request."""
        return not self._trusted and is_secret(row)

    def order(self, row: Columns) -> Values:
        """A work order as it stands on a desk, in the feed and in answers."""
        shown = clocks(row, self._now, dispatch=False)
        hidden = self.hides(row)
        return {
            "work_order_no": row["o_work_order_no"],
            "ticket_no": row["ticket_no"],
            "role": row["o_role"],
            "state": row["o_state"],
            "version": row["o_version"],
            "round": row["o_round"],
            "unit": self._names.unit(row["o_unit_code"]),
            **self._matter(row, hidden=hidden),
            "request_state": row["state"],
            "reason": WITHHELD if hidden else row["o_reason"],
            "parent_no": row["o_parent_no"],
            "task": masked_text(row["o_task"]) if hidden else row["o_task"],
            "forced": row["o_forced"],
            "attended": row["o_attended"],
            "open_application": row["o_open_application"],
            "open_helpers": row["o_open_helpers"],
            "escalated_at": row["o_escalated_at"],
            "lamp": worst_lamp(shown),
            "due_at": min((clock["due_at"] for clock in shown.values() if clock["lamp"]), default=None),
            "deadlines": shown,
            "result": masked_text(row["o_result"]) if hidden else row["o_result"],
            "outcome": row["o_outcome"],
            "created_at": row["o_created_at"],
            "updated_at": row["o_updated_at"],
            "available_actions": self._available(row, Subject.WORK_ORDER),
        }

    def request(self, row: Columns) -> Values:
        """A request as it stands in lists and answers."""
        shown = clocks(row, self._now)
        hidden = self.hides(row)
        return {
            "ticket_no": row["ticket_no"],
            "state": row["state"],
            "version": row["version"],
            "round": row["round"],
            **self._matter(row, hidden=hidden),
            "channel": row["channel"],
            "unit": self._names.unit(row["o_unit_code"]),
            "work_order_no": row["o_work_order_no"],
            "desk": row["desk"],
            "master_no": row["master_no"],
            "followers": row["followers"],
            "lamp": worst_lamp(shown),
            "deadlines": shown,
            "result": masked_text(row["result"]) if hidden else row["result"],
            "outcome": row["outcome"],
            "resolved": row["resolved_answer"],
            "satisfaction": row["satisfaction"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "available_actions": self._available(row, Subject.REQUEST),
        }

    def _matter(self, row: Columns, *, hidden: bool) -> Values:
        path = self._names.category_path(row["category_code"])
        return {
            # A title made from the text may hold half a number, which no mask would know.
            "title": f"{WITHHELD}{path[-1] if path else '诉求'}" if hidden else row["title"],
            "kind": row["kind"],
            "urgency": row["urgency"],
            "confidential": is_secret(row),
            "category_code": row["category_code"],
            "category_path": path,
            "area_code": row["area_code"],
            "area_name": self._names.area(row["area_code"]),
        }

    def _available(self, row: Columns, subject: Subject) -> tuple[str, ...]:
        whose = row["o_unit_code"], row["o_asked_by_unit"]
        if whose not in self._standings:
            about = {"unit_code": whose[0], "asked_by_unit": whose[1]}
            self._standings[whose] = standing(self._actor, about)
        return _open_to(
            self._standings[whose],
            subject,
            row["state"],
            row["callback_outcome"],
            is_secret(row) or row["anonymous"],
            row["followers"] > 0,
            row["desk"],
            row["satisfaction"],
            row["rating_excluded"],
            row["resolved_answer"],
            row["o_state"],
            row["o_role"],
            row["o_forced"],
            row["o_open_application"] is not None,
            row["o_returns_left"],
            row["o_extensions_left"],
            row["o_holds_left"],
        )


@lru_cache(maxsize=8_192)  # of some 700 bytes each
def _open_to(
    reader: Standing,
    subject: Subject,
    state: str,
    callback_outcome: str | None,
    secret: bool,
    followed: bool,
    desk: str | None,
    satisfaction: int | None,
    rating_excluded: str | None,
    resolved_answer: str | None,
    order_state: str | None,
    *rest: Any,
) -> tuple[str, ...]:
    """Names of the open actions. What the rules ask about is little: most rows of a city look alike to them."""
    request = {
        "state": state,
        "callback_outcome": callback_outcome,
        "confidential": secret,
        "kind": None,
        "followers": int(followed),
        "desk": desk,
        "satisfaction": satisfaction,
        "rating_excluded": rating_excluded,
        "resolved_answer": resolved_answer,
    }
    facts = ("role", "forced", "open_application", "returns_left", "extensions_left", "holds_left")
    order = None if order_state is None else {"state": order_state, **dict(zip(facts, rest, strict=True))}
    if order is not None:
        order["open_application"] = order["open_application"] or None
    return available(position_of(request, order), reader, subject)
