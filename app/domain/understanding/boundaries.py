"""Which area a point on the map lies in: by the areas' boundaries, else by the nearest village centre.

Ray casting over rings with a bounding box each; a geometry library would cost more memory than all our names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, inf, radians
from typing import Any

from app.domain.catalogue import Area, AreaLevel

MAX_POINTS = 1_000
_KM_PER_DEGREE = 111.2
_NEAR_KM = 3.0
_OUTSIDE_KM = 15.0
_CLEARLY_NEARER = 0.7
"""A centre is taken when it is nearer than this share of the way to the next one."""
_FLAT = 1e-9
"""A ring that fills less than this share of the square around it is a line."""
Point = tuple[float, float]
Ring = tuple[Point, ...]


class BoundaryError(ValueError):
    """The geometry is no polygon; the text is a code: boundary_ type, ring, open, point, size, flat, crossed or hole."""


@dataclass(frozen=True, slots=True)
class PointMatch:
    """The area at a point (None: unknown), how sure, others that it may be, and whether the city ends before it."""

    area_code: str | None
    confidence: float
    others: tuple[str, ...] = ()
    outside: bool = False


def read_boundary(geometry: Any) -> tuple[tuple[Ring, ...], ...]:
    """Return the polygons of a GeoJSON Polygon or MultiPolygon, each an outer ring and its holes; raises BoundaryError."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    given = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(given, list) or not given:
        raise BoundaryError("boundary_type")
    polygons = tuple(_polygon(item) for item in ([given] if kind == "Polygon" else given))
    if sum(len(ring) for polygon in polygons for ring in polygon) > MAX_POINTS:
        raise BoundaryError("boundary_size")
    return polygons


def _polygon(rings: Any) -> tuple[Ring, ...]:
    if not isinstance(rings, list) or not rings:
        raise BoundaryError("boundary_ring")
    return tuple(_ring(ring) for ring in rings)


def _ring(points: Any) -> Ring:
    if not isinstance(points, list) or len(points) < 4:
        raise BoundaryError("boundary_ring")
    if len(points) > MAX_POINTS:
        raise BoundaryError("boundary_size")
    ring = tuple(_point(point) for point in points)
    if ring[0] != ring[-1]:
        raise BoundaryError("boundary_open")
    if len(set(ring)) < 3:
        raise BoundaryError("boundary_ring")
    return ring


def _point(point: Any) -> Point:
    """Longitude and latitude; a third number is the altitude, which says nothing here."""
    if isinstance(point, list) and 2 <= len(point) <= 3 and all(_is_number(value) for value in point):
        lon, lat = point[:2]
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            return float(lon), float(lat)
    raise BoundaryError("boundary_point")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < inf


def check_boundary(geometry: Any) -> None:
    """Raise BoundaryError for what `read_boundary` refuses and for shapes that no area has.

    Asked when a boundary is given; those that are kept are only read, as this takes longer.
    """
    for polygon in read_boundary(geometry):
        if _is_crossed([edge for ring in polygon for edge in pairwise(ring) if edge[0] != edge[1]]):
            raise BoundaryError("boundary_crossed")
        if any(_is_flat(ring) for ring in polygon):
            raise BoundaryError("boundary_flat")
        if not all(any(_within(polygon[0], *point) for point in hole) for hole in polygon[1:]):
            raise BoundaryError("boundary_hole")


def _is_flat(ring: Ring) -> bool:
    """Whether the ring encloses next to nothing."""
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    span = max(max(lons) - min(lons), max(lats) - min(lats))
    return abs(sum(_side(ring[0], a, b) for a, b in pairwise(ring))) <= _FLAT * span * span


def _is_crossed(edges: list[tuple[Point, Point]]) -> bool:
    """Whether two edges meet elsewhere than in a corner of both: swept from west to east, to compare near ones only."""
    boxed = sorted(
        (min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1]), a, b) for a, b in edges
    )  # fmt: skip
    for number, (_, east, south, north, a, b) in enumerate(boxed):
        for other in range(number + 1, len(boxed)):
            west, _, low, high, c, d = boxed[other]
            if west > east:
                break
            if low <= north and high >= south and _meet(a, b, c, d):
                return True
    return False


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two edges whose boxes overlap have a point in common, a corner of both aside."""
    if a in (c, d) or b in (c, d):
        return False
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: Point, b: Point, point: Point) -> float:
    """Above 0 when the point lies to the left of the way from `a` to `b`, 0 on it."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


