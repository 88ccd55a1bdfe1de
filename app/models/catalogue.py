"""Reference data: units, areas, categories, routing rules, time limits, the calendar, knowledge.

Natural keys (codes), so that a row can be read without joins. Each table rings `hotline_reference` when it
changes (a trigger in the migrations), and every process reads its snapshot anew.
"""

from datetime import date
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Column, Double, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from app.domain.catalogue import AreaLevel, RequestKind, UnitKind, Urgency
from app.models.base import Instant, Table, flag, identity, instant, one_of

SPANS = (
    "dispatch", "accept", "contact", "resolve", "callback", "return_window", "notice_after", "escalate_after", "undo_window",
)  # fmt: skip
_SPAN = r"~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'"


class Unit(Table, table=True):
    """An organisation that can be given a work order (承办单位)."""

    __tablename__ = "unit"
    __table_args__ = (one_of("kind", UnitKind), CheckConstraint("code <> parent_code", name="own_parent"))

    code: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text, foreign_key="unit.code", index=True)
    area_code: str | None = Field(default=None, sa_type=Text, foreign_key="area.code", index=True)
    phone: str | None = Field(default=None, sa_type=Text)
    active: bool = True


class Area(Table, table=True):
    """A node of the division tree (区划), by its 12-digit code."""

    __tablename__ = "area"
    __table_args__ = (
        one_of("level", AreaLevel),
        CheckConstraint("code ~ '^[0-9]{12}$'", name="code"),
        CheckConstraint("code <> parent_code", name="own_parent"),
    )

    code: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text, foreign_key="area.code", index=True)
    aliases: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    lat: float | None = Field(default=None, sa_type=Double)
    lon: float | None = Field(default=None, sa_type=Double)
    active: bool = True
    boundary: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))


class Place(Table, table=True):
    """A name of the gazetteer that tells where something is: a road, an estate, a landmark (地名)."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("name", "area_code"),)

    id: int | None = identity()
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=Text, foreign_key="area.code", index=True)
    aliases: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    numbers: str | None = Field(default=None, sa_type=Text)
    lat: float | None = Field(default=None, sa_type=Double)
    lon: float | None = Field(default=None, sa_type=Double)


class Category(Table, table=True):
    """A matter (事项分类), two levels: `01` and `0101`.

    `includes` and `excludes` draw the border to its neighbours for the people who choose; no rule reads them.
    """

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{2}([0-9]{2})?$'", name="code"),
        CheckConstraint(
            "(parent_code IS NULL) = (length(code) = 2) AND left(code, 2) = coalesce(parent_code, code)",
            name="level",
        ),
        one_of("unit_kind", UnitKind, nullable=True),
        one_of("usual_kind", RequestKind, nullable=True),
        one_of("usual_urgency", Urgency),
        CheckConstraint("auto_dispatch_confidence BETWEEN 0 AND 1", name="auto_dispatch_confidence"),
    )

    code: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text, foreign_key="category.code", index=True)
    definition: str = Field(default="", sa_type=Text)
    includes: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    excludes: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    keywords: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    examples: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    unit_kind: str | None = Field(default=None, sa_type=Text)
    usual_kind: str | None = Field(default=None, sa_type=Text)
    usual_urgency: str = Field(default="normal", sa_type=Text)
    village_affair: bool = False
    restricted: bool = flag()
    auto_dispatch_confidence: float | None = Field(default=None, sa_type=Double)
    active: bool = True


class RoutingRule(Table, table=True):
    """Category prefix × area prefix × kind → unit, or the local unit of the place (派单规则)."""

    __tablename__ = "routing_rule"
    __table_args__ = (
        CheckConstraint("(unit_code IS NULL) <> (area_unit IS NULL)", name="one_target"),
        CheckConstraint("area_unit IN ('village_team', 'township')", name="area_unit"),
        one_of("kind", RequestKind, nullable=True),
        UniqueConstraint("category_prefix", "area_prefix", "kind", "priority", postgresql_nulls_not_distinct=True),
    )

    id: int | None = identity()
    category_prefix: str = Field(default="", sa_type=Text)
    area_prefix: str = Field(default="", sa_type=Text)
    kind: str | None = Field(default=None, sa_type=Text)
    unit_code: str | None = Field(default=None, sa_type=Text, foreign_key="unit.code", index=True)
    area_unit: str | None = Field(default=None, sa_type=Text)
    priority: int = 0
    note: str = Field(default="", sa_type=Text)


def _span(default: str) -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def _number(default: int) -> Any:
    return Field(default=default, sa_column=Column(SmallInteger, nullable=False, server_default=str(default)))


class SlaPolicy(Table, table=True):
    """Time limits and how often what may be done, by kind × urgency × category prefix (办理时限与次数); null means any."""

    __tablename__ = "sla_policy"
    __table_args__ = (
        one_of("kind", RequestKind, nullable=True),
        one_of("urgency", Urgency, nullable=True),
        *(CheckConstraint(f"{clock} {_SPAN}", name=clock) for clock in SPANS),
        UniqueConstraint("kind", "urgency", "category_prefix", postgresql_nulls_not_distinct=True),
    )

    id: int | None = identity()
    kind: str | None = Field(default=None, sa_type=Text)
    urgency: str | None = Field(default=None, sa_type=Text)
    category_prefix: str = Field(default="", sa_type=Text)
    dispatch: str = Field(sa_type=Text)
    accept: str = Field(sa_type=Text)
    contact: str = Field(sa_type=Text)
    resolve: str = Field(sa_type=Text)
    callback: str = Field(sa_type=Text)
    return_window: str = _span("2wd")
    notice_after: str = _span("1wd")
    escalate_after: str = _span("5wd")
    undo_window: str = _span("10m")
    max_returns: int = _number(2)
    max_extensions: int = _number(1)
    max_holds: int = _number(2)
    max_hold_days: int = _number(90)
    reminders_a_day: int = _number(3)
    call_attempts: int = _number(3)
    redo_rounds: int = _number(2)
    keep_days: int | None = None


class CalendarDay(Table, table=True):
    """A day that does not follow the week: holiday or make-up day (调休). `provisional`: not yet announced."""

    __tablename__ = "calendar_day"

    day: date = Field(primary_key=True)
    working: bool
    name: str = Field(sa_type=Text)
    provisional: bool = False


class KnowledgeArticle(Table, table=True):
    """An answer that operators may give at once, with its basis (知识库条目)."""

    __tablename__ = "knowledge_article"
    __table_args__ = (
        Index("ix_knowledge_article_search", "search", postgresql_using="gin"),
        UniqueConstraint("title"),
    )

    id: int | None = identity()
    title: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    basis: str = Field(default="", sa_type=Text)
    category_code: str | None = Field(default=None, sa_type=Text, foreign_key="category.code", index=True)
    keywords: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    active: bool = True
    updated_at: Instant = instant(nullable=False, now=True)
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR))
    index_version: int = _number(0)
