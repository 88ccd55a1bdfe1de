"""What the catalogue refuses: each rule says which field is wrong and what would be right (domain guide §§3, 4)."""

from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.catalogue import AreaLevel, UnitKind
from app.domain.errors import ConflictError, invalid
from app.domain.states import OPEN_ORDER_STATES
from app.models.base import Table
from app.models.catalogue import Area, Category, RoutingRule, Unit
from app.models.work_order import WorkOrder
from app.services.catalogue.noun import Values

T = TypeVar("T", bound=Table)
_COUNTY_DIGITS, _TOWNSHIP_DIGITS = 6, 9
_PREFIX_OF_PARENT = {
    AreaLevel.TOWNSHIP: (AreaLevel.COUNTY, _COUNTY_DIGITS),
    AreaLevel.VILLAGE: (AreaLevel.TOWNSHIP, _TOWNSHIP_DIGITS),
    AreaLevel.GRID: (AreaLevel.VILLAGE, _TOWNSHIP_DIGITS),
}
"""Level → level of the parent, and how many digits of the code both share (a village uses all twelve)."""
LOCAL_KINDS = (UnitKind.VILLAGE_TEAM, UnitKind.TOWNSHIP)
"""Units that a rule can mean by "the local one"."""


async def check_unit(session: AsyncSession, after: Values, before: Values | None) -> None:
    """Parent and area exist, no cycle, a village team has its village; none is closed that still has work."""
    if after["parent_code"]:
        parent = await _existing(session, Unit, "/parent_code", after["parent_code"], "单位")
        _refuse_closed_parent(parent, after)
        await _refuse_cycle(session, after)
    if after["area_code"]:
        await _existing(session, Area, "/area_code", after["area_code"], "区划")
    elif after["kind"] == UnitKind.VILLAGE_TEAM:
        raise invalid("/area_code", "required", "驻村工作队须指明所在的村。", "A village team needs its area_code.")
    if before and before["active"] and not after["active"]:
        await _refuse_closing_in_use(session, after["code"])


async def _refuse_cycle(session: AsyncSession, after: Values) -> None:
    """No unit stands above itself."""
    rows = await session.exec(select(Unit.code, Unit.parent_code))
    parents = dict(rows.all())
    above = after["parent_code"]
    while above:
        if above == after["code"]:
            raise invalid(
                "/parent_code", "cycle", "上级单位不能是本单位或其下属单位。", "A unit cannot stand above itself."
            )
        above = parents.get(above)


async def _refuse_closing_in_use(session: AsyncSession, code: str) -> None:
    uses = {
        "未办结工单": select(func.count()).where(
            col(WorkOrder.unit_code) == code, col(WorkOrder.state).in_(OPEN_ORDER_STATES)
        ),
        "派单规则": select(func.count()).where(col(RoutingRule.unit_code) == code),
        "启用的下属单位": select(func.count()).where(col(Unit.parent_code) == code, col(Unit.active)),
    }
    counts = {name: (await session.exec(statement)).one() for name, statement in uses.items()}
    orders, rules, units = counts.values()
    if orders or rules or units:
        listed = "、".join(f"{name} {count}" for name, count in counts.items() if count)
        raise ConflictError(
            f"该单位尚在使用（{listed}），请先处理后再停用。",
            f"The unit is in use: {orders} open work orders, {rules} routing rules, {units} active units below it.",
            code="in-use",
        )


async def check_area(session: AsyncSession, after: Values, before: Values | None) -> None:
    """County > township > village > grid, each within its parent by code; none is closed above open ones."""
    parent = None
    if after["level"] != AreaLevel.COUNTY and after["parent_code"]:
        parent = await _existing(session, Area, "/parent_code", after["parent_code"], "区划")
    refuse_misplaced_area(after, parent)
    await _refuse_closing_above_open(session, Area, after, before)


