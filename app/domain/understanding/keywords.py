"""Finds every keyword of every category in one pass over a text.

Keywords are what the people of the hotline know: short, telling, and explainable to the one who must trust
the suggestion. A keyword that many categories share says little; a long one says more than a short one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import log, sqrt

from app.domain.understanding.sieve import PairTable

# Words of one character occur inside too many others (水 in 水泥) to be evidence.
_SHORTEST = 2


class KeywordIndex:
    """Keywords by their first two characters, each with its weight per category."""

    def __init__(self, keywords: Mapping[str, Iterable[str]]) -> None:
        """Index normalised `keywords` given per category code."""
        owners: dict[str, dict[str, None]] = defaultdict(dict)
        for code, words in keywords.items():
            for word in words:
                if len(word) >= _SHORTEST:
                    owners[word.lower()][code] = None
        self._codes = {word: tuple(codes) for word, codes in owners.items()}
        self._weights = {word: _weight(word, len(codes), len(keywords)) for word, codes in owners.items()}
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for word in sorted(owners, key=len, reverse=True):
            self._by_start[word[:_SHORTEST]].append(word)
        self._starts = PairTable(self._by_start)

    def find(self, text: str) -> dict[str, int]:
        """Return the keywords in the lower-case `text` with how often each occurs, in order of appearance.

        A keyword inside a longer one found at the same place is not counted (水费 inside 污水费).
        """
        found: dict[str, int] = {}
        covered_to = 0
        for position in self._starts.positions(text):
            for word in self._by_start[text[position : position + _SHORTEST]]:
                if text.startswith(word, position):
                    if position + len(word) > covered_to:
                        covered_to = position + len(word)
                        found[word] = found.get(word, 0) + 1
                    break
        return found

    def score(self, found: Mapping[str, int]) -> dict[str, float]:
        """Return the summed weight of the `found` keywords per category; a repetition adds a little."""
        scores: dict[str, float] = defaultdict(float)
        for word, times in found.items():
            weight = self._weights[word] * (1 + 0.5 * log(times))
            for code in self._codes[word]:
                scores[code] += weight
        return scores

    def evidence(self, found: Iterable[str], code: str) -> list[str]:
        """Return those of the `found` keywords that speak for `code`, the heaviest first."""
        own = [word for word in found if code in self._codes[word]]
        return sorted(own, key=lambda word: -self._weights[word])


def _weight(word: str, owners: int, categories: int) -> float:
    """Return distinctiveness (1 for a word of one category, towards 0 for one of all) × a bonus for length."""
    distinctive = 1 - log(owners) / log(categories + 1)
    return distinctive * sqrt(min(len(word), 6))
