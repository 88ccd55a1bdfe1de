"""Names the words of a text that spoke for a category: a suggestion that cannot be explained will not be trusted.

The model speaks in pieces of one to three characters; people are shown the words that these pieces lie in.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rjieba import cut

_MOST = 6
_ENOUGH = 0.3
"""Words that speak much more softly than the strongest one convince nobody."""

Known = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Pieces of one text: where they begin, how long they are, their rows in the model."""
Loud = list[tuple[float, str]]


def loudest_words(
    text: str, start: NDArray[np.int64], size: NDArray[np.int64], worth: NDArray[np.floating]
) -> list[Loud]:
    """For each candidate (a column of `worth`, which has a row a piece) the words that speak loudest, the loudest first.

    Pieces come by size, the smallest first.
    """
    words = cut(text)
    slots: dict[str, int] = {}
    telling = [slots.setdefault(word, len(slots)) if len(word) > 1 and word[0].isalpha() else -1 for word in words]
    if not slots:
        return [[] for _ in range(worth.shape[1])]
    slot = np.repeat(telling, [len(word) for word in words])
    loud = _said(slot, len(slots), start, size, worth)
    least = np.maximum(loud.max(axis=0) * _ENOUGH, np.finfo(np.float64).tiny).tolist()
    return [_sorted(column, enough, slots) for column, enough in zip(loud.T.tolist(), least, strict=True)]


def _sorted(loud: Sequence[float], least: float, words: dict[str, int]) -> Loud:
    """The words that are loud enough, in order; equally loud ones as they stand in the text."""
    found = [(worth, word) for worth, word in zip(loud, words, strict=True) if worth >= least]
    return sorted(found, key=lambda pair: -pair[0])


def _said(
    slot: NDArray[np.int64], slots: int, start: NDArray[np.int64], size: NDArray[np.int64], worth: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Word × candidate: what the pieces over each word add, each spread evenly over its characters; `slot`: the word that a
    character stands in, -1 for one that is not shown."""
    first = np.searchsorted(size, (1, 2, 3))  # of the pieces that are longer than 0, 1 and 2 characters
    over = slot[np.concatenate([start[begin:] + step for step, begin in enumerate(first)])]
    share = worth / size[:, None]
    said = np.concatenate([share[begin:] for begin in first])
    candidates = worth.shape[1]
    cell = (over[:, None] + 1) * candidates + np.arange(candidates)
    sums = np.bincount(cell.ravel(), said.ravel(), minlength=(slots + 1) * candidates)
    return np.asarray(sums, np.float64).reshape(slots + 1, candidates)[1:]


def strongest(loud: Loud, keywords: Sequence[str]) -> tuple[str, ...]:
    """Keywords first, then the words that speak loudest; a word inside one already named says nothing new."""
    named = list(keywords)
    for _, word in loud:
        if len(named) >= _MOST:
            break
        if not any(word in other for other in named):
            named.append(word)
    return tuple(named[:_MOST])
