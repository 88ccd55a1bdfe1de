"""Rules that cannot hit, rules at odds, and thresholds that keep a precision."""

import pytest

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind
from app.domain.coverage import NEVER, Judged, choose, curve
from app.domain.routing import RoutingTable, Verdict
from app.domain.rule_review import VILLAGE_AFFAIR, review_rules

TOWN = "990100101000"
UNITS = {
    unit.code: unit
    for unit in (
        Unit("roads", "道路", UnitKind.DEPARTMENT),
        Unit("lamps", "路灯", UnitKind.DEPARTMENT),
        Unit("gone", "已撤销", UnitKind.DEPARTMENT, active=False),
        Unit("town", "镇", UnitKind.TOWNSHIP, area_code=TOWN),
    )
}
CATEGORIES = [Category(code, code, code[:2]) for code in ("0201", "0203", "0301", "0401")]
PLACES = [("990100000000",), ("990100000000", TOWN)]


def review(*rules: RoutingRule):  # type: ignore[no-untyped-def]
    return review_rules(RoutingTable(rules, UNITS), CATEGORIES, PLACES)


def test_rules_whose_matters_others_take() -> None:
    found = review(
        RoutingRule(1, "02", unit_code="roads"),
        RoutingRule(2, "0201", unit_code="lamps"),
        RoutingRule(3, "0203", area_unit=UnitKind.TOWNSHIP),
        RoutingRule(4, "0203", unit_code="lamps", priority=-1),
        RoutingRule(5, "0201", unit_code="roads", priority=-1),
    )
    # Outside of all townships rule 3 finds nobody, so 4 hits there; 1 is left with nothing.
    assert {rule: sorted(others) for rule, others in found.covered.items()} == {1: [2, 3, 4], 5: [2]}
    assert found.uncovered == ["0301", "0401"]


def test_rules_that_the_village_forestalls_and_rules_that_find_nobody() -> None:
    village = [Category("0501", "村务", "05", village_affair=True)]
    rules = [RoutingRule(1, "05", area_unit=UnitKind.TOWNSHIP), RoutingRule(2, "05", area_unit=UnitKind.VILLAGE_TEAM)]
    found = review_rules(RoutingTable(rules, UNITS), village, PLACES)
    assert found.covered == {1: [VILLAGE_AFFAIR], 2: [VILLAGE_AFFAIR]}
    nowhere = review_rules(RoutingTable(rules, {}), CATEGORIES, PLACES)
    assert nowhere.covered == {1: [], 2: []}


def test_rules_at_odds_and_rules_to_closed_units() -> None:
    found = review(
        RoutingRule(1, "0203", unit_code="lamps"),
        RoutingRule(2, "02", area_prefix="990100101", unit_code="roads"),
        RoutingRule(3, "02", kind=RequestKind.COMPLAINT, unit_code="roads"),
        RoutingRule(4, "02", unit_code="lamps"),
        RoutingRule(5, "03", unit_code="gone"),
    )
    assert found.crossing == [(1, 2), (1, 3)], "the broader ones of one kind are no contradiction"
    assert found.closed == [5]


def test_every_rule_is_looked_at_in_order_until_one_is_taken() -> None:
    rules = [
        RoutingRule(1, "0203", area_prefix="77", unit_code="roads"),
        RoutingRule(2, "0203", kind=RequestKind.REPORT, unit_code="roads"),
        RoutingRule(3, "0203", unit_code="gone"),
        RoutingRule(4, "02", area_unit=UnitKind.VILLAGE_TEAM),
        RoutingRule(5, "", unit_code="roads"),
        RoutingRule(6, "", unit_code="lamps", priority=-1),
    ]
    seen = list(
        RoutingTable(rules, UNITS).consider(Category("0203", "灯"), (), RequestKind.HELP, lambda c: c == "roads")
    )
    assert [(one.rule.id, one.verdict) for one in seen if one.rule] == [
        (1, Verdict.ELSEWHERE), (2, Verdict.OTHER_KIND), (3, Verdict.UNIT_CLOSED), (4, Verdict.NO_LOCAL_UNIT),
        (5, Verdict.AVOIDED), (6, Verdict.TAKEN),
    ]  # fmt: skip


def judged(*rows: tuple[float, int, int]) -> list[Judged]:
    return [Judged("02", *row) for row in rows]


def test_the_threshold_with_the_greatest_coverage_that_surely_keeps_the_target() -> None:
    points = curve(judged((0.9, 200, 2), (0.5, 200, 4), (0.2, 50, 150)))
    assert [point.threshold for point in points] == [0.9, 0.5, 0.2]
    chosen = choose(points, 0.95, 100)
    assert chosen
    assert (chosen.threshold, chosen.covered, chosen.right, chosen.cases) == (0.5, 406, 400, 606)
    assert chosen.coverage == pytest.approx(0.67, abs=0.001)
    assert chosen.bound >= 0.95


@pytest.mark.parametrize(
    ("rows", "threshold"),
    [((), None), (((0.9, 40, 0),), None), (((0.9, 10, 0), (0.1, 0, 200)), NEVER), (((0.9, 60, 90),), NEVER)],
)
def test_few_cases_say_nothing_and_bad_ones_leave_it_to_people(
    rows: tuple[tuple[float, int, int], ...], threshold: float | None
) -> None:
    chosen = choose(curve(judged(*rows)), 0.95, 100)
    assert (chosen.threshold if chosen else None) == threshold
