"""A point on the map leads to the area around it, settles what words leave open, and contradicts them."""

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding import Gazetteer
from app.domain.understanding.boundaries import MAX_POINTS, AreaMap, BoundaryError, check_boundary, read_boundary
from support.gazetteer import demo_gazetteer, demo_rows

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]


def area(code: str, level: AreaLevel, boundary: Any = None, **more: Any) -> Area:
    return Area(code, code, level, boundary=boundary, **more)


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_point_lies_in_the_deepest_area_and_not_in_a_hole() -> None:
    areas = AreaMap(
        [
            area("county", AreaLevel.COUNTY, polygon([[-9, -9], [9, -9], [9, 9], [-9, 9], [-9, -9]])),
            area("village", AreaLevel.VILLAGE, polygon(SQUARE, HOLE)),
            area("grid", AreaLevel.GRID, polygon([[3, 3], [4, 3], [4, 4], [3, 4], [3, 3]])),
        ]
    )
    assert areas.at(0.5, 0.5).area_code == "village"
    assert areas.at(3.5, 3.5).area_code == "grid"
    assert areas.at(1.5, 1.5).area_code is None
    assert not areas.at(1.5, 1.5).outside
    assert areas.at(20, 20).outside


def test_several_parts() -> None:
    far = [[[x + 10, y] for x, y in SQUARE]]
    two = AreaMap([area("v", AreaLevel.VILLAGE, {"type": "MultiPolygon", "coordinates": [[SQUARE], far]})])
    assert two.at(1, 1).area_code == two.at(1, 11).area_code == "v"
    assert two.at(1, 7).area_code is None


def test_without_boundaries_the_nearest_centre_within_reach_counts() -> None:
    areas = AreaMap(
        [
            area("a", AreaLevel.VILLAGE, lat=30.0, lon=100.0),
            area("b", AreaLevel.VILLAGE, lat=30.0, lon=100.02),
        ]
    )
    near = areas.at(30.001, 100.001)
    assert near.area_code == "a"
    assert 0 < near.confidence < 0.8
    between = areas.at(30.0, 100.0101)
    assert (between.area_code, set(between.others)) == (None, {"a", "b"})
    assert areas.at(30.06, 100.0).area_code is None
    assert not areas.at(30.06, 100.0).outside
    assert areas.at(31.0, 100.0).outside


def test_every_village_centre_of_the_demo_city_lies_in_its_village() -> None:
    for village in demo_rows()[0]:
        if village.level is AreaLevel.VILLAGE and village.lat is not None and village.lon is not None:
            assert demo_gazetteer().at(village.lat, village.lon).area_code == village.code, village.name


CENTRE = {area.code: (area.lat or 0.0, area.lon or 0.0) for area in demo_rows()[0]}


