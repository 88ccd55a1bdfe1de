"""Which unit should act: category × area × kind → unit, most specific rule first (domain guide §4).

Never a jump from text to an organisation's name: the text gives a category and a place, rules give the unit,
and the answer names the rule and the words that decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Route:
    """A proposed unit with what led to it. `confidence` in [0, 1] is that of the category behind it."""

    unit: Unit
    confidence: float
    reason: str
    rule_id: int | None = None


class RoutingTable:
    """The rules and units of a city, indexed for look-up by category, place and kind."""

    def __init__(self, rules: Iterable[RoutingRule], units: Mapping[str, Unit]) -> None:
        self._rules = sorted(
            rules,
            key=lambda r: (len(r.category_prefix), len(r.area_prefix), r.kind is not None, r.priority),
            reverse=True,
        )
        self._units = units
        self._local: dict[tuple[UnitKind, str], Unit] = {}
        for code in sorted(units):  # two of a kind in one place: the first code, not chance, decides
            unit = units[code]
            if unit.active and unit.area_code:
                self._local.setdefault((unit.kind, unit.area_code), unit)

    def route(self, category: Category, area_path: Sequence[str], kind: RequestKind, confidence: float) -> Route | None:
        """The unit for a matter of `category` at the place whose codes from county down are `area_path`."""
        if category.village_affair and (unit := self._local_unit(UnitKind.VILLAGE_TEAM, area_path)):
            return Route(unit, confidence, f"“{category.name}”属村级事务，属地承办")
        for rule in self._rules:
            if not self._matches(rule, category.code, area_path, kind):
                continue
            if unit := self._target(rule, area_path):
                return Route(
                    unit,
                    confidence,
                    f"按派单规则：{category.name} → {unit.name}",
                    rule.id,
                )
        return None

    def _matches(self, rule: RoutingRule, code: str, area_path: Sequence[str], kind: RequestKind) -> bool:
        area = area_path[-1] if area_path else ""
        return code.startswith(rule.category_prefix) and area.startswith(rule.area_prefix) and rule.kind in (None, kind)

    def _target(self, rule: RoutingRule, area_path: Sequence[str]) -> Unit | None:
        if rule.unit_code:
            unit = self._units.get(rule.unit_code)
            return unit if unit and unit.active else None
        return self._local_unit(rule.area_unit or UnitKind.TOWNSHIP, area_path)

    def _local_unit(self, kind: UnitKind, area_path: Sequence[str]) -> Unit | None:
        """The unit that looks after the place: its village team if it has one, else its township (属地兜底)."""
        kinds = (UnitKind.VILLAGE_TEAM, UnitKind.TOWNSHIP) if kind is UnitKind.VILLAGE_TEAM else (kind,)
        for wanted in kinds:
            for code in reversed(area_path):
                if unit := self._local.get((wanted, code)):
                    return unit
        return None


def best_routes(
    table: RoutingTable,
    candidates: Iterable[tuple[Category, float]],
    area_path: Sequence[str],
    kind: RequestKind,
    most: int = 3,
) -> list[Route]:
    """Routes for the candidate categories, best first, one per unit, at most `most`."""
    routes: dict[str, Route] = {}
    for category, confidence in candidates:
        route = table.route(category, area_path, kind, confidence)
        if route and route.unit.code not in routes:
            routes[route.unit.code] = route
    return list(routes.values())[:most]
