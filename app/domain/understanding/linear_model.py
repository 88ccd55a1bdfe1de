"""The trained model: for each piece of text the few heads it speaks for or against, and how scores become confidence.

A head is a class of one level: a second-level category, its first level, or a city's own coarser class. A category's
score is the weighted sum of the heads on its path, so what its whole family has learnt helps a rare category too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.understanding.features import BODY, BUCKETS, TITLE, Pieces, counted_pieces

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Vector = tuple[NDArray[np.int64], NDArray[np.int32], Floats]
"""Known pieces of several texts: the text, the row of the piece, its weight."""
BLOCKS = (BODY, TITLE)
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

    def rows(self, numbers: NDArray[Any], block: int) -> NDArray[np.int32]:
        """The rows of pieces by their numbers; -1 for one that is not known."""
        # Searched, not looked up: a table of all numbers would be 8 MB for some 0.02 ms a text.
        wanted = (numbers + BLOCKS.index(block) * BUCKETS).astype(self.buckets.dtype)
        rows = np.searchsorted(self.buckets, wanted).astype(np.int32)
        rows[self.buckets.take(rows, mode="clip") != wanted] = -1
        return rows

    def vectors(self, found: Sequence[Pieces], texts: int) -> list[Vector]:
        """For each block the known pieces of so many texts, of unit length a text."""
        vectors = []
        for block, own in zip(BLOCKS, found, strict=True):
            document, number, often = counted_pieces(own)
            row = self.rows(number, block)
            known = row >= 0
            document, row = document[known], row[known]
            weight = often[known] * self.rarity[row]
            length = np.sqrt(np.bincount(document, weight**2, minlength=texts))
            share = self.title_weight if block == TITLE else 1.0
            vectors.append((document, row, (share * weight / length[document]).astype(np.float32)))
        return vectors

    def category_scores(self, vectors: Sequence[Vector], texts: int) -> Floats:
        """Text × category: the weighted sum of the heads on the path of each category."""
        heads = len(self.intercepts)
        said = np.tile(self.intercepts, (texts, 1))
        for document, row, weight in vectors:
            cell = document[:, None] * heads + self.heads[row]
            sums = np.bincount(cell.ravel(), (weight[:, None] * self.weights[row]).ravel(), minlength=texts * heads)
            said += sums.reshape(texts, heads).astype(np.float32)
        scores: Floats = (said[:, self.paths] * self.levels).sum(axis=2)
        return scores

    def shares(self, category_scores: Floats) -> Floats:
        """Text × category: shares of one."""
        whole: Floats = shares_of(category_scores, self.temperature)
        return whole

    def honest(self, shares: Floats) -> Floats:
        """How sure one may be of a category with such a share."""
        worth: Floats = np.minimum(np.interp(shares, self.knots, self.worth_of_knots), SUREST).astype(np.float32)
        return worth

    def worth(self, row: NDArray[np.int32], categories: NDArray[np.int64]) -> Floats:
        """Piece × category: what one occurrence adds to the scores of a few categories."""
        heads, column = np.unique(self.paths[categories], return_inverse=True)
        place = np.full(len(self.intercepts), -1)
        place[heads] = np.arange(len(heads))
        told = place[self.heads[row]]
        piece, kept = np.nonzero(told >= 0)
        spoken = np.zeros((len(row), len(heads)), np.float32)
        spoken[piece, told[piece, kept]] = self.weights[row[piece], kept]
        by_level = spoken[:, column.reshape(len(categories), -1)]
        worth: Floats = (by_level * self.levels).sum(axis=2) * self.rarity[row][:, None]
        return worth


def shares_of(scores: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Scores as shares of one, row by row."""
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
