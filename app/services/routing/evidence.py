"""Reads what lessons are drawn from: matters that went to a unit, and where those ended that it gave back.

One statement over the last days only, begun from the few corrections: units and categories without any cost nothing.
Matters under secrecy teach nobody (a lesson is shown to every reader of the catalogue), nor do those in which a unit
had to be avoided: that it lost them says nothing about its duties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.core.database import Connection
from app.domain.catalogue import Area, AreaLevel
from app.domain.records import LessonDecision
from app.domain.routing_lessons import MIN_ENDED, LessonBook, Outcome, draw_lessons
from app.services.visibility import open_matter
from app.settings import Settings

MOST_PAIRS, MOST_GROUPS, MOST_DECISIONS = 1000, 50_000, 10_000
STALE_AFTER = timedelta(hours=1)
"""Evidence fades by itself, so it is read anew even when nothing was corrected."""

_TEACHES = f"{open_matter()} AND r.state <> 'merged' AND r.category_code IS NOT NULL"
CASES = f"""
moved AS MATERIALIZED (
    SELECT request_id, unit_before, min(at) AS at, bool_or(source = 'overrule') AS overruled FROM correction
    WHERE at >= $1 AND at < $2 AND source IN ('return', 'redispatch', 'overrule') AND unit_before IS NOT NULL
    GROUP BY 1, 2
), pairs AS MATERIALIZED (
    SELECT r.category_code, m.unit_before, count(*) AS moves
    FROM moved m JOIN service_request r ON r.id = m.request_id
    WHERE {_TEACHES} GROUP BY 1, 2 HAVING count(*) >= $3 ORDER BY count(*) DESC LIMIT $4
), went AS (
    SELECT o.request_id, o.unit_code, min(o.created_at) AS at
    FROM work_order o
    WHERE o.role = 'lead' AND o.created_at >= $1 AND o.created_at < $2
        AND o.unit_code IN (SELECT unit_before FROM pairs)
    GROUP BY 1, 2
    UNION ALL SELECT request_id, unit_before, at FROM moved WHERE overruled
), cases AS (
    SELECT r.category_code, r.area_code, w.unit_code AS unit_before, w.at,
        coalesce(lead.unit_code, r.resolved_unit_code) AS holder,
        m.request_id IS NOT NULL
            AND coalesce(lead.unit_code, r.resolved_unit_code) IS DISTINCT FROM w.unit_code AS moved
    FROM went w JOIN service_request r ON r.id = w.request_id
    JOIN pairs p ON p.category_code = r.category_code AND p.unit_before = w.unit_code
    LEFT JOIN work_order lead ON lead.work_order_no = r.lead_order_no
    LEFT JOIN moved m ON m.request_id = w.request_id AND m.unit_before = w.unit_code
    WHERE {_TEACHES}
)
"""
"""Common table expressions over a period `[$1, $2)`, of pairs with `$3` corrections at least, `$4` of them at most."""
_OUTCOMES = f"""
WITH {CASES}
SELECT category_code, area_code, unit_before, moved, CASE WHEN moved THEN holder END AS unit_after,
    count(*)::int AS cases, sum(0.5 ^ greatest(extract(epoch FROM $2 - at)::float8 / ($5::float8 * 86400), 0))::float8 AS weight
FROM cases GROUP BY 1, 2, 3, 4, 5 ORDER BY cases DESC, 1, 2, 3, 4, 5 LIMIT $6
"""
_STANDING = """
SELECT lesson, decision, reason, rule_id, decided_by, decided_at FROM routing_lesson_decision
WHERE undone_at IS NULL ORDER BY id DESC LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What people decided about a lesson, not undone."""

    lesson: str
    decision: LessonDecision
    reason: str
    rule_id: int | None
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lessons are drawn from, as of an instant; `newest`: the last correction that was counted."""

    at: datetime
    newest: int
    outcomes: Sequence[Outcome] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """The lessons of a snapshot, what they rest on, and what people decided about them."""

    evidence: Evidence
    book: LessonBook = field(default_factory=LessonBook)
    decisions: Mapping[str, Standing] = field(default_factory=dict)


async def newest_correction(connection: Connection) -> int:
    """The number of the newest correction, 0 when there is none."""
    return int(await connection.fetchval("SELECT coalesce(max(id), 0) FROM correction"))


async def gather(connection: Connection, settings: Settings) -> Evidence:
    """Count the cases of the last days; may take seconds in a big city."""
    at, newest = now(), await newest_correction(connection)
    since = at - timedelta(days=settings.lesson_days)
    rows: list[Any] = await connection.fetch(
        _OUTCOMES, since, at, MIN_ENDED, MOST_PAIRS, settings.lesson_half_life_days, MOST_GROUPS
    )
    return Evidence(at, newest, tuple(Outcome(**dict(row)) for row in rows))


async def learn(connection: Connection, settings: Settings, areas: Mapping[str, Area], evidence: Evidence) -> Learned:
    """Draw the lessons from evidence and decisions; cheap."""
    rows = await connection.fetch(_STANDING, MOST_DECISIONS)
    decisions = {row["lesson"]: Standing(**{**dict(row), "decision": LessonDecision(row["decision"])}) for row in rows}
    dismissed = [key for key, standing in decisions.items() if standing.decision is LessonDecision.DISMISSED]
    book = draw_lessons(evidence.outcomes, Townships(areas).of, settings.lesson_days, dismissed)
    return Learned(evidence, book, decisions)


class Townships:
    """Which township an area lies in."""

    def __init__(self, areas: Mapping[str, Area]) -> None:
        self._areas = areas

    def of(self, code: str | None) -> str | None:
        """The township's code; None for an unknown place or one above all townships."""
        seen = 0
        while code and (area := self._areas.get(code)) and seen < 10:
            if area.level is AreaLevel.TOWNSHIP:
                return code
            code, seen = area.parent_code, seen + 1
        return None
