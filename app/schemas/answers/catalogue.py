"""Rows of the catalogue as clients see them, and the answers to its questions."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.domain.catalogue import AreaLevel, RequestKind, UnitKind, Urgency
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, AreaCode, CategoryPath, UnitView, example, example_of

Span = Annotated[
    str, Field(pattern=r"^[1-9]\d{0,3}(wd|wh|h|m)$", description="`5wd`, `2wh` working time; `24h`, `30m`.")
]
CategoryCode = Annotated[str, Field(pattern=r"^\d{2}(\d{2})?$")]
CategoryPrefix = Annotated[str, Field(pattern=r"^(\d{2}(\d{2})?)?$", description="Empty: any category.")]
Number = Annotated[int, Field(ge=1)]
ANY = "Null: any."


class UnitRow(Answer):
    """An organisation that can be given a work order."""

    model_config = example(**shown.UNIT, parent_code=None, area_code="990100000000", phone="0990-5551003", active=True)
    code: str
    name: str
    kind: UnitKind
    parent_code: str | None
    area_code: AreaCode | None
    phone: str | None
    active: bool


class AreaRow(Answer):
    """A node of the division tree."""

    model_config = example(
        code="990100001002",
        name="清河社区",
        level="village",
        parent_code="990100001000",
        aliases=["清河"],
        lat=31.2126,
        lon=105.6278,
        boundary={
            "type": "Polygon",
            "coordinates": [[[105.6256, 31.2093], [105.6301, 31.2093], [105.6278, 31.216], [105.6256, 31.2093]]],
        },
        active=True,
    )
    code: AreaCode
    name: str
    level: AreaLevel
    parent_code: AreaCode | None
    aliases: list[str]
    lat: float | None
    lon: float | None
    boundary: dict[str, Any] | None = Field(description="GeoJSON Polygon or MultiPolygon, [lon, lat].")
    active: bool


class PlaceRow(Answer):
    """A name of the gazetteer."""

    model_config = example(
        id=7,
        name="清河佳苑",
        kind="estate",
        area_code="990100001002",
        aliases=["清河小区"],
        numbers=None,
        lat=31.2126,
        lon=105.6278,
    )
    id: Number
    name: str
    kind: str
    area_code: AreaCode
    aliases: list[str]
    numbers: str | None = Field(description="House numbers of a road that lie in this area: `1-99`, `单1-99`, `200-`.")
    lat: float | None
    lon: float | None


class CategoryRow(Answer):
    """A matter of the first or second level."""

    model_config = example(
        code="0203",
        name="路灯照明",
        parent_code="02",
        definition="城市道路、背街小巷路灯不亮、缺失、损坏、开关时间",
        includes="路灯成片或单盏不亮、灯杆歪斜漏电、巷子要求装灯、开灯过早过晚、灯光照进卧室",
        excludes="小区内的路灯归0407小区公共设施；村里的路灯归2614村级公共设施",
        keywords=["路灯", "照明"],
        examples=["小区门口的路灯一直不亮"],
        unit_kind="department",
        usual_kind="help",
        usual_urgency="normal",
        village_affair=False,
        restricted=False,
        auto_dispatch_confidence=None,
        active=True,
    )
    code: CategoryCode
    name: str
    parent_code: CategoryCode | None
    definition: str
    includes: str = Field(description="What falls under it, borderline cases too (包括); may be empty.")
    excludes: str = Field(description="What goes elsewhere, and to which code (不包括); may be empty.")
    keywords: list[str]
    examples: list[str]
    unit_kind: UnitKind | None = Field(description="What sort of unit usually answers for it.")
    usual_kind: RequestKind | None
    usual_urgency: Urgency
    village_affair: bool = Field(description="Goes to the village team of the place if there is one.")
    restricted: bool = Field(description="A report in this matter goes to the discipline inspectors' queue (纪检).")
    auto_dispatch_confidence: float | None = Field(
        description="From this confidence on dispatched by machine; null: as the first level, else as set."
    )
    active: bool


class RuleRow(Answer):
    """A routing rule: a unit by name, or the local unit of the place."""

    model_config = example(
        id=12,
        category_prefix="0203",
        area_prefix="",
        kind=None,
        unit_code="urban-management",
        area_unit=None,
        priority=10,
        note="城区路灯由综合行政执法局维护",
    )
    id: Number
    category_prefix: CategoryPrefix
    area_prefix: str = Field(pattern=r"^\d{0,12}$", description="Empty: everywhere.")
    kind: RequestKind | None = Field(description=ANY)
    unit_code: str | None
    area_unit: UnitKind | None = Field(description="`township` or `village_team` of the place.")
    priority: int = Field(description="The higher one wins among equally specific rules.")
    note: str


class PolicyRow(Answer):
    """Time limits for kind × urgency × category."""

    model_config = example(
        id=3,
        kind="complaint",
        urgency="normal",
        category_prefix="",
        dispatch="1wh",
        accept="2wh",
        contact="1wd",
        resolve="10wd",
        callback="2wd",
        return_window="2wd",
        notice_after="1wd",
        escalate_after="5wd",
        undo_window="10m",
        max_returns=2,
        max_extensions=1,
        max_holds=2,
        max_hold_days=90,
        reminders_a_day=3,
        call_attempts=3,
        redo_rounds=2,
        keep_days=None,
    )
    id: Number
    kind: RequestKind | None = Field(description=ANY)
    urgency: Urgency | None = Field(description=ANY)
    category_prefix: CategoryPrefix
    dispatch: Span
    accept: Span
    contact: Span
    resolve: Span
    callback: Span
    return_window: Span = Field(description="How long after accepting a unit may ask to return (退单申请期).")
    notice_after: Span = Field(description="How late an order is when its unit is warned (逾期提醒).")
    escalate_after: Span = Field(description="How late an order is when a supervisor is told (逾期督办).")
    undo_window: Span = Field(description="How long a dispatch may be taken back as a mistake (误派撤回).")
    max_returns: int = Field(description="Return applications a round.")
    max_extensions: int = Field(description="Extensions a round.")
    max_holds: int = Field(description="Hold applications a round.")
    max_hold_days: int = Field(description="Days ahead that a hold's review date may lie.")
    reminders_a_day: int = Field(description="Reminders a day.")
    call_attempts: int = Field(description="Calls on different half-days before a citizen counts as unreachable.")
    redo_rounds: int = Field(description="Automatic redo rounds before a supervisor decides.")
    keep_days: int | None = Field(description="Days after closing when personal fields are erased; null: never.")


class DayRow(Answer):
    """A day that does not follow the week."""

    model_config = example(day="2027-02-08", working=True, name="春节 调休", provisional=False)
    day: date
    working: bool
    name: str
    provisional: bool = Field(description="Not yet announced.")


class ArticleRow(Answer):
    """An answer that operators may give at once."""

    model_config = example(
        id=5,
        title="居住证怎么办理",
        body="带身份证和居住证明，到居住地派出所办理，一般当日受理。",
        basis="居住证暂行条例",
        category_code="0801",
        keywords=["居住证"],
        active=True,
        updated_at="2026-11-21T08:00:00+00:00",
    )
    id: Number
    title: str
    body: str
    basis: str = Field(description="Law or document that it rests on; may be empty.")
    category_code: CategoryCode | None
    keywords: list[str]
    active: bool
    updated_at: AwareDatetime


class RouteExplanation(Answer):
    """Where such a matter would go, and why."""

    model_config = example(
        **shown.CATEGORY,
        **shown.AREA,
        kind="help",
        unit=shown.UNIT,
        rule=example_of(RuleRow),
        reason=shown.REASON,
    )
    category_code: CategoryCode
    category_path: CategoryPath
    area_code: AreaCode | None
    area_name: str | None
    kind: RequestKind
    unit: UnitView | None = Field(description="Null: it would wait for a dispatcher.")
    rule: RuleRow | None = Field(description="Null for a village affair that needs no rule, or when nothing matches.")
    reason: str


class DayCheck(Answer):
    """Whether offices work on a day."""

    model_config = example(day="2027-02-08", working=True, name="春节 调休", provisional=False)
    day: date
    working: bool
    name: str | None = Field(description="Null when the day follows the week.")
    provisional: bool = Field(description="May still change: the year's make-up days are not announced.")
