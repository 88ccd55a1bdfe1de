"""Lessons from returns stand beside the rules, never before them; what a person dismissed says nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Category, RequestKind, RoutingRule, Unit, UnitKind
from app.domain.proportions import ONE_SIDED_90, wilson_lower
from app.domain.routing import RoutingTable, best_routes
from app.domain.routing_lessons import EMPTY, LessonBook, Outcome, draw_lessons, heed, parse_key

COUNTY, TOWN, OTHER_TOWN, VILLAGE = "990100000000", "990100101000", "990100102000", "990100101201"
CODES = ("roads", "lamps", "power", "gone")
UNITS = {code: Unit(code, code, UnitKind.DEPARTMENT, active=code != "gone") for code in CODES}
TABLE = RoutingTable([RoutingRule(1, "02", unit_code="roads"), RoutingRule(2, "03", unit_code="lamps")], UNITS)
LAMPS, OTHER = Category("0203", "路灯"), Category("0301", "其他")
PLACES = ((), (COUNTY, TOWN), (COUNTY, TOWN, VILLAGE), (COUNTY, OTHER_TOWN))


def township_of(code: str | None) -> str | None:
    return None if code is None or code == COUNTY else f"{code[:9]}000"


def outcomes(
    moved: int, stayed: int, to: str = "lamps", area: str | None = VILLAGE, weight: float = 1.0
) -> list[Outcome]:
    return [
        Outcome("0203", area, "roads", True, to, moved, moved * weight),
        Outcome("0203", area, "roads", False, None, stayed, stayed * weight),
    ]


def book(cases: list[Outcome], dismissed: tuple[str, ...] = ()) -> LessonBook:
    return draw_lessons(cases, township_of, 90, dismissed)


def proposed(lessons: LessonBook, path: tuple[str, ...] = (COUNTY, TOWN), avoid: str = "") -> list[str]:
    routes = best_routes(TABLE, [(LAMPS, 0.8), (OTHER, 0.1)], path, RequestKind.HELP)
    return [route.unit.code for route in heed(routes, lessons, path, UNITS, lambda code: code == avoid)]


@pytest.mark.parametrize(
    ("moved", "stayed", "weight", "speaks"),
    [
        (3, 2, 1.0, True), (5, 1, 1.0, True), (2, 3, 1.0, False), (3, 1, 1.0, False), (3, 97, 1.0, False),
        (3, 2, 0.1, False), (30, 20, 0.1, True),
    ],
)  # fmt: skip
def test_a_lesson_speaks_from_three_of_five_recent_ones(moved: int, stayed: int, weight: float, speaks: bool) -> None:
    found = book(outcomes(moved, stayed, weight=weight)).about("0203", (COUNTY, TOWN), "roads")
    assert [lesson.unit_after for lesson in found] == (["lamps"] if speaks else [])


def test_what_a_dispatcher_reads() -> None:
    lessons = book(outcomes(5, 1, to="power"))
    routes = best_routes(TABLE, [(LAMPS, 0.9)], (COUNTY, TOWN, VILLAGE), RequestKind.HELP)
    first, second = heed(routes, lessons, (COUNTY, TOWN, VILLAGE), UNITS, lambda _: False)
    assert (first.unit.code, first.rule_id, first.lesson) == ("roads", 1, None)
    assert (second.unit.code, second.lesson) == ("power", f"0203~{TOWN}~roads~power")
    assert second.reason == "近90天本乡镇（街道）同类诉求6件中5件由roads退回或改派后转power办理"
    assert first.confidence + second.confidence == pytest.approx(0.9)
    assert parse_key(second.lesson) == ("0203", TOWN, "roads", "power")


def test_the_narrowest_place_with_enough_cases_decides() -> None:
    both = [*outcomes(8, 2, area=f"{OTHER_TOWN[:9]}201"), *outcomes(4, 1, area=None), *outcomes(0, 6)]
    lessons = book(both)
    assert proposed(lessons, (COUNTY, OTHER_TOWN)) == ["roads", "lamps"]
    assert proposed(lessons, ()) == ["roads", "lamps"]
    there = lessons.about("0203", (COUNTY, TOWN), "roads")
    assert there == [], "in this township six of six stayed, whatever happens elsewhere"


def test_one_township_does_not_teach_the_whole_city() -> None:
    lessons = book(outcomes(9, 1))
    assert list(lessons.lessons) == [f"0203~{TOWN}~roads~lamps"]
    assert lessons.about("0203", (COUNTY, OTHER_TOWN), "roads") == []
    assert book(outcomes(9, 1, area=None)).about("0203", (COUNTY, OTHER_TOWN), "roads")


def test_units_that_are_closed_or_must_not_have_it_are_not_proposed() -> None:
    assert proposed(book(outcomes(5, 0, to="gone"))) == ["roads", "lamps"]
    assert proposed(book(outcomes(5, 0, to="power")), avoid="power") == ["roads", "lamps"]
    assert heed([], EMPTY, (), UNITS, lambda _: False) == []


def test_matters_that_nobody_has_yet_or_that_came_home_again_prove_nothing() -> None:
    waiting = [
        Outcome("0203", None, "roads", True, None, 6, 6.0),
        Outcome("0203", None, "roads", True, "roads", 6, 6.0),
    ]
    assert book(waiting).lessons == {}


def test_the_lower_bound() -> None:
    assert wilson_lower(0, 0, ONE_SIDED_90) == 0
    assert wilson_lower(3, 5, ONE_SIDED_90) == pytest.approx(0.331, abs=0.001)
    assert wilson_lower(300, 500, ONE_SIDED_90) > 0.57
    assert wilson_lower(7, 5, ONE_SIDED_90) <= 1


CASES = st.lists(
    st.builds(
        Outcome,
        category_code=st.sampled_from(["0203", "0301"]),
        area_code=st.sampled_from([None, VILLAGE, f"{OTHER_TOWN[:9]}201"]),
        unit_before=st.sampled_from(CODES),
        moved=st.booleans(),
        unit_after=st.sampled_from([None, *CODES]),
        cases=st.integers(1, 50),
        weight=st.floats(0.01, 50),
    ),
    max_size=20,
)


@given(CASES, st.sampled_from(PLACES), st.sampled_from(["", *CODES]), st.floats(0, 1), st.floats(0, 1))
def test_a_lesson_never_changes_the_first_unit_and_dismissing_restores_the_former_answer(
    cases: list[Outcome], path: tuple[str, ...], avoided: str, sure: float, unsure: float
) -> None:
    candidates = [(LAMPS, sure), (OTHER, unsure)]
    routes = best_routes(TABLE, candidates, path, RequestKind.HELP, avoid=lambda code: code == avoided)
    lessons = book(cases)
    heeded = heed(routes, lessons, path, UNITS, lambda code: code == avoided)
    assert [route.unit.code for route in heeded[:1]] == [route.unit.code for route in routes[:1]]
    assert len({route.unit.code for route in heeded}) == len(heeded) <= 3
    assert all(0 <= route.confidence <= 1 for route in heeded)
    assert avoided not in {route.unit.code for route in heeded}
    everything = replace(lessons, dismissed=frozenset(lessons.lessons))
    assert heed(routes, everything, path, UNITS, lambda code: code == avoided) == routes
