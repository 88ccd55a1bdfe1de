"""Turns texts into numbered pieces of one to three characters, alike in training and in use.

Chinese has no blanks between words, and citizens write words that no dictionary has: short runs of characters carry
the matter through typos and dialect. Pieces are hashed, not listed, so a text is read by a few array operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 20
"""Room for some 300,000 pieces with few sharing a number."""
SIZES = (1, 2, 3)
BODY, TITLE = 1, 2
"""The blocks of a message: the same word says more in a title, so each block has weights of its own."""

_BREAK = "\n"
_FIRST, _LAST = ord("一"), ord("\u9fff")
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_SEED = 0x165667B1

_SEEDS = np.array(
    [[(block * 7 + size) * _SEED & 0xFFFFFFFF for block in range(TITLE + 1)] for size in SIZES], np.uint32
)
"""Size × block."""

Numbers = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of several texts in a row: for each the text it stands in, its number, where it begins, its length."""

    document: NDArray[np.int64]
    bucket: Numbers
    start: NDArray[np.int64]
    size: NDArray[np.int64]


def pieces(texts: Sequence[str], block: int) -> Pieces:
    """Return the pieces of all `texts`; Chinese characters only: house numbers and plates say nothing about the matter.

    `start` counts characters from the beginning of the piece's own text.
    """
    return _pieces(texts, [block] * len(texts))


def pieces_of_messages(bodies: Sequence[str], titles: Sequence[str]) -> Pieces:
    """The pieces of all bodies and, numbered on behind them, of all titles: in one go, as array operations are few."""
    return _pieces((*bodies, *titles), [BODY] * len(bodies) + [TITLE] * len(titles))


def counted_pieces(found: Pieces) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Each different piece of each text once: the text, the piece's number, how often it stands there, damped."""
    keys, counts = np.unique(found.document * BUCKETS + found.bucket, return_counts=True)
    return keys // BUCKETS, keys % BUCKETS, 1 + np.log(counts)


def _pieces(texts: Sequence[str], blocks: Sequence[int]) -> Pieces:
    joined = _BREAK.join((*texts, "", ""))  # so far that a piece of three may begin at each character
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    count = len(codes) - 2
    if count <= 0:
        none = np.zeros(0, np.int64)
        return Pieces(none, none.astype(np.uint32), none, none)
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    document = np.repeat(np.arange(len(texts)), lengths)[:count]
    letter = (codes >= _FIRST) & (codes <= _LAST)
    whole = np.empty((len(SIZES), count), np.bool_)
    np.copyto(whole, letter[:count])
    number = _SEEDS[:, blocks][:, document] ^ codes[:count]
    for step in range(len(SIZES)):  # what begins alike for all sizes is reckoned for all of them at once
        longer = number[step:]
        if step:
            whole[step:] &= letter[step : step + count]
            longer ^= codes[step : step + count]
        longer *= np.uint32(_MULTIPLIERS[step])
        longer ^= longer >> np.uint32(15)
    place = np.flatnonzero(whole)
    size, position = np.divmod(place, count)
    found = document[position]
    begin = np.cumsum(lengths) - lengths
    return Pieces(found, number.ravel()[place] >> np.uint32(12), position - begin[found], size + 1)
