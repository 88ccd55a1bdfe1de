"""Sets from which confidence on the machine dispatches, by first-level category, for a precision that is to be kept.

What people later made of suggestions is the truth: one that was closed as it was, or confirmed by hand, was right;
one that ended under another category was wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from app.domain.actors import Actor
from app.domain.coverage import Judged, Point, choose, curve
from app.domain.understanding import TrainedClassifier
from app.models.catalogue import Category
from app.services.administration import writing
from app.services.installation import Installation
from app.services.reference import Reference

MINIMUM = 100
"""Cases below which a first level takes the threshold of all together."""
MOST_REQUESTS = 500_000
POOLED = ""

_JUDGED = """
SELECT left(suggested, 2) AS "group", confidence,
    (count(*) FILTER (WHERE category_code = suggested))::int AS "right",
    (count(*) FILTER (WHERE category_code <> suggested))::int AS wrong
FROM (
    SELECT r.id, r.state, r.category_code, r.classification ->> 'category_code' AS suggested,
        round((r.classification ->> 'confidence')::numeric, 3)::float8 AS confidence
    FROM service_request r
    WHERE r.created_at >= $1 AND r.classification ->> 'method' = $3
        AND r.classification ->> 'category_code' IS NOT NULL AND r.category_code IS NOT NULL
    ORDER BY r.created_at DESC LIMIT $2
) s
WHERE state = 'closed' OR category_code <> suggested OR EXISTS (
    SELECT FROM event e WHERE e.request_id = s.id AND e.kind = 'request.classified'
        AND e.payload -> 'after' ? 'category_code')
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Row:
    """The threshold of a first level (empty: of all together); `pooled`: it has too few cases of its own."""

    category_code: str
    cases: int
    point: Point | None
    pooled: bool


async def read_judged(here: Installation, since: datetime) -> list[Judged]:
    """What became of suggestions filed from `since` on, the newest half million of them; one statement."""
    async with here.database.connection() as connection:
        return [
            Judged(**dict(row))
            for row in await connection.fetch(_JUDGED, since, MOST_REQUESTS, TrainedClassifier.METHOD)
        ]


def propose(reference: Reference, judged: Iterable[Judged], target: float, minimum: int = MINIMUM) -> list[Row]:
    """A row for all together, then one for each active first level in the order of the codes."""
    by_group: dict[str, list[Judged]] = {}
    everything = list(judged)
    for one in everything:
        by_group.setdefault(one.group, []).append(one)
    pooled = choose(curve(everything), target, minimum)
    rows = [Row(POOLED, sum(one.right + one.wrong for one in everything), pooled, pooled=False)]
    for category in reference.categories.values():
        if category.parent_code is None and category.active:
            own = by_group.get(category.code, [])
            point = choose(curve(own), target, minimum)
            cases = sum(one.right + one.wrong for one in own)
            rows.append(Row(category.code, cases, point or pooled, pooled=point is None))
    return rows


async def apply(here: Installation, actor: Actor, rows: Sequence[Row]) -> int:
    """Write the thresholds to the first levels; those without any evidence stay as they are. Returns how many changed."""
    wanted = {row.category_code: row.point.threshold for row in rows if row.category_code and row.point}
    return await _write(here, actor, "apply dispatch thresholds", wanted)


async def clear(here: Installation, actor: Actor) -> int:
    """Take all thresholds away, so that the setting holds again; returns how many there were."""
    return await _write(here, actor, "clear dispatch thresholds", None)


async def _write(here: Installation, actor: Actor, what: str, wanted: dict[str, float] | None) -> int:
    async with writing(here, actor, what) as session:
        statement = select(Category).order_by(col(Category.code)).with_for_update()
        changed = 0
        for category in await session.exec(statement):
            value = wanted.get(category.code, category.auto_dispatch_confidence) if wanted is not None else None
            if category.auto_dispatch_confidence != value:
                category.auto_dispatch_confidence = value
                changed += 1
    return changed


def rows_view(reference: Reference, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The table as it is printed."""
    return [
        {
            "category_code": row.category_code or None,
            "category": " / ".join(reference.names.category_path(row.category_code)) or "全部",
            "cases": row.cases,
            "pooled": row.pooled,
            "threshold": row.point.threshold if row.point else None,
            "precision": _rounded(row.point.precision if row.point else None),
            "precision_at_least": _rounded(row.point.bound if row.point and row.point.covered else None),
            "coverage": _rounded(row.point.coverage if row.point else None),
        }
        for row in rows
    ]


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
