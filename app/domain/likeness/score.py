"""How likely two requests are about one matter, from words, names of places and character pairs.

A logistic over nine features. Its weights (but for `elsewhere`, which is a rule) were fitted on hand-labelled pairs of real messages and measured on others
(docs/decisions/0023-duplicates-and-clusters.md); `hotline duplicates evaluate` measures them on anybody's own.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    "elsewhere": -6.0,
}
BIAS = -3.60
SAME = 0.7
"""From this score on two requests are held to be about one matter."""


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


def compare(one: Matter, other: Matter, *, same_topic: bool) -> Likeness:
    """Likeness of two matters, symmetric; `same_topic`: of one first-level category."""
    features = {**features_of(one, other), "same_topic": float(same_topic)}
    raw = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    return Likeness(1 / (1 + math.exp(-raw)), features["place"] > 0, (one, other))


def is_worth_reading(
    one: Matter, title: str, said: str, tokens: Iterable[str], *, same_topic: bool, least: float
) -> bool:
    """Whether a stored matter can come to `least` or more, told before its words are weighed: most cannot by far.

    What the other's words are worth is not known yet; together they are worth at least what they share.
    """
    words = frozenset(tokens)
    shared = sum(worth * worth for word, worth in one.words.items() if word in words)
    known = WEIGHTS["words"] * (math.sqrt(shared) / one.length if shared else 0.0)
    told = sum(worth for word, worth in one.title_words.items() if word in words)
    crossed = (1.0 + (told / one.title_worth if told else 0.0)) / 2
    known += (WEIGHTS["crossed"] + WEIGHTS["matter"]) * crossed + WEIGHTS["same_topic"] * same_topic
    needed = math.log(least / (1 - least)) - BIAS - WEIGHTS["pairs"] - known
    if needed <= 0 or needed <= WEIGHTS["title_pairs"] * dice(one.title_pairs, pairs(title)):
        return True
    return any(name in said for name in one.places)


def may_be_same(one: Matter, other: Matter, *, same_topic: bool, least: float) -> bool:
    """Whether `compare` can come to `least` or more: told from the words alone, for most pairs have little in common."""
    if any(name in other.said for name in one.places):
        return True
    # No name of a place in common: what remains unknown are the spelling and what only takes away.
    crossed = (_share(one, other) + _share(other, one)) / 2
    known = WEIGHTS["words"] * _cosine(one, other) + (WEIGHTS["crossed"] + WEIGHTS["matter"]) * crossed
    known += WEIGHTS["title_pairs"] * dice(one.title_pairs, other.title_pairs) + WEIGHTS["same_topic"] * same_topic
    return BIAS + known + WEIGHTS["pairs"] >= math.log(least / (1 - least))


def features_of(one: Matter, other: Matter) -> dict[str, float]:
    """What the score is made of, each 0 to 1."""
    named = _named_by_both(one, other)
    crossed = (_share(one, other) + _share(other, one)) / 2
    title_place = 0.0
    if named:
        title_place = _longest((one.title_places & other.places) | (one.places & other.title_places))
    return {
        "words": _cosine(one, other),
        "crossed": crossed,
        "title_pairs": dice(one.title_pairs, other.title_pairs),
        "pairs": dice(one.pairs, other.pairs),
        "matter": (_share(one, other, named) + _share(other, one, named)) / 2 if named else crossed,
        "place": _longest(named),
        "title_place": title_place,
        "elsewhere": float(_elsewhere(one, other)),
    }


def _named_by_both(one: Matter, other: Matter) -> frozenset[str]:
    """Names of places in both; what stands nowhere in the other's text need not be looked for among its names."""
    if not any(name in other.said for name in one.places):
        return frozenset()
    return one.places & other.places


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
    if not one.words or not other.words:
        return 0.0
    shared = sum(worth * worth for word, worth in one.words.items() if word in other.words)
    return shared / (one.length * other.length)


def _share(part: Matter, whole: Matter, without: frozenset[str] = frozenset()) -> float:
    """How much of the title's words is found in the other matter, by worth; words of the names `without` left out."""
    words, total = part.title_words, part.title_worth
    if without:
        names = " ".join(without)
        words = {word: worth for word, worth in words.items() if word not in names}
        total = sum(words.values())
    return sum(worth for word, worth in words.items() if word in whole.words) / total if total else 0.0


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
