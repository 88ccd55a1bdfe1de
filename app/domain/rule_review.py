"""What can be said against a city's routing rules without any request: rules that cannot hit, and rules at odds.

Found by routing every category at one place of each sort that the rules tell apart, for every kind: what no such
matter reaches, no matter reaches.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.catalogue import Category, RequestKind, RoutingRule, UnitKind
from app.domain.routing import RoutingTable, Verdict

MOST_COVERING = 5
VILLAGE_AFFAIR = 0
"""Takes the place of a rule where village affairs go to the village without one."""
Path = tuple[str, ...]


@dataclass(slots=True)
class Review:
    """What was found, by the numbers of rules.

    `covered`: rules that cannot hit → what takes their matters before them (nothing: no unit is ever found).
    `crossing`: pairs that both fit some matters, neither narrower in everything, with different targets; the first
    wins. `closed`: rules to a unit out of use. `uncovered`: codes of categories for which there is no rule at all.
    """

    covered: dict[int, list[int]] = field(default_factory=dict)
    crossing: list[tuple[int, int]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


def review_rules(table: RoutingTable, categories: Iterable[Category], places: Sequence[Path]) -> Review:
    """Look at all rules; `places` are the paths of all areas, county first."""
    found = Review()
    reached: set[int] = set()
    takers: defaultdict[int, list[int]] = defaultdict(list)
    for category in categories:
        fitting = [rule for rule in table.rules if category.code.startswith(rule.category_prefix)]
        if not fitting and not category.village_affair:
            found.uncovered.append(category.code)
        for path in _sorts_of_places(table, fitting, places):
            for kind in RequestKind:
                _follow(table, category, path, kind, fitting, reached, takers)
    for rule in table.rules:
        unit = table.units.get(rule.unit_code or "")
        if unit and not unit.active:
            found.closed.append(rule.id)
        elif rule.id not in reached:
            found.covered[rule.id] = takers[rule.id][:MOST_COVERING]
    found.crossing = list(_crossing(table.rules))
    return found


def _follow(
    table: RoutingTable,
    category: Category,
    path: Path,
    kind: RequestKind,
    fitting: Sequence[RoutingRule],
    reached: set[int],
    takers: Mapping[int, list[int]],
) -> None:
    """Route one matter; note who takes it, and from which rules that would have been looked at later."""
    taken = next((seen for seen in table.consider(category, path, kind) if seen.verdict is Verdict.TAKEN), None)
    if taken is None:
        return
    later, taker = fitting, VILLAGE_AFFAIR
    if taken.rule is not None:
        later, taker = fitting[fitting.index(taken.rule) + 1 :], taken.rule.id
        reached.add(taker)
    area = path[-1] if path else ""
    for rule in later:
        if area.startswith(rule.area_prefix) and rule.kind in (None, kind) and taker not in takers[rule.id]:
            takers[rule.id].append(taker)


def _sorts_of_places(table: RoutingTable, rules: Sequence[RoutingRule], places: Sequence[Path]) -> Iterable[Path]:
    """One place of each sort that the rules tell apart: by their prefixes, and by which local units there are."""
    prefixes = sorted({rule.area_prefix for rule in rules if rule.area_prefix})
    sorts: dict[tuple[object, ...], Path] = {(): ()}
    for path in places:
        area = path[-1] if path else ""
        units = [table.has_local(kind, path) for kind in (UnitKind.TOWNSHIP, UnitKind.VILLAGE_TEAM)]
        sorts.setdefault((*(prefix for prefix in prefixes if area.startswith(prefix)), *units), path)
    return sorts.values()


def _crossing(rules: Sequence[RoutingRule]) -> Iterator[tuple[int, int]]:
    for place, first in enumerate(rules):
        for second in rules[place + 1 :]:
            if (first.unit_code, first.area_unit) != (second.unit_code, second.area_unit) and _cross(first, second):
                yield first.id, second.id


def _cross(first: RoutingRule, second: RoutingRule) -> bool:
    """Whether the second one, looked at later, is the narrower one in place or kind; both fit some matter."""
    if not first.category_prefix.startswith(second.category_prefix):
        return False
    kinds = first.kind is None or second.kind is None or first.kind is second.kind
    nested = first.area_prefix.startswith(second.area_prefix) or second.area_prefix.startswith(first.area_prefix)
    narrower_place = len(second.area_prefix) > len(first.area_prefix)
    narrower_kind = second.kind is not None and first.kind is None
    return kinds and nested and (narrower_place or narrower_kind)
