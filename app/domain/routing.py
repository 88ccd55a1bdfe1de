"""Which unit should act: category × area × kind → unit, most specific rule first (domain guide §4).

Never a jump from text to an organisation's name: the text gives a category and a place, rules give the unit,
and the answer names the rule and the words that decided.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Route:
    """A proposed unit with what led to it. `confidence` in [0, 1] is that of the category behind it.

    `avoided`: a unit that comes before it by the rules may not have the matter (回避).
    """

    unit: Unit
    confidence: float
    reason: str
    rule_id: int | None = None
    avoided: bool = False


Avoid = Callable[[str], bool]
"""Whether the unit of this code may not have the matter: it, or a unit above it, is accused in it."""
AVOIDED = "，已回避被反映单位"


def _nobody(_unit_code: str) -> bool:
    return False


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

    def route(
        self,
        category: Category,
        area_path: Sequence[str],
        kind: RequestKind,
        confidence: float,
        avoid: Avoid = _nobody,
    ) -> Route | None:
        """The unit for a matter of `category` at the place whose codes from county down are `area_path`."""
        avoided = False
        for unit, reason, rule_id in self._proposals(category, area_path, kind):
            if not avoid(unit.code):
                return Route(unit, confidence, reason + (AVOIDED if avoided else ""), rule_id, avoided)
            avoided = True
        return None

    def _proposals(
        self, category: Category, area_path: Sequence[str], kind: RequestKind
    ) -> Iterator[tuple[Unit, str, int | None]]:
        """Units that the rules name, the most specific rule first, each with the reason and the rule."""
        if category.village_affair:
            for unit in self._local_units(UnitKind.VILLAGE_TEAM, area_path):
                yield unit, f"“{category.name}”属村级事务，属地承办", None
        for rule in self._rules:
            if self._matches(rule, category.code, area_path, kind):
                for unit in self._targets(rule, area_path):
                    yield unit, f"按派单规则：{category.name} → {unit.name}", rule.id

    def _matches(self, rule: RoutingRule, code: str, area_path: Sequence[str], kind: RequestKind) -> bool:
        area = area_path[-1] if area_path else ""
        return code.startswith(rule.category_prefix) and area.startswith(rule.area_prefix) and rule.kind in (None, kind)

    def _targets(self, rule: RoutingRule, area_path: Sequence[str]) -> Iterator[Unit]:
        if not rule.unit_code:
            yield from self._local_units(rule.area_unit or UnitKind.TOWNSHIP, area_path)
        elif (unit := self._units.get(rule.unit_code)) and unit.active:
            yield unit

    def _local_units(self, kind: UnitKind, area_path: Sequence[str]) -> Iterator[Unit]:
        """The units that look after the place: its village team if it has one, then its township (属地兜底)."""
        kinds = (UnitKind.VILLAGE_TEAM, UnitKind.TOWNSHIP) if kind is UnitKind.VILLAGE_TEAM else (kind,)
        for wanted in kinds:
            for code in reversed(area_path):
                if unit := self._local.get((wanted, code)):
                    yield unit


def best_routes(
    table: RoutingTable,
    candidates: Iterable[tuple[Category, float]],
    area_path: Sequence[str],
    kind: RequestKind,
    most: int = 3,
    avoid: Avoid = _nobody,
) -> list[Route]:
    """Routes for the candidate categories, best first, one per unit, at most `most`; none to a unit to `avoid`."""
    routes: dict[str, Route] = {}
    for category, confidence in candidates:
        route = table.route(category, area_path, kind, confidence, avoid)
        if route and route.unit.code not in routes:
            routes[route.unit.code] = route
    return list(routes.values())[:most]
