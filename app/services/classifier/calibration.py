"""From scores to honest confidence, and where precision is kept: all learnt on answers to samples that were kept apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TARGET_PRECISION = 0.95
FEWEST = 40
"""Fewer cases above a threshold prove nothing."""
BINS = 10
STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

Matrix = NDArray[np.floating]
Whole = NDArray[np.integer]


def category_scores(scores: Matrix, paths: Whole, levels: Sequence[float]) -> Matrix:
    """Sample × category."""
    summed = np.zeros((len(scores), len(paths)))
    for level, count in enumerate(levels):
        summed += count * scores[:, paths[:, level]]
    return summed


KNOTS = 15
LOOKED_AT = 5


def honesty(confidence: Matrix, truth: Matrix) -> tuple[Matrix, Matrix]:
    """How often a share was right (isotonic regression), as knots to interpolate between: shares, and what they are worth.

    Learnt from the five likeliest categories of each sample, because all five are shown with their confidence.
    """
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(-confidence, axis=1, kind="stable")[:, :LOOKED_AT]
    share = np.take_along_axis(confidence, order, axis=1).ravel()
    right = np.take_along_axis(truth, order, axis=1).ravel()
    knots = np.unique(np.quantile(share, np.linspace(0, 1, KNOTS)).round(6))
    knots = np.unique(np.concatenate([[0.0], knots, np.linspace(0.1, 1.0, 10)]))
    worth = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(share, right).predict(knots)
    return knots, worth


def crosswise(confidence: Matrix, truth: Matrix, part: Whole) -> Matrix:
    """Shares held against how often the answers to the other parts were right, so that nothing is judged by itself."""
    honest = confidence.copy()
    for number in np.unique(part):
        own = part == number
        knots, worth = honesty(confidence[~own], truth[~own])
        # Where two shares are worth the same, the larger one stays ahead.
        honest[own] = np.interp(confidence[own], knots, worth) + 1e-6 * confidence[own]
    return honest


def calibration_error(confidence: Matrix, right: NDArray[np.bool_]) -> float:
    """Expected calibration error (ECE): how far confidence and share of right answers lie apart, over ten bins."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = (
        abs(right[place == number].mean() - confidence[place == number].mean()) * (place == number).mean()
        for number in np.unique(place)
    )
    return float(sum(gaps))


def curve(confidence: Matrix, right: NDArray[np.bool_], steps: Sequence[float] = STEPS) -> list[dict[str, float]]:
    """Coverage and precision for each confidence of `steps` from which on a machine might decide alone."""
    rows = []
    for step in steps:
        above = confidence >= step
        rows.append(
            {
                "confidence": step,
                "coverage": round(float(above.mean()), 4),
                "precision": round(float(right[above].mean()), 4) if above.any() else 1.0,
            }
        )
    return rows


def threshold(confidence: Matrix, right: NDArray[np.bool_], target: float = TARGET_PRECISION) -> float | None:
    """The lowest confidence from which on `target` of the answers are right; None when nothing reaches it."""
    order = np.argsort(-confidence, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((precise >= target) & (np.arange(1, len(order) + 1) >= FEWEST))
    return round(float(confidence[order][enough[-1]]), 3) if len(enough) else None
