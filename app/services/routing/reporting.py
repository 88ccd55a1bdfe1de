"""What the rules are worth: which hit in a period, which cannot, which are at odds, where matters come back from.

Two statements over a bounded period; what needs no requests is worked out in memory, beside the event loop.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from app.core.database import Connection
from app.domain.catalogue import RoutingRule
from app.domain.errors import invalid
from app.domain.routing_lessons import Lesson
from app.domain.rule_review import VILLAGE_AFFAIR, Review, review_rules
from app.schemas.common import begin
from app.services.installation import Installation
from app.services.reference import Reference
from app.services.routing.evidence import CASES
from app.services.routing.lesson_view import lesson_view
from app.services.visibility import open_matter

DAYS, MOST_DAYS = 90, 366
MOST_ROWS, MOST_PAIRS = 200, 1000
MIN_MOVED, MIN_SHARE = 3, 0.2
"""A category and a unit are named from so many matters that came back, and from that share of them."""

_HITS = f"""
SELECT (e.payload ->> 'rule_id')::bigint AS rule_id, count(*)::int AS hits, date_trunc('day', max(e.at)) AS last
FROM event e JOIN service_request r ON r.id = e.request_id
WHERE e.kind = 'request.dispatched' AND e.at >= $1 AND e.at < $2 AND e.payload ->> 'rule_id' IS NOT NULL
    AND {open_matter()}
GROUP BY 1
"""
_RETURNS = f"""
WITH {CASES}
SELECT category_code, unit_before, moved, CASE WHEN moved THEN holder END AS holder, count(*)::int AS cases
FROM cases GROUP BY 1, 2, 3, 4
"""


async def routing_report(here: Installation, asked: datetime | date | None, at: datetime) -> dict[str, Any]:
    """The report from the time asked for (90 days ago unless given) to `at`; raises InvalidError beyond a year."""
    since = _since(here, asked, at)
    reference = here.reference.now
    async with here.database.connection() as connection:
        hits = {row["rule_id"]: (row["hits"], row["last"]) for row in await connection.fetch(_HITS, since, at)}
        returns = await _returns(connection, reference, since, at)
    review = await asyncio.to_thread(_review, reference)
    return {
        "from": since.astimezone(here.settings.zone),
        "to": at.astimezone(here.settings.zone),
        "rules": len(reference.routing.rules),
        **_about_hits(reference, hits, review),
        **_about_rules(reference, review),
        "returns": returns[:MOST_ROWS],
        "lessons": [lesson_view(reference, lesson.key) for lesson in _speaking(reference)[:MOST_ROWS]],
    }


def _about_hits(reference: Reference, hits: Mapping[int, tuple[int, datetime]], review: Review) -> dict[str, Any]:
    rules = {rule.id: rule for rule in reference.routing.rules}
    busiest = sorted(hits.items(), key=lambda item: (-item[1][0], item[0]))
    unable = {*review.covered, *review.closed}
    return {
        "hit": [
            {"rule": rule_view(rules[number]), "hits": count, "last_at": last}
            for number, (count, last) in busiest
            if number in rules
        ][:MOST_ROWS],
        "never_hit": [rule_view(rule) for rule in rules.values() if rule.id not in hits and rule.id not in unable][
            :MOST_ROWS
        ],
    }


def _about_rules(reference: Reference, review: Review) -> dict[str, Any]:
    rules = {rule.id: rule_view(rule) for rule in reference.routing.rules}
    return {
        "covered": [
            {
                "rule": rules[number],
                "by": [rules[other] for other in others if other != VILLAGE_AFFAIR],
                "village_affair": VILLAGE_AFFAIR in others,
            }
            for number, others in review.covered.items()
        ][:MOST_ROWS],
        "crossing": [{"first": rules[first], "second": rules[second]} for first, second in review.crossing[:MOST_ROWS]],
        "closed_units": [rules[number] for number in review.closed][:MOST_ROWS],
        "categories_without_rule": [
            {"category_code": code, "category_path": reference.names.category_path(code)} for code in review.uncovered
        ][:MOST_ROWS],
    }


def _speaking(reference: Reference) -> list[Lesson]:
    book = reference.learned.book
    found = [lesson for lesson in book.lessons.values() if book.speaks(lesson)]
    return sorted(found, key=lambda lesson: (-lesson.bound, lesson.key))


def _since(here: Installation, asked: datetime | date | None, at: datetime) -> datetime:
    zone = here.settings.zone
    today = at.astimezone(zone).date()
    since = begin(today - timedelta(days=DAYS) if asked is None else asked, zone)
    if not begin(today - timedelta(days=MOST_DAYS), zone) <= since <= at:
        raise invalid(
            "/query/since",
            "out-of-range",
            f"起始时间须在最近{MOST_DAYS}天以内。",
            f"Must be within the last {MOST_DAYS} days.",
        )
    return since


def _review(reference: Reference) -> Review:
    second_level = [c for c in reference.categories.values() if c.active and c.parent_code is not None]
    paths = [reference.area_path(code) for code, area in reference.areas.items() if area.active]
    return review_rules(reference.routing, second_level, paths)


async def _returns(connection: Connection, reference: Reference, begin: datetime, at: datetime) -> list[dict[str, Any]]:
    """Categories and units from which much comes back, the worst first."""
    went: Counter[tuple[str, str]] = Counter()
    moved: Counter[tuple[str, str]] = Counter()
    endings: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in await connection.fetch(_RETURNS, begin, at, MIN_MOVED, MOST_PAIRS):
        pair = (row["category_code"], row["unit_before"])
        went[pair] += row["cases"]
        if row["moved"]:
            moved[pair] += row["cases"]
            if row["holder"]:
                endings[pair][row["holder"]] += row["cases"]
    bad = [pair for pair in went if moved[pair] >= MIN_MOVED and moved[pair] / went[pair] >= MIN_SHARE]
    bad.sort(key=lambda pair: (-moved[pair] / went[pair], -moved[pair], pair))
    return [_return_view(reference, pair, went[pair], moved[pair], endings[pair]) for pair in bad]


def _return_view(
    reference: Reference, pair: tuple[str, str], went: int, moved: int, endings: Counter[str]
) -> dict[str, Any]:
    category, unit = pair
    return {
        "category_code": category,
        "category_path": reference.names.category_path(category),
        "unit": reference.names.unit(unit),
        "cases": went,
        "came_back": moved,
        "share": round(moved / went, 4),
        "endings": [{"unit": reference.names.unit(code), "cases": cases} for code, cases in endings.most_common(5)],
    }


def rule_view(rule: RoutingRule) -> Mapping[str, Any]:
    """A rule as clients see it."""
    return {
        "id": rule.id,
        "category_prefix": rule.category_prefix,
        "area_prefix": rule.area_prefix,
        "kind": rule.kind,
        "unit_code": rule.unit_code,
        "area_unit": rule.area_unit,
        "priority": rule.priority,
        "note": rule.note,
    }