class AreaMap:
    """The boundaries and village centres of one city."""

    def __init__(self, areas: Iterable[Area]) -> None:
        """Read what the areas give; a boundary that cannot be read is left out, as if none were given."""
        self._shapes: list[tuple[tuple[float, float, float, float], tuple[tuple[Ring, ...], ...], Area]] = []
        self._centres: list[tuple[float, float, str]] = []
        self._has_city_bounds = False
        for area in areas:
            if area.boundary is not None:
                self._add_shape(area)
            if area.level is AreaLevel.VILLAGE and area.lat is not None and area.lon is not None:
                self._centres.append((area.lat, area.lon, area.code))

    def _add_shape(self, area: Area) -> None:
        try:
            polygons = read_boundary(area.boundary)
        except BoundaryError:
            return
        outer = [point for polygon in polygons for point in polygon[0]]
        lons, lats = [lon for lon, _ in outer], [lat for _, lat in outer]
        self._shapes.append(((min(lons), min(lats), max(lons), max(lats)), polygons, area))
        self._has_city_bounds |= area.level is AreaLevel.COUNTY

    def at(self, lat: float, lon: float) -> PointMatch:
        """Return the deepest area whose boundary holds the point, else the village whose centre is clearly nearest."""
        inside = [area for box, polygons, area in self._shapes if _in_box(box, lon, lat) and _holds(polygons, lon, lat)]
        near = sorted((_km(lat, lon, centre), centre[2]) for centre in self._centres)[:3]
        in_city = any(area.level is AreaLevel.COUNTY for area in inside)
        if self._has_city_bounds and not in_city and not inside:
            return PointMatch(None, 0.0, outside=True)
        villages = [area.code for area in inside if area.level in (AreaLevel.VILLAGE, AreaLevel.GRID)]
        grids = [area.code for area in inside if area.level is AreaLevel.GRID]
        if villages:
            codes = grids or villages
            return PointMatch(codes[0], 0.95 if len(codes) == 1 else 0.6, tuple(codes[1:]))
        if not near and not inside:
            return PointMatch(None, 0.0)
        townships = [area.code for area in inside if area.level is AreaLevel.TOWNSHIP]
        return self._by_centre(near, townships)

    def _by_centre(self, near: list[tuple[float, str]], townships: list[str]) -> PointMatch:
        """The nearest village within reach, and within the township whose boundary holds the point."""
        if townships:
            near = [(km, code) for km, code in near if any(code[:9] == township[:9] for township in townships)]
        close = [(km, code) for km, code in near if km <= _NEAR_KM]
        if close and (len(close) == 1 or close[0][0] <= close[1][0] * _CLEARLY_NEARER):
            return PointMatch(close[0][1], round(0.75 - 0.1 * close[0][0], 2))
        others = tuple(code for _, code in close)
        if townships:
            return PointMatch(townships[0], 0.7, others)
        far = not self._has_city_bounds and bool(near) and near[0][0] > _OUTSIDE_KM
        return PointMatch(None, 0.0, others, outside=far)


def _km(lat: float, lon: float, centre: tuple[float, float, str]) -> float:
    return hypot(lat - centre[0], (lon - centre[1]) * cos(radians(lat))) * _KM_PER_DEGREE


def _in_box(box: tuple[float, float, float, float], lon: float, lat: float) -> bool:
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


def _holds(polygons: tuple[tuple[Ring, ...], ...], lon: float, lat: float) -> bool:
    """Whether the point lies within one of the polygons, not in its holes: it is within an odd number of rings."""
    return any(sum(_within(ring, lon, lat) for ring in polygon) % 2 for polygon in polygons)


def _within(ring: Ring, lon: float, lat: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
