"""How likely two requests are about one matter, from words, names of places and character pairs.

A logistic over nine features. Its weights (but for `elsewhere`, which is a rule) were fitted on hand-labelled pairs of real messages and measured on others
(docs/decisions/0023-duplicates-and-clusters.md); `hotline duplicates evaluate` measures them on anybody's own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.likeness.words import Matter

WEIGHTS: Mapping[str, float] = {
    "words": 2.33,
    "crossed": 0.94,
    "title_pairs": 1.58,
    "pairs": 2.33,
    "matter": 0.83,
    "place": 1.33,
    "title_place": 0.47,
    "same_topic": 0.31,
    "elsewhere": -6.0,
}
BIAS = -3.60
SAME = 0.7
"""From this score on two requests are held to be about one matter."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two matters are: a probability, the words they share (most telling first), whether one place."""

    score: float
    shared_words: tuple[str, ...]
    same_place: bool


def compare(one: Matter, other: Matter, *, same_topic: bool) -> Likeness:
    """Likeness of two matters, symmetric; `same_topic`: of one first-level category."""
    features = {**features_of(one, other), "same_topic": float(same_topic)}
    raw = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    return Likeness(1 / (1 + math.exp(-raw)), _shared(one, other), features["place"] > 0)


def features_of(one: Matter, other: Matter) -> dict[str, float]:
    """What the score is made of, each 0 to 1."""
    named = one.places & other.places
    place = _longest(named)
    first, second = one.without(named), other.without(named)
    title_place = _longest((one.title_places & other.places) | (one.places & other.title_places))
    return {
        "words": _cosine(one.words, other.words),
        "crossed": (_share(one.title_words, other.words) + _share(other.title_words, one.words)) / 2,
        "title_pairs": dice(one.title_pairs, other.title_pairs),
        "pairs": dice(one.pairs, other.pairs),
        "matter": (_share(first.title_words, second.words) + _share(second.title_words, first.words)) / 2,
        "place": place,
        "title_place": title_place,
        "elsewhere": float(_elsewhere(one, other)),
    }


def _elsewhere(one: Matter, other: Matter) -> bool:
    """Whether both titles name a spot and neither text knows the other's: one form letter from two estates."""
    if not one.spots or not other.spots:
        return False
    return not any(_known(spot, other) for spot in one.spots) and not any(_known(spot, one) for spot in other.spots)


def _known(spot: str, matter: Matter) -> bool:
    """Whether a text has the name's beginning or end: where a name begins is a guess."""
    return spot[:3] in matter.said or spot[-3:] in matter.said


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Cosine of two bags of words under the squares of their worth."""
    if not one or not other:
        return 0.0
    shared = sum(worth * worth for word, worth in one.items() if word in other)
    return shared / math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))


def _share(part: Mapping[str, float], whole: Mapping[str, float]) -> float:
    """How much of `part` is found in `whole`, by worth."""
    total = sum(part.values())
    return sum(worth for word, worth in part.items() if word in whole) / total if total else 0.0


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Twice what is common over what there is, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _longest(names: frozenset[str]) -> float:
    """Length of the longest shared name, 0 to 1: five characters and more leave little doubt."""
    return min(1.0, max((len(name) - 2 for name in names), default=0) / 3)


def _shared(one: Matter, other: Matter) -> tuple[str, ...]:
    """At most eight shared words, the most telling first, none that another one contains."""
    both = sorted((word for word in one.words if word in other.words), key=lambda word: (-one.words[word], word))
    return tuple(word for word in both if not any(word in longer and word != longer for longer in both))[:8]
