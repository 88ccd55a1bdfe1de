"""Which unit should act: category × area × kind → unit, most specific rule first (domain guide §4).

Never a jump from text to an organisation's name: the text gives a category and a place, rules give the unit,
and the answer names the rule and the words that decided.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Route:
    """A proposed unit with what led to it.

    `confidence` in [0, 1]: that of the categories that lead to the unit, together; `category_code` is the likeliest of
    them. `avoided`: a unit that comes before it by the rules may not have the matter (回避). `lesson`: the key of the
    lesson that proposes it beside the rules.
    """

    unit: Unit
    confidence: float
    reason: str
    rule_id: int | None = None
    avoided: bool = False
    category_code: str = ""
    lesson: str | None = None


Avoid = Callable[[str], bool]
"""Whether the unit of this code may not have the matter: it, or a unit above it, is accused in it."""
AVOIDED = "，已回避被反映单位"


def _nobody(_unit_code: str) -> bool:
    return False


class Verdict(StrEnum):
    """What came of looking at a rule (规则核对结果)."""

    TAKEN = "taken"
    ELSEWHERE = "elsewhere"
    OTHER_KIND = "other-kind"
    UNIT_CLOSED = "unit-closed"
    NO_LOCAL_UNIT = "no-local-unit"
    AVOIDED = "avoided"


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at (None: a village affair needs none), the unit it names, and what came of it."""

    rule: RoutingRule | None
    verdict: Verdict
    unit: Unit | None = None
    reason: str = ""


def specificity(rule: RoutingRule) -> tuple[int, int, bool, int]:
    """Rules are looked at from the greatest of these down: the matter goes before the place, the place before the kind."""
    return len(rule.category_prefix), len(rule.area_prefix), rule.kind is not None, rule.priority


class RoutingTable:
    """The rules and units of a city, indexed for look-up by category, place and kind."""

    def __init__(self, rules: Iterable[RoutingRule], units: Mapping[str, Unit]) -> None:
        self.rules = tuple(sorted(rules, key=specificity, reverse=True))
        self.units = units
        self._rules_of: dict[str, tuple[RoutingRule, ...]] = {}
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
        for seen in self.consider(category, area_path, kind, avoid):
            if seen.verdict is Verdict.TAKEN and seen.unit:
                reason, rule_id = seen.reason + (AVOIDED if avoided else ""), seen.rule.id if seen.rule else None
                return Route(seen.unit, confidence, reason, rule_id, avoided, category.code)
            avoided = avoided or seen.verdict is Verdict.AVOIDED
        return None

    def consider(
        self, category: Category, area_path: Sequence[str], kind: RequestKind, avoid: Avoid = _nobody
    ) -> Iterator[Considered]:
        """Every rule for the category, the most specific first, up to the one that is taken; with what came of each."""
        if category.village_affair:
            local = self._local_units(UnitKind.VILLAGE_TEAM, area_path)
            if (yield from self._weigh(None, local, lambda _: f"“{category.name}”属村级事务，属地承办", avoid)):
                return
        area = area_path[-1] if area_path else ""
        for rule in self._rules_for(category.code):
            if not area.startswith(rule.area_prefix):
                yield Considered(rule, Verdict.ELSEWHERE)
            elif rule.kind not in (None, kind):
                yield Considered(rule, Verdict.OTHER_KIND)
            elif (
                yield from self._weigh(
                    rule,
                    self._targets(rule, area_path),
                    lambda unit: f"按派单规则：{category.name} → {unit.name}",
                    avoid,
                )
            ):
                return

    def _rules_for(self, category_code: str) -> tuple[RoutingRule, ...]:
        """The rules whose prefix a category has, in order; looked for once, as there are more rules than categories."""
        rules = self._rules_of.get(category_code)
        if rules is None:
            rules = tuple(rule for rule in self.rules if category_code.startswith(rule.category_prefix))
            self._rules_of[category_code] = rules
        return rules

    def _weigh(
        self, rule: RoutingRule | None, targets: Iterator[Unit], reason: Callable[[Unit], str], avoid: Avoid
    ) -> Generator[Considered, None, bool]:
        """Look at the units that a rule names; returns whether one of them takes the matter."""
        unit = None
        for unit in targets:
            if not avoid(unit.code):
                yield Considered(rule, Verdict.TAKEN, unit, reason(unit))
                return True
            yield Considered(rule, Verdict.AVOIDED, unit)
        if unit is None and rule is not None:
            closed = self.units.get(rule.unit_code or "")
            yield Considered(rule, Verdict.UNIT_CLOSED if rule.unit_code else Verdict.NO_LOCAL_UNIT, closed)
        return False

    def _targets(self, rule: RoutingRule, area_path: Sequence[str]) -> Iterator[Unit]:
        if not rule.unit_code:
            yield from self._local_units(rule.area_unit or UnitKind.TOWNSHIP, area_path)
        elif (unit := self.units.get(rule.unit_code)) and unit.active:
            yield unit

    def has_local(self, kind: UnitKind, area_path: Sequence[str]) -> bool:
        """Whether a unit of the kind looks after the place."""
        return any((kind, code) in self._local for code in area_path)

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
    """Routes for the candidate categories, best first, one per unit, at most `most`; none to a unit to `avoid`.

    The unit is surer than the category: confidences of categories that lead to the same unit add up. Among units that
    are equally likely the one of the likelier category comes first.
    """
    routes: dict[str, Route] = {}
    for category, confidence in candidates:
        route = table.route(category, area_path, kind, confidence, avoid)
        if route is None:
            continue
        before = routes.get(route.unit.code)
        if before:
            together = min(before.confidence + confidence, 1.0)
            route = replace(before, confidence=together, avoided=before.avoided or route.avoided)
        routes[route.unit.code] = route
    return sorted(routes.values(), key=lambda route: -route.confidence)[:most]
