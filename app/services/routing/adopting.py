"""Makes a routing rule of a lesson, and makes sure that it would do something.

A rule that is covered by a more specific one would be adopted in good faith and never hit.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.catalogue import AreaLevel, RequestKind, RoutingRule
from app.domain.errors import ConflictError
from app.domain.routing import RoutingTable
from app.domain.routing_lessons import Lesson
from app.services.reference import Reference

TOWNSHIP_DIGITS, TOP_PRIORITY = 9, 1000
"""The digits that all places of a township share; the highest priority a rule may have."""


def rule_of(reference: Reference, lesson: Lesson, note: str) -> dict[str, Any]:
    """Columns of the rule: before all others for the same category and place; raises ConflictError `lesson-covered`."""
    prefix = (lesson.area_code or "")[:TOWNSHIP_DIGITS]
    same = [
        rule.priority
        for rule in reference.routing.rules
        if (rule.category_prefix, rule.area_prefix, rule.kind) == (lesson.category_code, prefix, None)
    ]
    priority = max(same, default=-1) + 1
    values = {
        "category_prefix": lesson.category_code,
        "area_prefix": prefix,
        "kind": None,
        "unit_code": lesson.unit_after,
        "area_unit": None,
        "priority": priority,
        "note": "；".join(part for part in (lesson.reason(reference.units), note) if part),
    }
    if priority > TOP_PRIORITY or not _changes_anything(reference, lesson, values):
        raise ConflictError(
            "已有更具体的规则（或属村级事务）在起作用，新规则不会生效，请直接修改该规则。",
            "A more specific rule is in force, so this one would never hit; change that rule.",
            code="lesson-covered",
        )
    return values


def _changes_anything(reference: Reference, lesson: Lesson, values: dict[str, Any]) -> bool:
    """Whether some matter that goes to the first unit now would go to the other one."""
    category = reference.categories.get(lesson.category_code)
    if category is None:
        return False
    table = RoutingTable([*reference.routing.rules, RoutingRule(id=0, **values)], reference.units)
    for path in _places(reference, lesson.area_code):
        for kind in RequestKind:
            before = reference.routing.route(category, path, kind, 1.0)
            after = table.route(category, path, kind, 1.0)
            if before and after and (before.unit.code, after.unit.code) == (lesson.unit_before, lesson.unit_after):
                return True
    return False


def _places(reference: Reference, township: str | None) -> Iterator[Sequence[str]]:
    """All places of a township; for the whole city its townships and a place that is not known."""
    if township is None:
        yield ()
    for code, area in reference.areas.items():
        path = reference.area_path(code)
        if township in path if township else area.level is AreaLevel.TOWNSHIP:
            yield path
