"""The trained model: for each piece of text the few heads it speaks for or against, and how scores become confidence.

A head is a class of one level: a second-level category, its first level, or a city's own coarser class. A category's
score is the weighted sum of the heads on its path, so what its whole family has learnt helps a rare category too.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.understanding.features import BODY, BUCKETS, TITLE, Pieces

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Vector = tuple[NDArray[np.int64], NDArray[np.int64], Floats]
"""Each different known piece of several messages: the message, the row of the piece, its weight."""
BLOCKS = (BODY, TITLE)
_ONE = np.uint64(1)
SUREST = 0.99
"""No machine is surer than this: a threshold of 1 leaves everything to people."""


@dataclass(frozen=True)
class LinearModel:
    """Every known piece has a row with the same number of heads, the loudest ones, and what it says to each."""

    buckets: NDArray[np.uint32]
    """Block × BUCKETS + number of each known piece, ascending."""
    rarity: Floats
    """Inverse document frequency of each known piece."""
    heads: NDArray[np.uint16]
    """Piece × kept: the numbers of the heads."""
    weights: Halves
    """Piece × kept: as exact as training is, and half the memory; they are widened where a text has gathered its few."""
    intercepts: Floats
    """One for each head."""
    categories: tuple[str, ...]
    """Codes of the second-level categories."""
    paths: NDArray[np.int32]
    """Category × level: the head of the category at each level."""
    levels: Floats
    """What each level counts."""
    title_weight: float
    temperature: float
    knots: Floats
    worth_of_knots: Floats
    """How often answers with these shares were right: shares are interpolated between them."""
    about: dict[str, Any] = field(default_factory=dict)
    """What it was trained on and how it did: for people."""

    @cached_property
    def _present(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """A bit for each number, set where the piece is known, and how many are set before each 64 of them.

        Small enough to stay in the processor's cache, where a search through `buckets` would miss it at every second step.
        """
        known = np.zeros(len(BLOCKS) * BUCKETS, np.bool_)
        known[self.buckets] = True
        bits = np.packbits(known, bitorder="little").view(np.uint64)
        counts = np.cumsum(np.bitwise_count(bits), dtype=np.int64)
        return bits, np.concatenate([[0], counts[:-1]])

    def rows(self, found: Pieces, messages: int) -> NDArray[np.int64]:
        """The rows of the pieces of so many messages, bodies first and titles behind them; -1 for one not known."""
        present, before = self._present
        wanted = found.bucket + (found.document >= messages) * np.uint32(BUCKETS)
        word, bit = wanted >> np.uint32(6), (wanted & np.uint32(63)).astype(np.uint64)
        here = present[word]
        rows: NDArray[np.int64] = before[word] + np.bitwise_count(here & ((_ONE << bit) - _ONE))
        rows[(here >> bit & _ONE) == 0] = -1
        return rows

    def vector(self, found: Pieces, row: NDArray[np.int64], messages: int) -> Vector:
        """The known pieces of so many messages, body and title of each of unit length before the title's is weighed."""
        known = row >= 0
        keys, counts = np.unique(found.document[known] * len(self.buckets) + row[known], return_counts=True)
        document, row = np.divmod(keys, len(self.buckets))
        weight = (1 + np.log(counts)) * self.rarity[row]
        share = np.sqrt(np.bincount(document, weight * weight, minlength=2 * messages))
        share[messages:] /= self.title_weight
        return document % messages, row, (weight / share[document]).astype(np.float32)

    def category_scores(self, vector: Vector, messages: int) -> Floats:
        """Message × category: the weighted sum of the heads on the path of each category."""
        message, row, weight = vector
        heads = len(self.intercepts)
        cell = self.heads[row].astype(np.int64)
        if messages > 1:
            cell += message[:, None] * heads
        sums = np.bincount(cell.ravel(), (weight[:, None] * self.weights[row]).ravel(), minlength=messages * heads)
        said = sums.reshape(messages, heads).astype(np.float32) + self.intercepts
        scores: Floats = said[:, self.paths[:, 0]] * self.levels[0]
        for level in range(1, len(self.levels)):
            scores += said[:, self.paths[:, level]] * self.levels[level]
        return scores

    def shares(self, category_scores: Floats) -> Floats:
        """Text × category: shares of one."""
        whole: Floats = shares_of(category_scores, self.temperature)
        return whole

    def honest(self, shares: Floats) -> Floats:
        """How sure one may be of a category with such a share."""
        worth: Floats = np.minimum(np.interp(shares, self.knots, self.worth_of_knots), SUREST).astype(np.float32)
        return worth

    def worth(self, row: NDArray[np.int64], categories: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """Piece × category: what one occurrence adds to the scores of a few categories; of the pieces that add anything,
        which come first, in their order."""
        paths = self.paths[categories]
        counts = np.zeros((len(self.intercepts), len(categories)), np.float32)
        np.add.at(counts, (paths, np.arange(len(categories))[:, None]), self.levels)
        heads = self.heads[row]
        piece, kept = np.nonzero(np.logical_or.reduce(counts, axis=1)[heads])
        own = row[piece]
        said = self.weights[own, kept][:, None] * counts[heads[piece, kept]]
        first = np.flatnonzero(np.diff(piece, prepend=-1))
        telling = piece[first]
        worth: Floats = np.add.reduceat(said, first, axis=0) if len(first) else said[:0]
        return telling, worth * self.rarity[row[telling]][:, None]


def shares_of(scores: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Scores as shares of one, row by row."""
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
