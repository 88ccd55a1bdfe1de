"""How likely two requests are about one matter, from words, names of places and character pairs.

A logistic over features. Its weights were fitted on hand-labelled pairs of real messages and measured on others, but for
`agreed`, `elsewhere` and `only_place`, which are rules
(docs/decisions/0023-duplicates-and-clusters.md); `hotline duplicates evaluate` measures them on anybody's own.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from app.domain.likeness.words import Matter, pairs

WEIGHTS: Mapping[str, float] = {
    "words": 2.33,
    "crossed": 0.94,
    "title_pairs": 1.58,
    "pairs": 2.33,
    "matter": 0.83,
    "place": 1.33,
    "title_place": 0.47,
    "same_topic": 0.31,
    "agreed": 1.2,
    "elsewhere": -6.0,
    "only_place": -6.0,
}
BIAS = -3.60
SAME = 0.7
"""From this score on two requests are held to be about one matter."""
TELLING = 0.35
"""Worth from which on one shared word, no part of a place's name, says that two texts may be about one matter."""
MOST_SHARED = 8
"""Shared words that are shown."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two matters are: a probability, and whether they name one place."""

    score: float
    same_place: bool
    of: tuple[Matter, Matter]

    @property
    def shared_words(self) -> tuple[str, ...]:
        """The words they share, most telling first; looked for when asked, as few of the compared are shown."""
        return _shared(*self.of)


def compare(one: Matter, other: Matter, *, levels: int) -> Likeness:
    """Likeness of two matters, symmetric; `levels` of category that they have in common, 0 to 2."""
    return _compare(one, other, _words(one, other), levels)


def compare_from(least: float, one: Matter, other: Matter, *, levels: int) -> Likeness | None:
    """As `compare`, but None below `least`: most pairs have so little in common that they need not be read to the end."""
    words = _words(one, other)
    if least and _at_most(words, levels) < _raw(least) and not _names_stand_in(one, other.said):
        return None
    alike = _compare(one, other, words, levels)
    return alike if alike.score >= least else None


def is_worth_reading(one: Matter, title: str, said: str, tokens: Iterable[str], *, levels: int, least: float) -> bool:
    """Whether a stored matter can come to `least` or more, told before its words are weighed: most cannot by far.

    What the other's words are worth is not known yet; together they are worth at least what they share.
    """
    shared = one.words.keys() & tokens
    told = one.title_words.keys() & shared
    cosine = math.sqrt(math.fsum(one.words[word] ** 2 for word in shared)) / one.length if shared else 0.0
    crossed = (1.0 + (math.fsum(one.words[word] for word in told) / one.title_worth if told else 0.0)) / 2
    if _at_most(_Words(cosine, crossed, dice(one.title_pairs, pairs(title))), levels) >= _raw(least):
        return True
    return _names_stand_in(one, said)


def _names_stand_in(one: Matter, said: str) -> bool:
    """Whether any of its names of places stands in what the other one says."""
    return any(name in said for name in one.places)


class _Words(NamedTuple):
    """What two matters have in common by their words and the spelling of their titles, each 0 to 1."""

    words: float
    crossed: float
    title_pairs: float


def _words(one: Matter, other: Matter) -> _Words:
    crossed = (_share(one, other) + _share(other, one)) / 2
    return _Words(_cosine(one, other), crossed, dice(one.title_pairs, other.title_pairs))


def _raw(score: float) -> float:
    """The sum of weights that comes to this score."""
    return math.log(score / (1 - score))


def _at_most(known: _Words, levels: int) -> float:
    """The most that the weights of two can come to that name no place in common: as if their texts were spelt alike and
    nothing took away from it."""
    words = WEIGHTS["words"] * known.words + (WEIGHTS["crossed"] + WEIGHTS["matter"]) * known.crossed
    return (
        BIAS
        + words
        + WEIGHTS["title_pairs"] * known.title_pairs
        + WEIGHTS["same_topic"] * (levels > 0)
        + WEIGHTS["pairs"]
    )


def _compare(one: Matter, other: Matter, known: _Words, levels: int) -> Likeness:
    named = _named_by_both(one, other)
    titled = (one.title_places & other.places) | (one.places & other.title_places) if named else named
    telling = _tell_a_matter(one, other)
    features = {
        "words": known.words,
        "crossed": known.crossed,
        "title_pairs": known.title_pairs,
        "pairs": dice(one.pairs, other.pairs),
        "matter": (_share(one, other, named) + _share(other, one, named)) / 2 if named else known.crossed,
        "place": _longest(named),
        "title_place": _longest(titled),
        "same_topic": float(levels > 0),
        "agreed": float(levels > 1 and telling and any(name in one.names for name in titled)),
        "elsewhere": float(_elsewhere(one, other)),
        "only_place": float(levels < 2 and bool(named) and not telling and one.said != other.said),
    }
    raw = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    return Likeness(1 / (1 + math.exp(-raw)), bool(named), (one, other))


def _named_by_both(one: Matter, other: Matter) -> frozenset[str]:
    """Names of places in both; what stands nowhere in the other's text need not be looked for among its names."""
    return one.places & other.places if _names_stand_in(one, other.said) else frozenset()


def _tell_a_matter(one: Matter, other: Matter) -> bool:
    """Whether any word of a matter is in both, whatever names of places are."""
    return any(
        one.words[word] >= TELLING and word not in one.names and word not in other.names
        for word in one.words.keys() & other.words.keys()
    )


def _elsewhere(one: Matter, other: Matter) -> bool:
    """Whether both titles name a spot and neither text knows the other's: one form letter from two estates."""
    if not one.spots or not other.spots:
        return False
    return not any(_known(spot, other) for spot in one.spots) and not any(_known(spot, one) for spot in other.spots)


def _known(spot: str, matter: Matter) -> bool:
    """Whether a text has the name's beginning or end: where a name begins is a guess."""
    return spot[:3] in matter.said or spot[-3:] in matter.said


def _cosine(one: Matter, other: Matter) -> float:
    """Cosine of two bags of words under the squares of their worth."""
    shared = one.words.keys() & other.words.keys()
    # `fsum`: a set has no order, and the sum of its numbers must not depend on one.
    return math.fsum(one.words[word] ** 2 for word in shared) / (one.length * other.length) if shared else 0.0


def _share(part: Matter, whole: Matter, without: frozenset[str] = frozenset()) -> float:
    """How much of the title's words is found in the other matter, by worth; words of the names `without` left out."""
    words, total = part.title_words, part.title_worth
    if without:
        names = " ".join(without)
        words = {word: worth for word, worth in words.items() if word not in names}
        total = math.fsum(words.values())
    return math.fsum(words[word] for word in words.keys() & whole.words.keys()) / total if total else 0.0


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Twice what is common over what there is, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _longest(names: frozenset[str]) -> float:
    """Length of the longest shared name, 0 to 1: five characters and more leave little doubt."""
    return min(1.0, max((len(name) - 2 for name in names), default=0) / 3)


def _shared(one: Matter, other: Matter) -> tuple[str, ...]:
    """At most eight shared words, the most telling first, none that another one contains."""
    both = sorted(one.words.keys() & other.words.keys(), key=lambda word: (-one.words[word], word))
    all_words = "\n".join(both)
    return tuple(islice((word for word in both if all_words.count(word) == 1), MOST_SHARED))
