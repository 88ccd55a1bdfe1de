"""How requests and orders look from outside: one shape wherever they appear, fitted to the reader.

A reader who does not see everything gets no identity in confidential matters, and masked text.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app.domain.actors import Actor, ActorKind
from app.domain.clocks import Lamp, lamp
from app.domain.events import EventKind
from app.domain.masking import mask_text
from app.domain.permissions import Permission
from app.domain.states import Subject
from app.domain.walking import available
from app.services.reference import Reference
from app.services.workflow.alarms import running_limits
from app.services.workflow.rows import Values, is_secret, position_of, standing

_DONE_BY = {"accept": "accepted_at", "contact": "contacted_at", "resolve": "submitted_at"}
_WORST_FIRST = (Lamp.RED, Lamp.YELLOW, Lamp.BLUE)


def hides(request: Mapping[str, Any], actor: Actor) -> bool:
    """Whether this reader may not know who is behind the request: whoever could not ask for it either."""
    trusted = actor.kind in (ActorKind.SYSTEM, ActorKind.CITIZEN) or actor.may(Permission.REQUEST_REVEAL)
    return is_secret(request) and not trusted


WRITTEN = frozenset(
    {"public", "note", "reason", "outcome", "result", "comment", "method", "text", "to", "task", "suggestion", "reply"}
)
"""Keys of event payloads whose values somebody wrote; the others are codes, numbers and instants, or not in ASCII."""


WITHHELD = "（保密）"
"""Instead of what colleagues wrote about the person: no mask knows every name."""


TO_THE_UNIT = frozenset(
    {
        EventKind.ORDER_SENT_BACK,
        EventKind.APPLICATION_APPROVED,
        EventKind.APPLICATION_REFUSED,
        EventKind.SUPERVISION_SENT_BACK,
    }
)
"""Events whose reason tells the unit what to do: masked, not withheld."""


def masked_payload(payload: Mapping[str, Any], known: Iterable[str] = (), kind: str = "") -> dict[str, Any]:
    """What an event of a kind tells, without the personal data in what people wrote; `known` are the person's own fields."""
    names, kept = tuple(known), ("note",) if kind in TO_THE_UNIT else ("reason", "note")

    def shown(key: str, value: str) -> str:
        return WITHHELD if key in kept else mask_text(value, names)

    return rewritten(payload, shown)


def rewritten(payload: Mapping[str, Any], by: Callable[[str, str], str]) -> dict[str, Any]:
    """A payload, what it holds in other objects and lists included, with what people wrote put through `by(key, text)`."""

    def walk(key: str, value: Any) -> Any:
        if isinstance(value, str):
            return by(key, value) if key in WRITTEN or not value.isascii() else value
        if isinstance(value, dict):
            return {name: walk(name, part) for name, part in value.items()}
        return [walk(key, part) for part in value] if isinstance(value, list) else value

    return {key: walk(key, value) for key, value in payload.items()}


def without_words(classification: Mapping[str, Any]) -> dict[str, Any]:
    """A classification without the words of the text that decided it."""
    words: dict[str, list[str]] = {key: [] for key in classification if key.endswith("evidence")}
    alternatives = [{**candidate, "evidence": []} for candidate in classification["alternatives"]]
    opinion = classification.get("second_opinion")
    silent = {**opinion, "reason": None} if opinion else None
    return {**classification, **words, "alternatives": alternatives, "second_opinion": silent}


def deadlines(request: Values, order: Values | None, now: datetime) -> dict[str, Any]:
    """Each clock by name: when yellow, when red, when done, and its lamp while it runs."""
    limits = running_limits(request, order)
    clocks: dict[str, Any] = {}
    if request["dispatch_due_at"]:
        done = request["dispatched_at"] or request["resolved_at"] or request["closed_at"]
        clocks["dispatch"] = _clock(request["dispatch_soon_at"], request["dispatch_due_at"], done)
    if order:
        for name, done in _DONE_BY.items():
            if order[f"{name}_due_at"] is None:
                continue  # a helper has no duty to ring the citizen
            clocks[name] = _clock(order[f"{name}_soon_at"], order[f"{name}_due_at"], order[done])
    for name, clock in clocks.items():
        clock["lamp"] = lamp(now, limits[name].soon, limits[name].due) if name in limits else None
    return clocks


