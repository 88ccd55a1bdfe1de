"""Requests of other callers that may be about the same matter: found by shared telling words, then compared.

Each word contributes its newest requests only and the best of them are compared, so that a search costs the same
among a thousand requests and among millions; few of them are one caller's, who may file as often as he likes. Secret matters have no words here (see `models/cluster.py`), and what
became secret later is left out all the same.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.core.sql import Sql
from app.domain.clusters import FAR_METRES, TOWNSHIP_DIGITS
from app.domain.likeness import READ, Likeness, Matter, compare, is_worth_reading, stored_matter
from app.services.visibility import open_matter

EARTH_METRES = 6_371_000
NEWEST_A_WORD, LOOKED_AT, OF_A_CALLER, COMPARED = 200, 80, 2, 15
"""Requests found by each word, the best that are looked at, and of those that are open to all at most how many of one
caller, and in all, are compared in full."""
LEAST_SHARED = 0.15
"""Share of the words' worth that a request must have in common to be compared. Of 1,771 pairs of real letters that compare
as one matter 99.5 % share more, and three quarters of the others less (median 0.58 and 0.10)."""
_LAST = 2**63 - 1
OTHERS_ALIKE = f"""
SELECT b.id, b.ticket_no, b.state, b.title, left(b.text, {READ}) AS text, b.category_code, b.area_code, b.lat, b.lon,
    tsvector_to_array(b.search) AS words, b.phone_hash, b.channel, b.created_at,
    (extract(epoch FROM now() - b.created_at) / 86400)::int AS days_ago
FROM (
    SELECT * FROM (
        SELECT r.id, r.ticket_no, r.state, r.title, r.text, r.category_code, r.area_code, r.lat, r.lon, r.search,
            r.phone_hash, r.channel, r.created_at, c.worth, row_number() OVER (
                PARTITION BY coalesce(r.phone_hash, convert_to(r.channel || r.created_at::date, 'UTF8'))
                ORDER BY c.worth DESC, r.id DESC) AS of_caller
        FROM (
            SELECT f.request_id, sum(k.worth) AS worth
            FROM (SELECT key, value::float8 AS worth FROM jsonb_each({{words}}::jsonb) OFFSET 0) k
            CROSS JOIN LATERAL (SELECT q.request_id FROM request_key q
                WHERE q.key >= k.key AND (q.key, q.request_id) <= (k.key, {_LAST})
                ORDER BY q.key DESC, q.request_id DESC LIMIT {{newest}}) f
            GROUP BY f.request_id
            HAVING sum(k.worth) >= {LEAST_SHARED} * (SELECT sum(value::float8) FROM jsonb_each({{words}}::jsonb))
            ORDER BY 2 DESC, 1 DESC LIMIT {{looked_at}}) c
        JOIN service_request r ON r.id = c.request_id
        WHERE {open_matter()} AND r.created_at > {{since}}::timestamptz AND {{further}}) a
    WHERE a.of_caller <= {{of_a_caller}} ORDER BY a.worth DESC, a.id DESC LIMIT {{most}}) b
ORDER BY b.worth DESC, b.id DESC
"""
"""The newest requests that share telling words, those with most in common first. No words: nothing is read.

Callers are told apart as clusters do it (`domain.clusters.caller_of`). Texts are unpacked for what is compared only.

What a word is worth is turned into a number once (`OFFSET 0`): for each request that has it, that alone took nine tenths
of the search. A word is met by a range of the primary key read backwards: for `q.key = k.key` the planner may take a word to be rare,
and read and sort all requests that have the commonest one.
"""
_FORGET = """
DELETE FROM request_key k USING service_request r
WHERE r.id = ANY($1) AND k.filed_at = r.created_at AND k.request_id = r.id
"""


def insert_keys(sql: Sql, words: Iterable[str], filed_at: datetime, request: str) -> str:
    """`INSERT INTO request_key …` for the request whose id the relation `request` holds."""
    keys, at = sql.arg(list(words), "text[]"), sql.arg(filed_at, "timestamptz")
    return (
        f"INSERT INTO request_key (key, request_id, filed_at) "
        f"SELECT k, {request}.id, {at} FROM {request}, unnest({keys}) AS k"
    )


async def forget_words(connection: Connection, request_ids: list[int], _at: datetime) -> None:
    """Forget by which words these requests are found."""
    await connection.execute(_FORGET, request_ids)


def matter_of(row: Mapping[str, Any]) -> Matter:
    """A stored request, ready to be compared."""
    return stored_matter(row["title"], row["text"], row["words"] or ())


def may_be_like(one: Matter, row: Mapping[str, Any], *, levels: int, least: float) -> bool:
    """Whether a stored request is worth reading as a matter."""
    said = f"{row['title']}\n{row['text'][:READ]}"
    return is_worth_reading(one, row["title"], said, row["words"] or (), levels=levels, least=least)


def likeness_of(one: tuple[Matter, Mapping[str, Any]], other: tuple[Matter, Mapping[str, Any]]) -> Likeness | None:
    """How alike two requests are; None when they are about two places, whatever they say."""
    if elsewhere(one[1], other[1]):
        return None
    return compare(one[0], other[0], levels=levels_in_common(one[1]["category_code"], other[1]["category_code"]))


def levels_in_common(one: str | None, other: str | None) -> int:
    """Levels that two categories have in common: 2 for the same, 1 for two of one first level."""
    if one is None or other is None or one[:2] != other[:2]:
        return 0
    return 2 if one == other else 1


def elsewhere(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two requests are known to be about different places: far apart, or in two townships."""
    metres = distance(one, other)
    if metres is not None:
        return metres > FAR_METRES
    codes = [row["area_code"][:TOWNSHIP_DIGITS] for row in (one, other) if row["area_code"]]
    return len(codes) == 2 and codes[0] != codes[1] and not any(code.endswith("000") for code in codes)


def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Metres between the points of two requests; None when one has none."""
    if any(row[name] is None for row in (one, other) for name in ("lat", "lon")):
        return None
    north = math.radians(other["lat"] - one["lat"])
    east = math.radians(other["lon"] - one["lon"]) * math.cos(math.radians((one["lat"] + other["lat"]) / 2))
    return EARTH_METRES * math.hypot(north, min(abs(east), 2 * math.pi - abs(east)))
