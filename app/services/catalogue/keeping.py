"""How rows of each noun are kept: their table, what is checked before they are written, what is derived from them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.models.base import Table
from app.models.catalogue import (
    Area,
    CalendarDay,
    Category,
    KnowledgeArticle,
    Place,
    RoutingRule,
    SlaPolicy,
    Unit,
)
from app.models.identity import Role
from app.models.message import MessageTemplate
from app.services import role_rules
from app.services.catalogue import checks, limits, nouns
from app.services.catalogue.noun import Noun, Values
from app.services.messages import templates

Check = Callable[[AsyncSession, Values, Values | None], Awaitable[None]]
"""Refuses what a row may not become (`after`), given what it was (`before`, None when it is new)."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What writing one noun takes.

    `check_removal` refuses a deletion by raising; None where rows are deactivated, never deleted. `derived`: columns
    computed from the others when a row is written.
    """

    table: type[Table]
    check: Check
    check_removal: Callable[[AsyncSession, Values], Awaitable[None]] | None = None
    derived: Callable[[Values], dict[str, Any]] = field(default=lambda _: {})


KEPT: Mapping[Noun, Keeping] = {
    nouns.UNITS: Keeping(Unit, checks.check_unit),
    nouns.AREAS: Keeping(Area, checks.check_area),
    nouns.PLACES: Keeping(Place, checks.check_place, limits.anything),
    nouns.CATEGORIES: Keeping(Category, checks.check_category, derived=checks.category_parent),
    nouns.RULES: Keeping(RoutingRule, checks.check_rule, limits.anything),
    nouns.POLICIES: Keeping(SlaPolicy, limits.check_policy, limits.refuse_last_catch_all),
    nouns.DAYS: Keeping(CalendarDay, limits.anything, limits.anything),
    nouns.ARTICLES: Keeping(KnowledgeArticle, limits.check_article, limits.refuse_cited, derived=limits.indexed),
    nouns.TEMPLATES: Keeping(MessageTemplate, templates.check_template, limits.anything, derived=templates.code_of),
    nouns.ROLES: Keeping(Role, role_rules.check_role, role_rules.refuse_in_use, derived=role_rules.sorted_permissions),
}
