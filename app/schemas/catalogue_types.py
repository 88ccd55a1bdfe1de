"""What single fields of the catalogue may hold: names that texts are searched for, codes, spans, house numbers, boundaries.

What is wrong with one is said here where it is typed, not where a text is read months later.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.domain.spans import parse_span
from app.domain.understanding.boundaries import MAX_POINTS, BoundaryError, check_boundary
from app.domain.understanding.house_numbers import HouseNumbersError, parse_house_numbers
from app.domain.understanding.normalise import normalise
from app.schemas.types import Line, Storable


def _span(value: str) -> str:
    try:
        return str(parse_span(value))
    except ValueError:
        raise PydanticCustomError("span", "write e.g. 2wh, 5wd, 30m or 24h") from None


def _boundary(value: dict[str, Any]) -> dict[str, Any]:
    try:
        check_boundary(value)
    except BoundaryError as error:
        raise PydanticCustomError(str(error), "must be a polygon", {"most": MAX_POINTS}) from None
    return {"type": value["type"], "coordinates": value["coordinates"]}


def _house_numbers(value: str) -> str:
    try:
        parse_house_numbers(value)
    except HouseNumbersError:
        raise PydanticCustomError("house_numbers", "write e.g. 1-99, 单1-99, 双2-120, 200-") from None
    return value


def _findable(value: str) -> str:
    """A name that texts are searched for: one sign alone, or none that is a letter, would be found everywhere."""
    signs = [sign for sign in normalise(value) if sign.isalnum()]
    if len(signs) < 2 or not any(sign.isalpha() for sign in signs):
        raise PydanticCustomError("place_name", "must have at least two letters or digits, one of them a letter")
    return value


def _distinct(names: list[str]) -> list[str]:
    if len({normalise(name) for name in names}) < len(names):
        raise PydanticCustomError("alias_twice", "must not have the same alias twice")
    return names


Text = Annotated[str, StringConstraints(max_length=4000), Storable]
"""A paragraph that may be empty."""
Words = Annotated[list[Line], Field(max_length=200)]
PlaceName = Annotated[Line, AfterValidator(_findable)]
"""What an area or a place is called in texts: at least two letters or digits, one of them a letter."""
Aliases = Annotated[list[PlaceName], Field(max_length=50), AfterValidator(_distinct)]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$"), Storable]
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}([0-9]{2})?$"), Storable]
CategoryPrefix = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}([0-9]{2})?)?$"), Storable]
AreaPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,12}$"), Storable]
Span = Annotated[str, StringConstraints(max_length=10), AfterValidator(_span), Storable]
"""A span of time: `2wh` working hours, `5wd` working days, `30m`, `24h`."""
UnitPhone = Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 -]{2,31}$"), Storable]
"""A number to show as the unit writes it, short ones such as 110 included."""
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Boundary = Annotated[dict[str, Any], AfterValidator(_boundary)]
"""A GeoJSON Polygon or MultiPolygon; members other than type and coordinates are not kept."""
HouseNumberText = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_house_numbers), Storable
]
"""House numbers of a road: `1-99`, `单1-99` (odd), `双2-120` (even), `200-`, several joined by `;`."""
