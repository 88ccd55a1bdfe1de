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
    """For each candidate (a column of `worth`, which has a row a piece) the words that speak loudest, the loudest first."""
    words = cut(text)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    said = np.add.reduceat(_said(len(text), start, size, worth), np.cumsum(lengths) - lengths, axis=0)
    slots: dict[str, int] = {}
    telling = [number for number, word in enumerate(words) if len(word) > 1 and word[0].isalpha()]
    slot = [slots.setdefault(words[number], len(slots)) for number in telling]
    if not slots:
        return [[] for _ in range(worth.shape[1])]
    loud = np.zeros((len(slots), worth.shape[1]))
    np.add.at(loud, slot, said[telling])
    least = np.maximum(loud.max(axis=0) * _ENOUGH, np.finfo(np.float64).tiny).tolist()
    return [_sorted(column, enough, slots) for column, enough in zip(loud.T.tolist(), least, strict=True)]


def _sorted(loud: Sequence[float], least: float, words: dict[str, int]) -> Loud:
    """The words that are loud enough, in order; equally loud ones as they stand in the text."""
    found = [(worth, word) for worth, word in zip(loud, words, strict=True) if worth >= least]
    return sorted(found, key=lambda pair: -pair[0])


def _said(
    length: int, start: NDArray[np.int64], size: NDArray[np.int64], worth: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Character × candidate: what the pieces over each character add, each spread evenly over its characters."""
    said = np.zeros((length, worth.shape[1]))
    share = worth / size[:, None]
    for step in range(3):
        own = np.flatnonzero(size > step)
        if not len(own):
            break
        np.add.at(said, start[own] + step, share[own])
    return said


def strongest(loud: Loud, keywords: Sequence[str]) -> tuple[str, ...]:
    """Keywords first, then the words that speak loudest; a word inside one already named says nothing new."""
    named = list(keywords)
    for _, word in loud:
        if len(named) >= _MOST:
            break
        if not any(word in other for other in named):
            named.append(word)
    return tuple(named[:_MOST])
