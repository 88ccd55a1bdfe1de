"""Questions that the catalogue answers beyond its rows: which rule hits, is a day worked, which article fits."""

from datetime import date
from typing import Any

from sqlalchemy import Double, cast, extract, func, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col, select

from app.core.pagination import decode_cursor, encode_cursor
from app.domain.catalogue import RequestKind
from app.domain.errors import invalid
from app.models.catalogue import CalendarDay, KnowledgeArticle, RoutingRule
from app.schemas.catalogue import ArticlePage
from app.services.administration import reading
from app.services.catalogue.nouns import ARTICLES, RULES
from app.services.catalogue.store import list_rows
from app.services.installation import Installation
from app.services.knowledge.answers import words_query


async def explain_route(
    here: Installation, category_code: str, area_code: str | None, kind: RequestKind | None
) -> dict[str, Any]:
    """The unit that a matter at a place would go to, and the rule that says so; unknown codes raise InvalidError.

    `rule` is null when a village affair goes to its village team without any rule, or when nothing matches.
    """
    reference = here.reference.now
    category = reference.categories.get(category_code)
    if category is None:
        raise invalid("/query/category_code", "unknown", "分类不存在。", "There is no such category.")
    if area_code and area_code not in reference.areas:
        raise invalid("/query/area_code", "unknown", "区划不存在。", "There is no such area.")
    wanted = kind or category.usual_kind or RequestKind.HELP
    route = reference.routing.route(category, reference.area_path(area_code), wanted, 1.0)
    rule = None
    if route and route.rule_id:
        async with reading(here) as session:
            row = await session.get(RoutingRule, route.rule_id)
        rule = RULES.view(row) if row else None
    return {
        "category_code": category.code,
        "category_path": reference.category_path(category.code),
        "area_code": area_code,
        "area_name": reference.area_name(area_code),
        "kind": wanted,
        "unit": reference.unit_view(route.unit.code) if route else None,
        "rule": rule,
        "reason": route.reason if route else "没有匹配的派单规则，由派单员处理。",
    }


async def check_day(here: Installation, day: date) -> dict[str, Any]:
    """Whether a day is worked, and whether that may still change.

    A day that follows the week is provisional too while its year has no entries or unconfirmed ones: make-up
    days (调休) are announced late.
    """
    year = select(func.bool_or(CalendarDay.provisional)).where(extract("year", col(CalendarDay.day)) == day.year)
    async with reading(here) as session:
        row = await session.get(CalendarDay, day)
        unconfirmed = None if row else (await session.exec(year)).one()
    return {
        "day": day,
        "working": here.reference.now.calendar.is_working_day(day),
        "name": row.name if row else None,
        "provisional": row.provisional if row else unconfirmed is not False,
    }


async def find_articles(here: Installation, page: ArticlePage) -> dict[str, Any]:
    """Articles by their words, other names of them and pinyin, best match first (by number without words); one statement."""
    if page.q is None:
        return await list_rows(here, ARTICLES, page)
    query = words_query(page.q)
    words = cast(query, TSQUERY) if query else func.plainto_tsquery("simple", page.q)
    rank = cast(func.ts_rank(KnowledgeArticle.search, words), Double)
    key = col(KnowledgeArticle.id)
    narrowed = page.narrowed()
    narrowed.pop("q")
    statement = (
        select(KnowledgeArticle, rank)
        .where(col(KnowledgeArticle.search).op("@@")(words))
        .where(*(ARTICLES.filters[name](value) for name, value in narrowed.items()))
        .order_by(rank.desc(), key.desc())
        .limit(page.limit + 1)
    )
    if page.cursor:
        statement = statement.where(tuple_(rank, key) < tuple_(*decode_cursor(page.cursor, float, int)))
    async with reading(here) as session:
        rows = list(await session.exec(statement))
    more = len(rows) > page.limit
    last = rows[page.limit - 1] if more else None
    return {
        "items": [ARTICLES.view(article) for article, _ in rows[: page.limit]],
        "next_cursor": encode_cursor(last[1], last[0].id) if last else None,
    }
