"""How requests and orders look from outside: one shape wherever they appear, fitted to the reader.

A reader who does not see everything gets no identity in confidential matters, and masked text.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app.domain.actors import Actor
from app.domain.events import EventKind
from app.domain.masking import mask_text
from app.services.items import WITHHELD as WITHHELD
from app.services.items import Shaper, clocks, joined, trusted
from app.services.reference import Reference
from app.services.workflow.rows import Values, is_secret


def hides(request: Mapping[str, Any], actor: Actor) -> bool:
    """Whether this reader may not know who is behind the request: whoever could not ask for it either."""
    return is_secret(request) and not trusted(actor)


WRITTEN = frozenset(
    {"public", "note", "reason", "outcome", "result", "comment", "method", "text", "to", "task", "suggestion", "reply"}
)
"""Keys of event payloads whose values somebody wrote; the others are codes, numbers and instants, or not in ASCII."""


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
    return clocks(joined(request, order), now)


def request_item(request: Values, order: Values | None, reference: Reference, actor: Actor, now: datetime) -> Values:
    """A loaded request as it stands in lists and answers."""
    return Shaper(reference, actor, now).request(joined(request, order))


def order_item(request: Values, order: Values, reference: Reference, actor: Actor, now: datetime) -> Values:
    """A loaded work order as it stands on a desk, in the feed and in answers."""
    return Shaper(reference, actor, now).order(joined(request, order))
