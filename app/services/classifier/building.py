"""From samples to a model: cross-validate, learn how honest its shares are, fit on everything, prune.

The same samples give the same weights, bit for bit: nothing is drawn by chance that is not seeded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.clock import now
from app.domain.understanding.linear_model import LinearModel, shares_of
from app.services.classifier.calibration import (
    calibration_error,
    category_scores,
    crosswise,
    curve,
    honesty,
    threshold,
)
from app.services.classifier.samples import NO_GROUP, Sample
from app.services.classifier.training import (
    KEPT_HEADS,
    LEVELS,
    SEED,
    SHARPNESS,
    TITLE_WEIGHT,
    Heads,
    Vectors,
    counted,
    fit_heads,
    vectorise,
    weighted,
)

FOLDS = 3
UNHEARD = -2.0
"""What a head says that had no sample in a part: clearly no."""
ENOUGH_REAL = 100
"""From so many corrections on, the city's messages and not ours say how sure the machine may be."""
Progress = Callable[[str], None]
Names = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Answers to samples that had not been learnt: sample × category shares; `right`: number of the right one or -1."""

    categories: tuple[str, ...]
    shares: NDArray[np.floating]
    right: NDArray[np.integer]

    def of(self, rows: NDArray[np.integer]) -> "Unseen":
        """The answers to some of the samples."""
        return Unseen(self.categories, self.shares[rows], self.right[rows])

    def truth(self) -> NDArray[np.floating]:
        """Sample × category: 1 where the category is right."""
        truth = np.zeros(self.shares.shape, np.float32)
        truth[np.arange(len(self.right)), self.right] = 1
        return truth

    def figures(self) -> dict[str, Any]:
        """Top-1, Top-3, calibration error, threshold at the target precision with its coverage, and the curve."""
        hits = np.argsort(-self.shares, axis=1, kind="stable")[:, :3] == self.right[:, None]
        sure = crosswise(self.shares, self.truth(), np.arange(len(self.right)) % 2).max(axis=1)
        least = threshold(sure, hits[:, 0])
        return {
            "top1": round(float(hits[:, 0].mean()), 4),
            "top3": round(float(hits.any(axis=1).mean()), 4),
            "ece": round(calibration_error(sure, hits[:, 0]), 4),
            "threshold": least,
            "coverage": round(float((sure >= least).mean()), 4) if least is not None else 0.0,
            "curve": curve(sure, hits[:, 0]),
        }


def build(samples: Sequence[Sample], groups: Mapping[str, str], say: Progress, folds: int = FOLDS) -> LinearModel:
    """Train a model of the categories in `samples`; `groups` tells the group of a category where groups are used.

    Raises ValueError when fewer than two categories have samples.
    """
    if len({sample.category for sample in samples} - {None}) < 2:
        raise ValueError("at least two categories with examples are needed")
    counts = counted(samples)
    unseen, _ = cross_validate(counts, samples, groups, folds, say)
    corrected = np.flatnonzero([sample.real and sample.category is not None for sample in samples])
    known = np.flatnonzero(unseen.right >= 0)
    measured = unseen.of(corrected if len(corrected) >= ENOUGH_REAL else known)
    say("fitting")
    vectors = vectorise(counts)
    heads = fit_heads(vectors.matrix, samples)
    about = {
        "trained_on": now().date().isoformat(),
        "samples": len(samples),
        "fingerprint": fingerprint(samples),
        "unseen": measured.figures(),
    }
    return _model(vectors, heads, measured, paths_of(heads.names, unseen.categories, groups), about)


def cross_validate(
    counts: Any, samples: Sequence[Sample], groups: Mapping[str, str], folds: int, say: Progress
) -> tuple[Unseen, NDArray[np.integer]]:
    """Answer every sample by a machine that has not learnt it; also the part that each was in."""
    categories = tuple(sorted({sample.category for sample in samples if sample.category}))
    names = head_names(samples)
    scores = np.full((len(samples), len(names)), UNHEARD)
    part = parts(samples, folds)
    for number in range(folds):
        say(f"part {number + 1} of {folds}")
        learn, answer = np.flatnonzero(part != number), np.flatnonzero(part == number)
        vectors = vectorise(counts[learn])
        heads = fit_heads(vectors.matrix, [samples[int(row)] for row in learn])
        places = np.array([names.index(name) for name in heads.names])
        scores[np.ix_(answer, places)] = heads.scores(weighted(counts[answer], vectors.buckets, vectors.rarity))
    levels = used_levels(names)
    summed = category_scores(scores, paths_of(names, categories, groups), levels)
    place = {code: number for number, code in enumerate(categories)}
    right = np.array([place.get(sample.category or "", -1) for sample in samples])
    return Unseen(categories, shares_of(summed, SHARPNESS * sum(levels)), right), part


def head_names(samples: Sequence[Sample]) -> list[tuple[str, str]]:
    """All (level, class) that occur."""
    return [
        (level, name)
        for level in LEVELS
        for name in sorted({getattr(sample, level) or "" for sample in samples} - {""})
    ]


def used_levels(names: Names) -> list[float]:
    """What each level counts that has heads."""
    return [count for level, count in LEVELS.items() if any(name[0] == level for name in names)]


def paths_of(names: Names, categories: Sequence[str], groups: Mapping[str, str]) -> NDArray[np.int32]:
    """Category × level: the number of the head."""
    place = {name: number for number, name in enumerate(names)}
    used = [level for level in LEVELS if any(name[0] == level for name in names)]
    return np.array([[place[level, _class_of(code, level, groups)] for level in used] for code in categories], np.int32)


def _class_of(code: str, level: str, groups: Mapping[str, str]) -> str:
    if level == "group":
        return groups.get(code, NO_GROUP)
    return code[:2] if level == "first_level" else code


def parts(samples: Sequence[Sample], folds: int) -> NDArray[np.integer]:
    """The part in which each sample is kept apart; every class is spread over all parts."""
    order = np.random.default_rng(SEED).permutation(len(samples))
    part = np.zeros(len(samples), int)
    seen: Counter[str] = Counter()
    for row in order:
        name = samples[row].category or f"group {samples[row].group}"
        part[row] = seen[name] % folds
        seen[name] += 1
    return part


def fingerprint(samples: Sequence[Sample]) -> str:
    """Tells whether a model was trained on just these samples."""
    digest = sha256()
    for sample in samples:
        digest.update(repr((sample.title, sample.text, sample.category, sample.group, sample.weight)).encode())
    return digest.hexdigest()[:16]


def _model(
    vectors: Vectors, heads: Heads, measured: Unseen, paths: NDArray[np.int32], about: dict[str, Any]
) -> LinearModel:
    """Keep the loudest heads of each piece: the rest is noise that costs memory."""
    loud = _loudest(heads)
    levels = used_levels(heads.names)
    knots, worth = honesty(measured.shares, measured.truth())
    return LinearModel(
        buckets=vectors.buckets,
        rarity=vectors.rarity,
        heads=loud.astype(np.uint16),
        weights=np.take_along_axis(heads.weights.T, loud, axis=1).astype(np.float16),
        intercepts=heads.intercepts.astype(np.float32),
        categories=measured.categories,
        paths=paths,
        levels=np.array(levels, np.float32),
        title_weight=TITLE_WEIGHT,
        temperature=SHARPNESS * sum(levels),
        knots=knots.astype(np.float32),
        worth_of_knots=worth.astype(np.float32),
        about=about,
    )


def _loudest(heads: Heads) -> NDArray[np.integer]:
    """Piece × kept head: the numbers of the loudest heads of each level, ascending."""
    kept = []
    for level, most in KEPT_HEADS.items():
        own = np.array([number for number, name in enumerate(heads.names) if name[0] == level], np.int64)
        if len(own):
            fewer = min(most, len(own))
            kept.append(own[np.argpartition(-abs(heads.weights[own].T), fewer - 1, axis=1)[:, :fewer]])
    return np.sort(np.hstack(kept), axis=1)
