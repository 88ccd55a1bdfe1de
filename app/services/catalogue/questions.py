"""Questions that the catalogue answers beyond its rows: which rule hits, is a day worked, which article fits."""

from datetime import date
from typing import Any

from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.catalogue import RequestKind
from app.domain.errors import invalid
from app.schemas.catalogue_filters import ArticlePage
from app.services.catalogue.listing import find_row, list_rows
from app.services.catalogue.nouns import ARTICLES, DAYS, RULES
from app.services.installation import Installation
from app.services.knowledge.answers import words_query

_UNCONFIRMED = (
    "SELECT bool_or(provisional) FROM calendar_day WHERE extract(year FROM day) = extract(year FROM $1::date)"
)


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
        async with here.database.connection() as connection:
            rule = await find_row(connection, RULES, route.rule_id)
    return {
        "category_code": category.code,
        "category_path": reference.names.category_path(category.code),
        "area_code": area_code,
        "area_name": reference.names.area(area_code),
        "kind": wanted,
        "unit": reference.names.unit(route.unit.code) if route else None,
        "rule": rule,
        "reason": route.reason if route else "没有匹配的派单规则，由派单员处理。",
    }


async def check_day(here: Installation, day: date) -> dict[str, Any]:
    """Whether a day is worked, and whether that may still change.

    A day that follows the week is provisional too while its year has no entries or unconfirmed ones: make-up
    days (调休) are announced late.
    """
    async with here.database.connection() as connection:
        row = await find_row(connection, DAYS, day)
        unconfirmed = None if row else await connection.fetchval(_UNCONFIRMED, day)
    return {
        "day": day,
        "working": here.reference.now.calendar.is_working_day(day),
        "name": row["name"] if row else None,
        "provisional": row["provisional"] if row else unconfirmed is not False,
    }


async def find_articles(here: Installation, page: ArticlePage) -> dict[str, Any]:
    """Articles by their words, other names of them and pinyin, best match first (by number without words); one statement."""
    if page.q is None:
        return await list_rows(here, ARTICLES, page)
    sql = Sql()
    query = words_query(page.q)
    words = sql.arg(query, "tsquery") if query else f"plainto_tsquery('simple', {sql.arg(page.q)})"
    rank = f"ts_rank(search, {words})::double precision"
    narrowed = page.narrowed()
    narrowed.pop("q")
    conditions = [f"search @@ {words}", *ARTICLES.conditions(sql, narrowed)]
    if page.cursor:
        after, last_id = decode_cursor(page.cursor, float, int)
        conditions.append(f"({rank}, id) < ({sql.arg(after)}, {sql.arg(last_id)})")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            SELECT {rank} AS rank, {ARTICLES.columns} FROM knowledge_article WHERE {conjunction(conditions)}
            ORDER BY 1 DESC, id DESC LIMIT {sql.arg(page.limit + 1)}
            """,
            *sql.args,
        )
    more = len(rows) > page.limit
    last = rows[page.limit - 1] if more else None
    return {
        "items": [{name: row[name] for name in ARTICLES.row.model_fields} for row in rows[: page.limit]],
        "next_cursor": encode_cursor(last["rank"], last["id"]) if last else None,
    }
