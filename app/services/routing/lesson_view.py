"""A lesson as clients see it."""

from typing import Any

from app.domain.routing_lessons import Lesson, parse_key
from app.schemas.routing import LessonState
from app.services.reference import Reference


def state_of(reference: Reference, key: str) -> LessonState:
    """Decided as people did, else speaking or silent."""
    learned = reference.learned
    if standing := learned.decisions.get(key):
        return LessonState(standing.decision.value)
    lesson = learned.book.lessons.get(key)
    return LessonState.SPEAKING if lesson and learned.book.speaks(lesson) else LessonState.SILENT


def lesson_view(reference: Reference, key: str) -> dict[str, Any]:
    """A lesson as clients see it; without figures when its evidence is gone."""
    category, area, before, after = parse_key(key) or ("", None, "", "")
    lesson = reference.learned.book.lessons.get(key)
    standing = reference.learned.decisions.get(key)
    return {
        "id": key,
        "category_code": category,
        "category_path": reference.names.category_path(category),
        "area_code": area,
        "area_name": reference.names.area(area),
        "unit_before": reference.names.unit(before),
        "unit_after": reference.names.unit(after),
        "state": state_of(reference, key),
        **_figures(reference, lesson),
        "decision": {
            "decision": standing.decision,
            "reason": standing.reason,
            "rule_id": standing.rule_id,
            "decided_by": standing.decided_by,
            "decided_at": standing.decided_at,
        }
        if standing
        else None,
    }


def _figures(reference: Reference, lesson: Lesson | None) -> dict[str, Any]:
    if lesson is None:
        return {"went": 0, "came_back": 0, "ended": 0, "endings": [], "share_at_least": 0.0, "reason": None}
    return {
        "went": lesson.went,
        "came_back": lesson.came_back,
        "ended": lesson.ended,
        "endings": [{"unit": reference.names.unit(code), "cases": cases} for code, cases in lesson.endings],
        "share_at_least": round(lesson.bound, 4),
        "reason": lesson.reason(reference.units),
    }