def refuse_misplaced_area(after: Values, parent: Area | None) -> None:
    """What an area must be to its parent, whatever way it comes in; raises InvalidError."""
    level = AreaLevel(after["level"])
    if level is AreaLevel.COUNTY:
        if after["parent_code"]:
            raise invalid("/parent_code", "level", "县级区划没有上级。", "A county has no parent.")
    else:
        above, digits = _PREFIX_OF_PARENT[level]
        if parent is None:
            raise invalid("/parent_code", "required", "请填写上级区划。", "Give the parent_code.")
        if parent.level != above:
            raise invalid("/parent_code", "level", "上级区划的层级不符。", f"A {level}'s parent must be a {above}.")
        if after["code"][:digits] != parent.code[:digits]:
            raise invalid(
                "/code", "prefix", f"代码前{digits}位须与上级一致。", f"Must share {digits} digits with its parent."
            )
        _refuse_closed_parent(parent, after)
    refuse_half_a_point(after)


async def check_category(session: AsyncSession, after: Values, before: Values | None) -> None:
    """Two levels; the parent is told by the first two digits; none is closed above open ones."""
    expected = category_parent(after)["parent_code"]
    if after["parent_code"] not in (None, expected):
        raise invalid(
            "/parent_code",
            "prefix",
            "二级分类的上级为代码前两位，一级分类没有上级。",
            "The parent of a second-level category is the first two digits of its code; a first-level one has none.",
        )
    if expected:
        _refuse_closed_parent(await _existing(session, Category, "/parent_code", expected, "分类"), after)
    await _refuse_closing_above_open(session, Category, after, before)


def category_parent(values: Values) -> dict[str, Any]:
    """The parent that a category's code tells."""
    return {"parent_code": values["code"][:2] if len(values["code"]) == 4 else None}


async def check_place(session: AsyncSession, after: Values, _before: Values | None) -> None:
    """The area exists; a position has two coordinates."""
    await _existing(session, Area, "/area_code", after["area_code"], "区划")
    refuse_half_a_point(after)


def refuse_half_a_point(after: Values) -> None:
    """A position has two coordinates; raises InvalidError."""
    if (after["lat"] is None) != (after["lon"] is None):
        raise invalid("/lat", "pair", "经度和纬度须同时填写。", "Give both lat and lon, or neither.")


async def check_rule(session: AsyncSession, after: Values, before: Values | None) -> None:
    """One target, open; prefixes that some category and some area begin with."""
    if (after["unit_code"] is None) == (after["area_unit"] is None):
        raise invalid(
            "/unit_code",
            "one-target",
            "指定单位（unit_code）与属地单位（area_unit）须且只须填写一项。",
            "Give exactly one of unit_code and area_unit.",
        )
    if after["area_unit"] is not None and after["area_unit"] not in LOCAL_KINDS:
        raise invalid("/area_unit", "enum", "须为 township 或 village_team。", "Must be township or village_team.")
    if after["unit_code"]:
        unit = await _existing(session, Unit, "/unit_code", after["unit_code"], "单位")
        if not unit.active:
            raise invalid("/unit_code", "closed", f"单位“{unit.name}”已停用。", f"Unit '{unit.code}' is closed.")
    await check_prefix(session, Category, "category_prefix", after)
    await check_prefix(session, Area, "area_prefix", after)


async def check_prefix(session: AsyncSession, table: type[Category] | type[Area], field: str, after: Values) -> None:
    """A prefix must be the beginning of some code, else it would never match."""
    prefix = after[field]
    if prefix and not (await session.exec(select(table.code).where(col(table.code).startswith(prefix)).limit(1))).all():
        raise invalid(f"/{field}", "unknown", f"没有以“{prefix}”开头的代码。", f"No code begins with '{prefix}'.")


async def _existing(session: AsyncSession, table: type[T], pointer: str, code: str, zh: str) -> T:
    row = await session.get(table, code)
    if row is None:
        raise invalid(pointer, "unknown", f"{zh}“{code}”不存在。", f"'{code}' does not exist.")
    return row


def _refuse_closed_parent(parent: Any, after: Values) -> None:
    if after["active"] and not parent.active:
        raise invalid(
            "/parent_code", "closed", f"上级“{parent.name}”已停用。", f"The parent '{parent.code}' is closed."
        )


async def _refuse_closing_above_open(
    session: AsyncSession, table: type[Area] | type[Category], after: Values, before: Values | None
) -> None:
    if not (before and before["active"] and not after["active"]):
        return
    below = await session.exec(select(func.count()).where(col(table.parent_code) == after["code"], col(table.active)))
    if count := below.one():
        raise ConflictError(
            f"其下还有 {count} 个启用的下级，请先停用下级。",
            f"{count} active entries lie below it; close them first.",
            code="in-use",
        )
