"""Names of units, categories and areas as answers show them: each put together once per snapshot of the reference data."""

from collections.abc import Mapping
from functools import lru_cache

from app.domain.catalogue import Area, Category, Unit

_KEPT = 65_536
"""More codes than a province has."""


def area_path(areas: Mapping[str, Area], code: str | None) -> tuple[str, ...]:
    """Codes from the county down to the area; empty when it is unknown."""
    path: list[str] = []
    while code and (area := areas.get(code)):
        path.append(code)
        code = area.parent_code
    return tuple(reversed(path))


class Names:
    """Looks names up. What it gives is shared by all who ask: never change it."""

    def __init__(
        self, units: Mapping[str, Unit], areas: Mapping[str, Area], categories: Mapping[str, Category]
    ) -> None:
        def unit(code: str | None) -> dict[str, str] | None:
            found = units.get(code or "")
            return {"code": found.code, "name": found.name, "kind": found.kind.value} if found else None

        def category_path(code: str | None) -> list[str]:
            category = categories.get(code or "")
            if category is None:
                return []
            parent = categories.get(category.parent_code or "")
            return [parent.name, category.name] if parent else [category.name]

        def area(code: str | None) -> str | None:
            return " ".join(areas[part].name for part in area_path(areas, code)) or None

        keep = lru_cache(maxsize=_KEPT)
        self.unit = keep(unit)
        """`{code, name, kind}` wherever a unit is named, or None."""
        self.category_path = keep(category_path)
        """Names of first and second level; empty when it is unknown."""
        self.area = keep(area)
        """`云岭市 东河街道 …`, or None."""
