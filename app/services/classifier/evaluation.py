"""Measures suggestions against labels that people gave, in the classes of those labels.

A model that answers with our categories is measured in a city's coarser classes by adding up the shares of the
categories that belong to each; shares of categories that belong to none are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.services.classifier.calibration import TARGET_PRECISION, calibration_error, crosswise, curve, threshold
from app.services.classifier.samples import Sample

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Answers:
    """Sample × class: how sure a machine was, which class is right, and which is named how."""

    classes: tuple[str, ...]
    confidence: NDArray[np.floating]
    right: NDArray[np.integer]

    @property
    def best(self) -> NDArray[np.integer]:
        """The likeliest class of each sample."""
        return np.asarray(self.confidence.argmax(axis=1))


def in_classes_of(
    samples: Sequence[Sample],
    codes: Sequence[str],
    confidence: NDArray[np.floating],
    groups: Mapping[str, str],
) -> Answers:
    """Sum the shares of categories up to the classes of the labels: the groups where there are any."""
    named = [groups.get(code) if groups else code for code in codes]
    classes = tuple(sorted({name for name in named if name is not None}))
    summed = np.zeros((len(samples), len(classes)))
    for column, name in enumerate(named):
        if name is not None:
            summed[:, classes.index(name)] += confidence[:, column]
    total = np.maximum(summed.sum(axis=1, keepdims=True), 1e-9)
    right = [classes.index(str(sample.group if groups else sample.category)) for sample in samples]
    return Answers(classes, summed / total, np.array(right))


def made_honest(answers: Answers, part: NDArray[np.integer]) -> Answers:
    """Hold the shares of each part against how often the answers to the other parts were right."""
    truth = np.eye(len(answers.classes))[answers.right]
    return Answers(answers.classes, crosswise(answers.confidence, truth, part), answers.right)


def figures(answers: Answers, samples: Sequence[Sample]) -> dict[str, Any]:
    """All figures of a table: F1 by class, Top-1 and Top-3, calibration, coverage and precision, confusions, worst."""
    best, right = answers.best, answers.right
    hit = best == right
    sure = answers.confidence.max(axis=1)
    top3 = (np.argsort(-answers.confidence, axis=1, kind="stable")[:, :3] == right[:, None]).any(axis=1)
    by_class = f1_by_class(best, right, len(answers.classes))
    seen = sorted(set(right.tolist()))
    least = threshold(sure, hit)
    above = sure >= least if least is not None else np.zeros(len(sure), bool)
    return {
        "messages": len(samples),
        "macro_f1": round(float(np.mean([by_class[number] for number in seen])), 4),
        "top1": round(float(hit.mean()), 4),
        "top3": round(float(top3.mean()), 4),
        "ece": round(calibration_error(sure, hit), 4),
        "target_precision": TARGET_PRECISION,
        "threshold": least,
        "precision_there": round(float(hit[above].mean()), 4) if above.any() else None,
        "coverage_there": round(float(above.mean()), 4),
        "f1": {answers.classes[number]: round(float(by_class[number]), 4) for number in seen},
        "curve": curve(sure, hit),
        "confusions": _confusions(answers),
        "worst": _worst(answers, samples, sure, hit),
    }


def f1_by_class(best: NDArray[np.integer], right: NDArray[np.integer], classes: int) -> NDArray[np.floating]:
    """Harmonic mean of precision and recall of each class (0 where nothing was right)."""
    true = np.bincount(right[best == right], minlength=classes)
    said, is_ = np.bincount(best, minlength=classes), np.bincount(right, minlength=classes)
    return np.asarray(2 * true / np.maximum(said + is_, 1))


def timed(classify: Any, samples: Sequence[Sample]) -> dict[str, Any]:
    """What one message after the other costs, in milliseconds of processor time, and which were the slowest."""
    cost = []
    for sample in samples:
        begin = thread_time()
        classify(sample.text, sample.title)
        cost.append((thread_time() - begin) * 1000)
    slowest = sorted(range(len(cost)), key=lambda row: -cost[row])[:3]
    return {
        "median_ms": round(float(np.median(cost)), 3),
        "p99_ms": round(float(np.quantile(cost, 0.99)), 3),
        "slowest": [
            {"ms": round(cost[row], 2), "characters": len(samples[row].text), "title": samples[row].title}
            for row in slowest
        ],
    }


def _confusions(answers: Answers) -> list[dict[str, Any]]:
    pairs: dict[tuple[int, int], int] = {}
    for right, best in zip(answers.right.tolist(), answers.best.tolist(), strict=True):
        if right != best:
            pairs[right, best] = pairs.get((right, best), 0) + 1
    worst = sorted(pairs, key=lambda pair: -pairs[pair])[:SHOWN]
    return [
        {"is": answers.classes[right], "said": answers.classes[best], "messages": pairs[right, best]}
        for right, best in worst
    ]


def _worst(
    answers: Answers, samples: Sequence[Sample], sure: NDArray[np.floating], hit: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """The surest of the wrong answers."""
    wrong = sorted(np.flatnonzero(~hit).tolist(), key=lambda row: -float(sure[row]))[:SHOWN]
    return [
        {
            "title": samples[row].title,
            "is": answers.classes[answers.right[row]],
            "said": answers.classes[answers.best[row]],
            "confidence": round(float(sure[row]), 3),
        }
        for row in wrong
    ]
