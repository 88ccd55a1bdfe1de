"""Hides personal data in what a lesser reader sees (脱敏).

Names keep their first character, phones their ends. Free text loses what may lead to a person; the text stays
readable. What counts as such is in `personal_numbers.py`, `personal_doors.py` and `personal_names.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import cycle, islice
from operator import itemgetter

from app.domain.personal_doors import door_spans, home_spans
from app.domain.personal_names import name_spans
from app.domain.personal_numbers import Span, number_spans, plain, private_spans, skeleton

_MOST_PASSES = 5


def mask_name(name: str | None) -> str | None:
    """`张三丰` → `张**`."""
    return name[:1] + "**" if name else None


def mask_phone(phone: str | None) -> str | None:
    """`+8613800000000` → `138****0000`; short numbers keep two digits."""
    if not phone:
        return None
    digits = re.sub(r"\D", "", phone.removeprefix("+86"))
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else f"****{digits[-2:]}"


def mask_id_number(number: str | None) -> str | None:
    """Keeps the region's first two digits only."""
    return number[:2] + "*" * (len(number) - 2) if number else None


def mask_address(address: str | None) -> str | None:
    """Keeps the street, hides building and door."""
    return _until_it_rests(plain(address), lambda text: door_spans(skeleton(text))) if address else None


def mask_text(text: str, known: Iterable[str] = ()) -> str:
    """Free text without anything that may name somebody, and without the `known` names and numbers.

    For readers who must not learn who asks: rather too much is hidden than too little.
    """
    text = plain(text)
    for name in known:
        if plain(name):
            text = text.replace(plain(name), "**")
    return _until_it_rests(text, _any_number, name_spans)


@lru_cache(maxsize=1024)
def mask_private(text: str) -> str:
    """Free text without private numbers, homes and names, for the citizen's own page and for publication.

    Land lines stay, and so do the rooms of offices: an answer often says where to ring or to go. The newest texts are
    kept: who follows a request reads the same again, and offices say many things in the same words.
    """
    return _until_it_rests(plain(text), _private_number, name_spans)


def _any_number(text: str) -> Iterator[Span]:
    bones = skeleton(text)
    yield from private_spans(text, bones)
    yield from door_spans(bones)
    yield from number_spans(bones)


def _private_number(text: str) -> Iterator[Span]:
    bones = skeleton(text)
    yield from private_spans(text, bones)
    yield from home_spans(bones)


def _until_it_rests(text: str, *finders: Callable[[str], Iterable[Span]]) -> str:
    """Hide by turns until nothing more is found: what stood between two secrets may be one itself once they are gone."""
    resting = 0
    for find in islice(cycle(finders), _MOST_PASSES * len(finders)):
        spans = sorted(find(text), key=itemgetter(0))
        text = _hidden(text, spans) if spans else text
        resting = 0 if spans else resting + 1
        if resting == len(finders):
            break
    return text


def _hidden(text: str, spans: list[Span]) -> str:
    """The text with its spans replaced; where they overlap, the longest stretch goes as a whole."""
    parts, done = [], 0
    for start, end, mask in spans:
        if start >= done:
            parts += [text[done:start], mask]
        done = max(done, end)
    return "".join((*parts, text[done:]))
