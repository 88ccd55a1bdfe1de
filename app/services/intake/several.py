"""Proposes several requests where one text brings several matters; the operator files each, or does not.

Nothing is split by itself: a second request in a citizen's name needs somebody who asked them.
"""

from collections.abc import Collection
from typing import Any

from app.domain.routing import best_routes
from app.domain.understanding.matters import matters_in
from app.services.intake.assess import Assessment
from app.services.reference import Reference


def matters_view(assessment: Assessment, reference: Reference, accused: Collection[str] = ()) -> list[dict[str, Any]]:
    """The matters of the text with a title, a text to file and the category of each; empty for one matter.

    `accused`: units that get none of it, so that two matters are not taken for one because both would go to them.
    """

    def avoid(code: str) -> bool:
        return reference.shut_out(code, accused)

    def unit_of(code: str) -> str | None:
        chosen = [(reference.categories[code], 1.0)]
        path = reference.area_path(assessment.area_code)
        routes = best_routes(reference.routing, chosen, path, assessment.kind, most=1, avoid=avoid)
        return routes[0].unit.code if routes else None

    found = matters_in(assessment.cut, assessment.parts, categories=reference.categories, unit_of=unit_of)
    return [
        {
            "title": matter.title,
            "text": matter.text,
            "category_code": matter.category.category_code,
            "category_path": reference.names.category_path(matter.category.category_code),
            "confidence": round(matter.category.confidence, 4),
            "evidence": list(matter.category.evidence),
        }
        for matter in found
    ]
