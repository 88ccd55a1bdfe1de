"""Trains the linear model: one-vs-rest support vectors for each level, pruned to the pieces that speak.

scikit-learn is imported when training begins: a server that only reads a model must not pay for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.understanding.features import BUCKETS, counted_pieces, pieces
from app.domain.understanding.linear_model import BLOCKS
from app.services.classifier.samples import Sample

SEED = 12345
TITLE_WEIGHT = 0.7
PENALTIES = {"category": 0.3, "first_level": 1.0, "group": 0.05}
"""C of the support vectors at each level: the best of several on messages that were not learnt."""
CENTRE = 4.0
"""Worth of the likeness to the centre of a category beside its support vector: both are sums over pieces, so the
weights are simply added. It lifts Top-3 by two points where a category has few samples."""
LEVELS = {"category": 1.0, "first_level": 1.5, "group": 4.0}
"""What each level counts. Our own messages would have less of the coarser ones; but real letters are harder, and
their family is the surer part of the answer."""
SHARPNESS = 0.064
"""Temperature of the shares for each unit that the levels count together; the rest of honesty is learnt."""
KEPT_HEADS = {"category": 14, "first_level": 8, "group": 16}
"""So many heads of each level are kept for a piece, the loudest ones."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Samples as a sparse matrix, with the pieces of its columns."""

    matrix: Any
    buckets: NDArray[np.uint32]
    rarity: NDArray[np.float32]


def counted(samples: Sequence[Sample]) -> Any:
    """Sample × (block, bucket): damped counts of the pieces."""
    from scipy.sparse import csr_matrix, hstack

    blocks = []
    for block, texts in zip(BLOCKS, ([s.text for s in samples], [s.title for s in samples]), strict=True):
        document, number, often = counted_pieces(pieces(texts, block))
        blocks.append(csr_matrix((often, (document, number)), shape=(len(samples), BUCKETS), dtype=np.float32))
    return hstack(blocks, format="csr")


def vectorise(counts: Any, least: int = 2) -> Vectors:
    """Weigh the pieces that stand in at least `least` samples; each block of a sample has its own length."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    buckets = np.flatnonzero(frequency >= least)
    rarity = (np.log((1 + counts.shape[0]) / (1 + frequency[buckets])) + 1).astype(np.float32)
    return Vectors(weighted(counts, buckets, rarity), buckets.astype(np.uint32), rarity)


def weighted(counts: Any, buckets: NDArray[Any], rarity: NDArray[np.float32]) -> Any:
    """The rows of `counts` as the model sees them."""
    from scipy.sparse import diags, hstack
    from sklearn.preprocessing import normalize

    matrix = counts[:, buckets] @ diags(rarity)
    body = int(np.searchsorted(buckets, BUCKETS))
    return hstack([normalize(matrix[:, :body]), TITLE_WEIGHT * normalize(matrix[:, body:])], format="csr")


@dataclass(frozen=True, slots=True)
class Heads:
    """Weights and intercepts of all levels: a row a head, named (level, class)."""

    names: list[tuple[str, str]]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def scores(self, matrix: Any) -> NDArray[np.float64]:
        """Sample × head."""
        return np.asarray(matrix @ self.weights.T) + self.intercepts


def fit_heads(matrix: Any, samples: Sequence[Sample]) -> Heads:
    """Fit one machine a level on the samples that have a class there."""
    heads = Heads([], np.zeros((0, matrix.shape[1])), np.zeros(0))
    for level in LEVELS:
        classes = np.array([getattr(sample, level) or "" for sample in samples])
        if len(set(classes) - {""}) < 2:
            continue
        rows = np.flatnonzero(classes != "")
        importance = np.array([samples[int(row)].weight for row in rows])
        names, weights, intercepts = _machine(matrix[rows], classes[rows], importance, level)
        if level == "category":
            weights = weights + CENTRE * _centres(matrix[rows], classes[rows], names)
        heads = Heads(
            [*heads.names, *((level, str(name)) for name in names)],
            np.vstack([heads.weights, weights]),
            np.concatenate([heads.intercepts, intercepts]),
        )
    return heads


Machine = tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]


def _machine(matrix: Any, classes: NDArray[Any], importance: NDArray[np.float64], level: str) -> Machine:
    """Names of the classes, a row of weights and an intercept for each."""
    from sklearn.svm import LinearSVC

    balance = None if level == "category" else "balanced"
    machine = LinearSVC(C=PENALTIES[level], class_weight=balance, random_state=SEED)
    machine.fit(matrix, classes, importance)
    if len(machine.classes_) > 2:
        return machine.classes_, machine.coef_, machine.intercept_
    # Of two classes only the second is given.
    return machine.classes_, np.vstack([-machine.coef_, machine.coef_]), np.array([-1, 1]) * machine.intercept_


def _centres(matrix: Any, classes: NDArray[Any], names: NDArray[Any]) -> NDArray[np.float64]:
    """Class × piece: the direction of the mean sample of each class."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    place = np.searchsorted(names, classes)
    member = csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))), shape=(len(names), len(place)))
    centres: NDArray[np.float64] = normalize(member @ matrix).toarray()
    return centres