def _clock(soon: datetime, due: datetime, done: datetime | None) -> dict[str, Any]:
    return {"due_soon_at": soon, "due_at": due, "done_at": done}


def worst_lamp(clocks: Mapping[str, Any]) -> Lamp | None:
    """The lamp of the clock that is worst off; None when no clock runs."""
    shown = {clock["lamp"] for clock in clocks.values()}
    return next((colour for colour in _WORST_FIRST if colour in shown), None)


def request_item(request: Values, order: Values | None, reference: Reference, actor: Actor, now: datetime) -> Values:
    """A request as it stands in lists and answers."""
    clocks = deadlines(request, order, now)
    return {
        "ticket_no": request["ticket_no"],
        "state": request["state"],
        "version": request["version"],
        "round": request["round"],
        **_matter(request, reference, actor),
        "channel": request["channel"],
        "unit": reference.unit_view(order["unit_code"]) if order else None,
        "work_order_no": order["work_order_no"] if order else None,
        "desk": request["desk"],
        "master_no": request["master_no"],
        "followers": request["followers"],
        "lamp": worst_lamp(clocks),
        "deadlines": clocks,
        "result": _text(request, request["result"], actor),
        "outcome": request["outcome"],
        "resolved": request["resolved_answer"],
        "satisfaction": request["satisfaction"],
        "created_at": request["created_at"],
        "updated_at": request["updated_at"],
        "available_actions": _available(request, order, actor, Subject.REQUEST),
    }


def order_item(request: Values, order: Values, reference: Reference, actor: Actor, now: datetime) -> Values:
    """A work order as it stands on a desk, in the feed and in answers."""
    clocks = {name: clock for name, clock in deadlines(request, order, now).items() if name != "dispatch"}
    return {
        "work_order_no": order["work_order_no"],
        "ticket_no": request["ticket_no"],
        "role": order["role"],
        "state": order["state"],
        "version": order["version"],
        "round": order["round"],
        "unit": reference.unit_view(order["unit_code"]),
        **_matter(request, reference, actor),
        "request_state": request["state"],
        "reason": WITHHELD if hides(request, actor) else order["reason"],
        "parent_no": order["parent_no"],
        "task": _text(request, order["task"], actor),
        "forced": order["forced"],
        "attended": order["attended"],
        "open_application": order["open_application"],
        "open_helpers": order["open_helpers"],
        "escalated_at": order["escalated_at"],
        "lamp": worst_lamp(clocks),
        "due_at": min((clock["due_at"] for clock in clocks.values() if clock["lamp"]), default=None),
        "deadlines": clocks,
        "result": _text(request, order["result"], actor),
        "outcome": order["outcome"],
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
        "available_actions": _available(request, order, actor, Subject.WORK_ORDER),
    }


def _text(request: Values, text: str | None, actor: Actor) -> str | None:
    return mask_text(text) if text and hides(request, actor) else text


def _matter(request: Values, reference: Reference, actor: Actor) -> Values:
    path = reference.category_path(request["category_code"])
    return {
        # A title made from the text may hold half a number, which no mask would know.
        "title": f"（保密）{path[-1] if path else '诉求'}" if hides(request, actor) else request["title"],
        "kind": request["kind"],
        "urgency": request["urgency"],
        "confidential": is_secret(request),
        "category_code": request["category_code"],
        "category_path": path,
        "area_code": request["area_code"],
        "area_name": reference.area_name(request["area_code"]),
    }


def _available(request: Values, order: Values | None, actor: Actor, subject: Subject) -> list[str]:
    return list(available(position_of(request, order), standing(actor, order), subject))
