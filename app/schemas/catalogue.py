"""Bodies of the catalogue: units, areas, places, categories, rules, limits, calendar, knowledge."""

from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from app.domain.catalogue import AreaLevel, RequestKind, UnitKind, Urgency
from app.schemas.administration import changes_of
from app.schemas.catalogue_types import (
    Aliases,
    AreaCode,
    AreaPrefix,
    Boundary,
    CategoryCode,
    CategoryPrefix,
    HouseNumberText,
    Latitude,
    Longitude,
    PlaceName,
    Span,
    Text,
    UnitPhone,
    Words,
)
from app.schemas.types import Code, Form, Line, Message


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class UnitForm(Form):
    """`POST /v1/units`."""

    model_config = _example(
        code="parks", name="云岭市园林绿化中心", kind="department", parent_code="housing", phone="0990-5551090"
    )
    code: Code
    name: Line
    kind: UnitKind
    parent_code: Code | None = None
    area_code: AreaCode | None = None
    phone: UnitPhone | None = None
    active: StrictBool = True


class AreaForm(Form):
    """`POST /v1/areas`."""

    model_config = _example(
        code="990100001099", name="新园社区", level="village", parent_code="990100001000", aliases=["新园"]
    )
    code: AreaCode
    name: PlaceName
    level: AreaLevel
    parent_code: AreaCode | None = None
    aliases: Aliases = Field(default_factory=list)
    lat: Latitude | None = None
    lon: Longitude | None = None
    boundary: Boundary | None = None
    active: StrictBool = True


class PlaceForm(Form):
    """`POST /v1/places`: a name of the gazetteer."""

    model_config = _example(name="新园路", kind="road", area_code="990100001001", aliases=["新园大街"], numbers="1-99")
    name: PlaceName
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,32}$")]
    area_code: AreaCode
    aliases: Aliases = Field(default_factory=list)
    numbers: HouseNumberText | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None


class CategoryForm(Form):
    """`POST /v1/categories`: two digits for the first level, four for the second."""

    model_config = _example(code="0299", name="充电设施", keywords=["充电桩", "充电站"], unit_kind="department")
    code: CategoryCode
    name: Line
    parent_code: CategoryCode | None = None
    definition: Text = ""
    includes: Annotated[Text, Field(description="What falls under it, borderline cases too (包括).")] = ""
    excludes: Annotated[Text, Field(description="What goes elsewhere, and to which code (不包括).")] = ""
    keywords: Words = Field(default_factory=list)
    examples: Words = Field(default_factory=list)
    unit_kind: UnitKind | None = None
    usual_kind: RequestKind | None = None
    usual_urgency: Urgency = Urgency.NORMAL
    village_affair: StrictBool = False
    restricted: StrictBool = False
    auto_dispatch_confidence: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            strict=True,
            allow_inf_nan=False,
            description="From this confidence on dispatched by machine; null: as the first level, else as set.",
        ),
    ] = None
    active: StrictBool = True


class RuleForm(Form):
    """`POST /v1/routing-rules`: a unit by name, or the local unit of the place; exactly one of them."""

    model_config = _example(category_prefix="0203", unit_code="housing", priority=5, note="路灯由住建局负责")
    category_prefix: CategoryPrefix = ""
    area_prefix: AreaPrefix = ""
    kind: RequestKind | None = None
    unit_code: Code | None = None
    area_unit: Annotated[UnitKind | None, Field(description="`township` or `village_team`.")] = None
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] = 0
    note: Text = ""


Times = Annotated[int, Field(ge=0, le=20, strict=True)]
"""How often something may be done."""


class PolicyForm(Form):
    """`POST /v1/sla-policies`; null means any."""

    model_config = _example(
        kind="complaint",
        urgency="normal",
        category_prefix="0203",
        dispatch="1wh",
        accept="2wh",
        contact="1wd",
        resolve="5wd",
        callback="2wd",
    )
    kind: RequestKind | None = None
    urgency: Urgency | None = None
    category_prefix: CategoryPrefix = ""
    dispatch: Span
    accept: Span
    contact: Span
    resolve: Span
    callback: Span
    return_window: Span = "2wd"
    notice_after: Span = "1wd"
    escalate_after: Span = "5wd"
    undo_window: Span = "10m"
    max_returns: Times = 2
    max_extensions: Times = 1
    max_holds: Times = 2
    max_hold_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 90
    reminders_a_day: Times = 3
    call_attempts: Annotated[int, Field(ge=1, le=20, strict=True)] = 3
    redo_rounds: Times = 2
    keep_days: Annotated[int, Field(ge=1, le=36500, strict=True)] | None = Field(
        None, description="Days after closing when personal fields are erased; null: never."
    )


class DayForm(Form):
    """`POST /v1/calendar`: a day that does not follow the week. `provisional`: not yet announced."""

    model_config = _example(day="2027-02-08", working=True, name="春节 调休", provisional=False)
    day: date
    working: StrictBool
    name: Line
    provisional: StrictBool = False


class ArticleForm(Form):
    """`POST /v1/knowledge`: an answer that operators may give at once."""

    model_config = _example(
        title="居住证怎么办理", body="带身份证和居住证明，到居住地派出所办理，一般当日受理。", keywords=["居住证"]
    )
    title: Line
    body: Message
    basis: Text = ""
    category_code: CategoryCode | None = None
    keywords: Words = Field(default_factory=list)
    active: StrictBool = True


UnitChange = changes_of(UnitForm, "code", example={"phone": "0990-5551091"})
AreaChange = changes_of(AreaForm, "code", "level", example={"aliases": ["新园", "新园小区"]})
PlaceChange = changes_of(PlaceForm, example={"aliases": ["新园大街"]})
CategoryChange = changes_of(CategoryForm, "code", "parent_code", example={"keywords": ["充电桩", "快充"]})
RuleChange = changes_of(RuleForm, example={"priority": 8})
PolicyChange = changes_of(PolicyForm, example={"resolve": "3wd"})
DayChange = changes_of(DayForm, "day", example={"provisional": False})
ArticleChange = changes_of(ArticleForm, example={"basis": "居住证暂行条例"})
