"""From which confidence on suggestions are right often enough: the coverage-precision curve and the point to take on it.

The share of right ones is taken at its lower bound, so that a few lucky cases open no door.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.proportions import ONE_SIDED_95, wilson_lower

NEVER = 1.0
"""The threshold of categories in which no confidence is enough: only what people gave themselves is that sure."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Suggestions with one confidence whose truth is known: so many right, so many wrong."""

    group: str
    confidence: float
    right: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Point:
    """At `threshold` and above: `covered` of all `cases`, `right` of them right, surely `bound` of them."""

    threshold: float
    cases: int
    covered: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of right ones among the covered."""
        return self.right / self.covered if self.covered else None

    @property
    def bound(self) -> float:
        """What that share is at least (95 %, one-sided)."""
        return wilson_lower(self.right, self.covered, ONE_SIDED_95)

    @property
    def coverage(self) -> float | None:
        """The share of cases that would be dispatched by machine."""
        return self.covered / self.cases if self.cases else None


def curve(judged: Iterable[Judged]) -> list[Point]:
    """A point for each confidence, the highest first."""
    at: dict[float, list[int]] = {}
    for one in judged:
        sums = at.setdefault(one.confidence, [0, 0])
        sums[0] += one.right
        sums[1] += one.wrong
    cases = sum(right + wrong for right, wrong in at.values())
    points, covered, right = list[Point](), 0, 0
    for confidence in sorted(at, reverse=True):
        covered, right = covered + sum(at[confidence]), right + at[confidence][0]
        points.append(Point(confidence, cases, covered, right))
    return points


def choose(points: Sequence[Point], target: float, minimum: int) -> Point | None:
    """The point with the greatest coverage that surely keeps the target precision; None below `minimum` cases.

    Where no point keeps it although there are cases enough, people decide: threshold `NEVER`, nothing covered.
    """
    if not points or points[-1].cases < minimum:
        return None
    kept = [point for point in points if point.bound >= target]
    return kept[-1] if kept else Point(NEVER, points[-1].cases, 0, 0)
