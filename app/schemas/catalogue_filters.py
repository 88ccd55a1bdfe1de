"""Filters of the catalogue's lists: by what units, areas, places, categories, rules, limits, days and articles are found."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from app.domain.catalogue import AreaLevel, RequestKind, UnitKind, Urgency
from app.schemas.administration import CodeFilter, DigitsFilter, Page, SearchWords


class UnitPage(Page):
    """Filters of `GET /v1/units`."""

    q: SearchWords | None = Field(None, description="Part of code or name.")
    kind: UnitKind | None = None
    parent: CodeFilter | None = None
    area: DigitsFilter | None = Field(None, description="Area code or its beginning.")
    active: bool | None = None


class AreaPage(Page):
    """Filters of `GET /v1/areas`."""

    q: SearchWords | None = Field(None, description="Part of code, name or alias.")
    level: AreaLevel | None = None
    parent: DigitsFilter | None = None
    prefix: DigitsFilter | None = Field(None, description="Beginning of the code.")
    active: bool | None = None


class PlacePage(Page):
    """Filters of `GET /v1/places`."""

    q: SearchWords | None = Field(None, description="Part of name or alias.")
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,32}$")] | None = None
    area: DigitsFilter | None = Field(None, description="Area code or its beginning.")


class CategoryPage(Page):
    """Filters of `GET /v1/categories`."""

    q: SearchWords | None = Field(None, description="Part of code, name, definition, what it includes, or keyword.")
    level: int | None = Field(None, ge=1, le=2)
    parent: DigitsFilter | None = None
    prefix: DigitsFilter | None = Field(None, description="Beginning of the code.")
    unit_kind: UnitKind | None = None
    village_affair: bool | None = None
    active: bool | None = None


class RulePage(Page):
    """Filters of `GET /v1/routing-rules`."""

    q: SearchWords | None = Field(None, description="Part of the note.")
    unit: CodeFilter | None = None
    category: DigitsFilter | None = Field(None, description="Beginning of the rule's category prefix.")
    area: DigitsFilter | None = Field(None, description="Beginning of the rule's area prefix.")
    kind: RequestKind | None = None


class PolicyPage(Page):
    """Filters of `GET /v1/sla-policies`."""

    kind: RequestKind | None = None
    urgency: Urgency | None = None
    category: DigitsFilter | None = Field(None, description="Beginning of the category prefix.")


class DayPage(Page):
    """Filters of `GET /v1/calendar`."""

    from_: date | None = Field(None, alias="from", description="First day.")
    to: date | None = Field(None, description="Last day, included.")
    working: bool | None = None
    provisional: bool | None = None


class ArticlePage(Page):
    """Filters of `GET /v1/knowledge`."""

    q: SearchWords | None = Field(None, description="Words of title, text or keywords; best match first.")
    category: DigitsFilter | None = Field(None, description="Category code or its beginning.")
    active: bool | None = None
