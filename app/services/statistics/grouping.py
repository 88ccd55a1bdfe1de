"""By what the figures are told apart: nothing, a dimension of the league, or pieces of time.

Categories and areas are compared one level below the prefix that the reader asked for: that is the drill-down.
"""

from dataclasses import dataclass

from app.core.sql import Sql
from app.domain import words
from app.schemas.statistics import Dimension, Step
from app.services.reference import Reference
from app.services.statistics.scope import Scope

ALL = "all"


@dataclass(frozen=True, slots=True)
class Grouping:
    """The key of a request `r` as SQL, with the join it needs.

    `by_unit`: requests count for the unit that has them (no key says that), what units do for the unit that did it.
    """

    key: str = "NULL"
    join: str = ""
    by_unit: bool = False


def everything() -> Grouping:
    """One group."""
    return Grouping(f"'{ALL}'")


def by_dimension(dimension: Dimension, scope: Scope, reference: Reference, sql: Sql) -> Grouping:
    """The groups of a league."""
    if dimension is Dimension.UNIT:
        return Grouping(by_unit=True)
    if dimension is Dimension.CATEGORY:
        digits = 4 if len(scope.category or "") >= 2 else 2
        return Grouping(f"left(r.category_code, {digits})")
    if dimension is Dimension.AREA:
        codes = list(reference.areas)
        keys = [_part_of(code, scope.area or "", reference) for code in codes]
        parts = f"unnest({sql.arg(codes, 'text[]')}, {sql.arg(keys, 'text[]')}) AS part (code, key)"
        return Grouping("part.key", f"LEFT JOIN {parts} ON part.code = r.area_code")
    return Grouping(f"r.{dimension}")


def by_step(step: Step, zone: str, sql: Sql) -> Grouping:
    """Pieces of time in the city's zone, each named by its first day."""
    local = f"r.created_at AT TIME ZONE {sql.arg(zone)}"
    return Grouping(f"to_char(date_trunc('{step}', {local}), 'YYYY-MM-DD')")


def _part_of(code: str, prefix: str, reference: Reference) -> str:
    """The area one level below the one that the prefix names (below the city when there is none)."""
    path = reference.area_path(code)
    below = [part for part in path[1:] if part.startswith(prefix) and part.rstrip("0") != prefix.rstrip("0")]
    return below[0] if below else code


def name_of(dimension: Dimension, key: str | None, reference: Reference) -> str | None:
    """What a group of a league is called; None for what has no unit, area or category."""
    if key is None:
        return None
    if dimension is Dimension.UNIT:
        return (reference.names.unit(key) or {}).get("name")
    if dimension is Dimension.AREA:
        return reference.areas[key].name
    if dimension is Dimension.CATEGORY:
        return " / ".join(reference.names.category_path(key)) or None
    return (words.KINDS if dimension is Dimension.KIND else words.CHANNELS).get(key)