def test_words_and_point_together() -> None:
    gazetteer = demo_gazetteer()

    def locate(address: str, point: str) -> tuple[str | None, int]:
        match = gazetteer.locate(address, "", CENTRE[point])
        return match.area_code, len(match.alternatives)

    assert locate("迎晖社区", "990100001001") == ("990100001001", 0)
    assert locate("东河街道", "990100001001") == ("990100001001", 0)
    assert locate("新民村", "990100102201") == ("990100102201", 0), "the point settles what the words leave open"
    assert locate("", "990100102201") == ("990100102201", 0)
    assert locate("迎晖社区", "990100001002") == ("990100001000", 2), "within one township"
    assert locate("迎晖社区", "990100102201") == (None, 2)
    agreed = gazetteer.locate("迎晖社区", "", CENTRE["990100001001"])
    assert agreed.confidence > gazetteer.find("迎晖社区", "").confidence
    assert gazetteer.locate("", "", (39.9, 116.4)).outside
    assert gazetteer.locate("迎晖社区", "", (39.9, 116.4)).area_code == "990100001001"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_point_has_an_answer(lat: float, lon: float) -> None:
    match = demo_gazetteer().locate(None, "", (lat, lon))
    assert match.area_code is None or demo_gazetteer().path(match.area_code)
    assert 0 <= match.confidence <= 1


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "boundary_type"),
        ({"type": "Point", "coordinates": [1, 2]}, "boundary_type"),
        ({"type": "Polygon"}, "boundary_type"),
        ({"type": "Polygon", "coordinates": []}, "boundary_type"),
        ({"type": "Polygon", "coordinates": [3]}, "boundary_ring"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "boundary_ring"),
        (polygon([[0, 0], [1, 1], [0, 0]]), "boundary_ring"),
        (polygon([[0, 0], [1, 1], [1, 1], [0, 0]]), "boundary_ring"),
        (polygon([[0, 0], [4, 0], [4, 4], [0, 4]]), "boundary_open"),
        (polygon([[0, 0], [181, 0], [4, 4], [0, 0]]), "boundary_point"),
        (polygon([[0, 0], [0, 91], [4, 4], [0, 0]]), "boundary_point"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [True, 0], [4, 4], [0, 0]]]}, "boundary_point"),
        ({"type": "Polygon", "coordinates": [[[0, 0], "x", [4, 4], [0, 0]]]}, "boundary_point"),
        (polygon([[0, 0], [float("nan"), 0], [4, 4], [0, 0]]), "boundary_point"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]] * MAX_POINTS}, "boundary_size"),
    ],
)
def test_what_is_no_boundary(geometry: Any, code: str) -> None:
    with pytest.raises(BoundaryError) as refused:
        read_boundary(geometry)
    assert str(refused.value) == code


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), "boundary_flat"),
        (polygon([[105.1, 31.1], [105.2, 31.2], [105.3, 31.3], [105.1, 31.1]]), "boundary_flat"),
        (polygon([[0, 0], [4, 4], [4, 0], [0, 3], [0, 0]]), "boundary_crossed"),
        (polygon([[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]), "boundary_crossed"),
        (polygon([[0, 0], [2, 2], [4, 4], [4, 0], [0, 4], [-1, 2], [0, 0]]), "boundary_crossed"),
        (polygon(SQUARE, [[1, 1], [9, 1], [9, 2], [1, 2], [1, 1]]), "boundary_crossed"),
        (polygon(SQUARE, [[x + 9, y] for x, y in HOLE]), "boundary_hole"),
        (polygon(HOLE, SQUARE), "boundary_hole"),
        (polygon([[0, 0, 10**400], [4, 0], [4, 4, float("nan")], [0, 0]]), "boundary_point"),
    ],
)
def test_shapes_that_no_area_has(geometry: Any, code: str) -> None:
    with pytest.raises(BoundaryError) as refused:
        check_boundary(geometry)
    assert str(refused.value) == code


@pytest.mark.parametrize(
    "rings",
    [
        (SQUARE, HOLE),
        ([[0, 0, 1890.5], [4, 0, 1890.5], [4, 4, -12], [0, 0, 1890.5]],),
        ([[0, 0], [0, 0], [4, 0], [4, 4], [0, 0]],),
        ([[0, 0], [4, 0], [2, 2], [4, 4], [0, 4], [2, 2], [0, 0]],),
    ],
    ids=["hole", "altitude", "point twice", "corners that touch"],
)
def test_shapes_that_an_area_may_have(rings: tuple[list[list[float]], ...]) -> None:
    check_boundary(polygon(*rings))


def test_the_largest_boundary_is_checked_at_once() -> None:
    """All edges beside each other: the worst that the sweep can get."""
    teeth = [[0.1 * (number % 2) + 1e-6 * number, number / 100] for number in range(MAX_POINTS - 3)]
    began = process_time()
    check_boundary(polygon([*teeth, [-1, 10], [-1, 0], teeth[0]]))
    assert process_time() - began < 0.5


def test_a_boundary_that_cannot_be_read_counts_as_none() -> None:
    broken = area("990000000001", AreaLevel.VILLAGE, {"type": "Polygon"})
    assert Gazetteer([broken], []).at(0, 0).area_code is None
