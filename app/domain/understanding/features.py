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
    codes = np.frombuffer(_BREAK.join(texts).encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    document = np.repeat(np.arange(len(texts)), lengths)[: len(codes)]
    offset = np.repeat(np.cumsum(lengths) - lengths, lengths)[: len(codes)]
    letter = (codes >= _FIRST) & (codes <= _LAST)
    found = [_of_size(codes, letter, size, block) for size in SIZES if size <= len(codes)]
    positions = np.concatenate([position for position, _ in found]) if found else np.zeros(0, np.int64)
    return Pieces(
        document[positions],
        np.concatenate([bucket for _, bucket in found]) if found else np.zeros(0, np.uint32),
        positions - offset[positions],
        np.repeat(SIZES[: len(found)], [len(position) for position, _ in found]),
    )


def counted_pieces(found: Pieces) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Each different piece of each text once: the text, the piece's number, how often it stands there, damped."""
    keys, counts = np.unique(found.document * BUCKETS + found.bucket, return_counts=True)
    return keys // BUCKETS, keys % BUCKETS, 1 + np.log(counts)


def _of_size(codes: Numbers, letter: NDArray[np.bool_], size: int, block: int) -> tuple[NDArray[np.int64], Numbers]:
    """Where the runs of `size` letters begin, and their numbers."""
    count = len(codes) - size + 1
    whole = letter[:count].copy()
    for step in range(1, size):
        whole &= letter[step : step + count]
    positions = np.flatnonzero(whole)
    number = np.full(len(positions), (block * 7 + size) * _SEED & 0xFFFFFFFF, np.uint32)
    for step in range(size):
        number = (number ^ codes[positions + step]) * np.uint32(_MULTIPLIERS[step])
        number ^= number >> np.uint32(15)
    return positions, number >> np.uint32(12)
