"""Routing is data: category × area × kind → unit, the most specific rule first, the village last resort its township."""

import itertools

import pytest

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind
from app.domain.routing import RoutingTable, best_routes

K = RequestKind
COUNTY, TOWN, VILLAGE, OTHER_VILLAGE = "990100000000", "990100101000", "990100101201", "990100101202"
UNITS = {
    unit.code: unit
    for unit in (
        Unit("roads", "道路", UnitKind.DEPARTMENT),
        Unit("lamps", "路灯", UnitKind.DEPARTMENT),
        Unit("zone", "开发区", UnitKind.DEPARTMENT),
        Unit("gone", "已撤销", UnitKind.DEPARTMENT, active=False),
        Unit("town", "镇政府", UnitKind.TOWNSHIP, area_code=TOWN),
        Unit("team", "驻村工作队", UnitKind.VILLAGE_TEAM, "town", VILLAGE),
    )
}
RULES = [
    RoutingRule(1, "02", unit_code="roads"),
    RoutingRule(2, "0203", unit_code="lamps"),
    RoutingRule(3, "02", area_prefix="990100003", unit_code="zone"),
    RoutingRule(4, "0204", kind=K.COMPLAINT, unit_code="zone"),
    RoutingRule(5, "0204", unit_code="roads", priority=5),
    RoutingRule(6, "0204", unit_code="lamps", priority=9),
    RoutingRule(7, "0206", unit_code="gone", priority=9),
    RoutingRule(8, "03", area_unit=UnitKind.VILLAGE_TEAM),
    RoutingRule(9, "04", area_unit=UnitKind.TOWNSHIP),
]
IN_VILLAGE, IN_OTHER = (COUNTY, TOWN, VILLAGE), (COUNTY, TOWN, OTHER_VILLAGE)


def route(
    code: str, path: tuple[str, ...] = (), kind: K = K.HELP, *, village: bool = False
) -> tuple[str, int | None] | None:
    found = RoutingTable(RULES, UNITS).route(Category(code, code, village_affair=village), path, kind, 0.9)
    return (found.unit.code, found.rule_id) if found else None


@pytest.mark.parametrize(
    ("code", "path", "kind", "expected"),
    [
        ("0201", (), K.HELP, ("roads", 1)),
        ("0203", (), K.HELP, ("lamps", 2)),
        ("0201", ("990100003000",), K.HELP, ("zone", 3)),
        ("0203", ("990100003000",), K.HELP, ("lamps", 2)),  # the matter goes before the place
        ("0204", (), K.COMPLAINT, ("zone", 4)),
        ("0204", (), K.HELP, ("lamps", 6)),  # equal otherwise: priority
        ("0206", (), K.HELP, ("roads", 1)),  # a closed unit is passed over
        ("0301", IN_VILLAGE, K.HELP, ("team", 8)),
        ("0301", IN_OTHER, K.HELP, ("town", 8)),  # no team there: the township
        ("0301", (), K.HELP, None),  # no place, no local unit
        ("0401", IN_VILLAGE, K.HELP, ("town", 9)),
        ("0901", IN_VILLAGE, K.HELP, None),
    ],
)
def test_rules(code: str, path: tuple[str, ...], kind: K, expected: tuple[str, int | None] | None) -> None:
    assert route(code, path, kind) == expected


def test_a_village_affair_goes_to_the_village_whatever_the_rules() -> None:
    assert route("0201", IN_VILLAGE, village=True) == ("team", None)
    assert route("0201", IN_OTHER, village=True) == ("town", None)
    assert route("0201", (COUNTY,), village=True) == ("roads", 1)


def test_the_order_in_which_rules_are_stored_does_not_matter() -> None:
    for order in itertools.islice(itertools.permutations(RULES), 0, 40_000, 997):
        table = RoutingTable(order, UNITS)
        found = table.route(Category("0204", "x"), (), K.HELP, 1.0)
        assert found
        assert found.rule_id == 6


def test_the_best_three_units_each_once_with_the_confidence_of_their_matters_together() -> None:
    candidates = [(Category(code, code), confidence) for code, confidence in
                  (("0201", 0.5), ("0202", 0.2), ("0203", 0.1), ("0401", 0.08), ("0204", 0.05))]  # fmt: skip
    found = best_routes(RoutingTable(RULES, UNITS), candidates, IN_VILLAGE, K.COMPLAINT)
    assert [(r.unit.code, r.confidence) for r in found] == [("roads", 0.7), ("lamps", 0.1), ("town", 0.08)]
    assert all(r.reason for r in found)
