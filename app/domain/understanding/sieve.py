"""Looks for many pairs of characters in a text in one pass, so that most rules and names need not be tried.

A place name or the word of a rule stands in few texts, and going through a text in Python once for each of them would
cost more than all that is done with what is found.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.domain.understanding.rules import Rule

# An odd factor spreads the pairs of neighbouring characters over all keys; sums and products wrap around.
_FACTOR = np.uint16(40503)
_KEYS = 1 << 16
_SHORT = 64
"""Up to so many characters a look at each is cheaper than to begin with arrays."""


class PairTable:
    """Tells where in a text its pairs of characters begin."""

    def __init__(self, pairs: Iterable[str] = ()) -> None:
        self._pairs: set[str] = set()
        self._marked = np.zeros(_KEYS, np.bool_)
        for pair in pairs:
            self.add(pair)

    def add(self, pair: str) -> None:
        """Look for this pair too."""
        self._pairs.add(pair)
        self._marked[_keys(pair)] = True

    def positions(self, text: str) -> list[int]:
        """Return where a pair begins, left to right."""
        likely: Iterable[int] = range(len(text) - 1)
        if len(text) > _SHORT:
            likely = self._marked[_keys(text)].nonzero()[0].tolist()
        return [position for position in likely if text[position : position + 2] in self._pairs]


class Sieve:
    """Rules of which only those come out that may find something in a text."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._wanted: defaultdict[str, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            for sign in rule.signs:
                self._wanted[sign].append(number)
        self._pairs = PairTable(sign for sign in self._wanted if len(sign) > 1)
        self._single = tuple(sign for sign in self._wanted if len(sign) == 1)

    def sift(self, text: str) -> dict[int, set[str]]:
        """Return the numbers of the rules that may find something in `text`, with their signs that stand there."""
        found = {text[position : position + 2] for position in self._pairs.positions(text)}
        found.update(sign for sign in self._single if sign in text)
        sifted: defaultdict[int, set[str]] = defaultdict(set)
        for sign in found:
            for number in self._wanted.get(sign, ()):
                sifted[number].add(sign)
        return dict(sorted(sifted.items()))


def _keys(text: str) -> NDArray[np.uint16]:
    """Return a number below 65,536 for each pair of neighbouring characters."""
    low = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u2")[::2]
    keys: NDArray[np.uint16] = low[:-1] * _FACTOR + low[1:]
    return keys
