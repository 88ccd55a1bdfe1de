"""Brings a file of areas or places into the catalogue, all of it or nothing, by the same rules as the API.

Rows are known by their natural key (an area's code, a place's name and area), so that the same file twice changes
nothing. What the file does not name is left alone: an area is closed with `active`, never by being left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, literal_column, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.actors import Actor
from app.domain.catalogue import AreaLevel
from app.domain.errors import FieldError, InvalidError, invalid
from app.models.catalogue import Area, Place
from app.services.administration import reading, writing
from app.services.catalogue.checks import refuse_half_a_point, refuse_misplaced_area
from app.services.gazetteer.files import AREAS, GazetteerFile, Row
from app.services.installation import Installation

_ROWS_AT_ONCE = 1_000
_LEVELS = list(AreaLevel)


class FaultyFileError(Exception):
    """The file has faults, which it lists; nothing was written."""


async def import_gazetteer(here: Installation, actor: Actor, opened: GazetteerFile) -> dict[str, int]:
    """Write all rows in one transaction; returns how many were read, added, changed, and were there already.

    Raises FaultyFileError, with `opened.faults` filled, when a line is wrong by itself or beside the others.
    """
    async with writing(here, actor, f"import gazetteer {opened.kind.name}") as session:
        await _check(session, opened)
        if opened.faults:
            raise FaultyFileError
        added = changed = 0
        rows = sorted(opened.rows, key=_depth) if opened.kind is AREAS else opened.rows
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            new = await _upsert(session, opened, rows[start : start + _ROWS_AT_ONCE])
            added += sum(new)
            changed += len(new) - sum(new)
    return {"read": len(rows), "added": added, "changed": changed, "already": len(rows) - added - changed}


async def check_gazetteer(here: Installation, opened: GazetteerFile) -> None:
    """Add to `opened.faults` what is wrong beside the rows that are there; writes nothing."""
    async with reading(here) as session:
        await _check(session, opened)


async def _check(session: AsyncSession, opened: GazetteerFile) -> None:
    known = {area.code: area for area in await session.exec(select(Area))}
    session.expunge_all()
    if opened.kind is AREAS:
        _check_areas(opened, known)
    else:
        _check_places(opened, known)
    opened.faults.sort(key=lambda fault: fault.line)


def _check_areas(opened: GazetteerFile, known: dict[str, Area]) -> None:
    """Each area fits its parent, which the file or the database has; none lies open below a closed one."""
    after = {**known, **{row.values["code"]: _merged(opened, row, known) for row in opened.rows}}
    for row in opened.rows:
        area = after[row.values["code"]]
        try:
            before = known.get(area.code)
            if before and before.level != area.level:
                raise invalid("/level", "fixed", "已有区划的层级不能修改。", "The level of an area never changes.")
            refuse_misplaced_area(area.model_dump(), _parent(area, after))
        except InvalidError as error:
            _note(opened, row, error.errors)
    lines = {row.values["code"]: row for row in opened.rows}
    for area in known.values():
        closed = lines.get(area.parent_code or "")
        if area.active and area.code not in lines and closed and not after[closed.values["code"]].active:
            said = (
                f"其下的“{area.name}”尚在启用，请一并停用。",
                f"'{area.code}' below it is still open; close it as well.",
            )
            _note(opened, closed, [FieldError("/active", "in-use", *said)])


def _parent(area: Area, after: dict[str, Area]) -> Area | None:
    if not area.parent_code:
        return None
    if area.parent_code not in after:
        raise invalid(
            "/parent_code", "unknown", f"区划“{area.parent_code}”不存在。", f"'{area.parent_code}' does not exist."
        )
    return after[area.parent_code]


def _merged(opened: GazetteerFile, row: Row, known: dict[str, Area]) -> Area:
    """The area as it will be: columns that the file lacks stay as they are."""
    before = known.get(row.values["code"])
    kept = before.model_dump() if before else {}
    return Area(**{**row.values, **{name: value for name, value in kept.items() if name not in opened.columns}})


def _check_places(opened: GazetteerFile, known: dict[str, Area]) -> None:
    for row in opened.rows:
        code = row.values["area_code"]
        try:
            if code not in known:
                raise invalid("/area_code", "unknown", f"区划“{code}”不存在。", f"'{code}' does not exist.")
            refuse_half_a_point(row.values)
        except InvalidError as error:
            _note(opened, row, error.errors)


def _note(opened: GazetteerFile, row: Row, errors: Iterable[FieldError]) -> None:
    for error in errors:
        opened.fault(row.line, error)


def _depth(row: Row) -> int:
    return _LEVELS.index(row.values["level"])


async def _upsert(session: AsyncSession, opened: GazetteerFile, rows: Sequence[Row]) -> list[bool]:
    """Write rows in one statement; returns for each row that was written whether it is new."""
    table: Any = Area if opened.kind is AREAS else Place
    given = insert(table).values([row.values for row in rows])
    free = [name for name in opened.columns if name not in opened.kind.key]
    statement: Any = given.on_conflict_do_update(
        index_elements=list(opened.kind.key),
        set_={name: given.excluded[name] for name in free},
        where=or_(*(col(getattr(table, name)).is_distinct_from(given.excluded[name]) for name in free)),
    ).returning(literal_column("(xmax = 0)"))
    return [bool(new) for (new,) in await session.exec(statement)]


async def export_gazetteer(here: Installation, kind_name: str) -> list[dict[str, Any]]:
    """All rows of areas or places in the order of their keys, as an import would take them."""
    async with reading(here) as session:
        if kind_name == AREAS.name:
            return [row.model_dump() for row in await session.exec(select(Area).order_by(col(Area.code)))]
        statement = select(Place).order_by(col(Place.area_code), func.lower(col(Place.name)), col(Place.id))
        return [row.model_dump(exclude={"id"}) for row in await session.exec(statement)]
