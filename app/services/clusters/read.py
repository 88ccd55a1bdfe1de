"""Clusters as supervisors see them. What is counted is counted at the moment of reading, over requests that are open
to everybody at the centre: a request that has become secret since has left its cluster without a trace, and a cluster
that has too few callers left is none. Words are kept since it opened; where requests have left, those that are still said.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection, Row
from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.clusters import DECIDABLE, SAMPLE, ClusterState, growth, master_of
from app.domain.errors import not_found
from app.schemas.clusters import ClusterPage
from app.schemas.common import begin
from app.services.installation import Installation
from app.services.visibility import open_matter

SHOWN = 200
"""Most requests that a cluster names."""
_MEMBERS = f"cluster_member m JOIN service_request r ON r.id = m.request_id AND {open_matter()}"
_STILL_SAID = f"""
SELECT coalesce(array_agg(w ORDER BY place), '{{{{}}}}') FROM unnest(c.words) WITH ORDINALITY AS u(w, place)
WHERE EXISTS (SELECT FROM {_MEMBERS} WHERE m.cluster_id = c.id AND strpos(lower(r.title || ' ' || r.text), lower(w)) > 0)
"""
_COLUMNS = f"""c.id, c.state, c.category_code, c.area_code, c.opened_at, c.decided_at, c.decided_by, c.reason, s.*,
    CASE WHEN s.requests = (SELECT count(*) FROM cluster_member m WHERE m.cluster_id = c.id) THEN c.words
        ELSE ({_STILL_SAID}) END AS words, (SELECT a.lat FROM area a WHERE a.code = c.area_code) AS area_lat,
    (SELECT a.lon FROM area a WHERE a.code = c.area_code) AS area_lon"""
_LIST = f"""
SELECT {_COLUMNS} FROM cluster c
JOIN LATERAL (
    SELECT count(*) AS requests, count(DISTINCT m.caller_hash) AS callers, max(m.of_caller) AS most,
        count(*) FILTER (WHERE m.copied) AS copies,
        count(*) FILTER (WHERE m.filed_at > {{half}}) AS newer,
        count(*) FILTER (WHERE m.filed_at > {{since}} AND m.filed_at <= {{half}}) AS older,
        min(m.filed_at) AS first_at, max(m.filed_at) AS last_at, avg(m.lat) AS lat, avg(m.lon) AS lon,
        (array_agg(m.ticket_no ORDER BY m.request_id DESC))[1:{SAMPLE}] AS sample
    FROM (SELECT m.*, r.lat, r.lon, r.ticket_no, count(*) OVER (PARTITION BY m.caller_hash) AS of_caller
        FROM {_MEMBERS} WHERE m.cluster_id = c.id) m) s ON s.callers >= {{least}}
WHERE {{conditions}} ORDER BY c.id DESC LIMIT {{limit}}
"""
_REQUESTS = f"""
SELECT r.ticket_no, r.state, r.title, m.filed_at, m.copied FROM {_MEMBERS}
WHERE m.cluster_id = $1 ORDER BY r.id LIMIT {SHOWN}
"""


async def list_clusters(here: Installation, page: ClusterPage, at: datetime) -> dict[str, Any]:
    """Clusters, the newest first; one statement."""
    sql = Sql()
    conditions = _conditions(page, here, sql)
    if page.cursor:
        conditions.append(f"c.id < {sql.arg(decode_cursor(page.cursor, int)[0])}")
    async with here.database.connection() as connection:
        rows = await _select(connection, here, sql, conditions, page.limit + 1, at)
    shown = rows[: page.limit]
    return {
        "items": [_view(row, here) for row in shown],
        "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > page.limit else None,
    }


async def read_cluster(here: Installation, key: int, at: datetime) -> dict[str, Any]:
    """One cluster with its requests and what may be merged; two statements. Raises NotFoundError."""
    async with here.database.connection() as connection:
        return await view_of(connection, here, key, at)


async def view_of(connection: Connection, here: Installation, key: int, at: datetime) -> dict[str, Any]:
    """`read_cluster` inside a transaction."""
    sql = Sql()
    rows = await _select(connection, here, sql, [f"c.id = {sql.arg(key)}"], 1, at)
    if not rows:
        raise not_found()
    requests = [dict(row) for row in await connection.fetch(_REQUESTS, key)]
    return {**_view(rows[0], here), "requests_shown": requests, "merge": _merge(requests)}


async def _select(
    connection: Connection, here: Installation, sql: Sql, conditions: Iterable[str], limit: int, at: datetime
) -> list[Row]:
    window = timedelta(hours=here.settings.cluster_window_hours)
    half, since = sql.arg(at - window / 2, "timestamptz"), sql.arg(at - window, "timestamptz")
    least = sql.arg(here.settings.cluster_callers)
    query = _LIST.format(half=half, since=since, least=least, conditions=conjunction(conditions), limit=sql.arg(limit))
    return list(await connection.fetch(query, *sql.args))


def _conditions(page: ClusterPage, here: Installation, sql: Sql) -> list[str]:
    reference, found = here.reference.now, []
    if page.state is not None:
        found.append(f"c.state = {sql.arg(page.state.value)}")
    if page.since is not None:
        at = sql.arg(begin(page.since, here.settings.zone))
        found.append(f"c.last_at >= {at} AND s.last_at >= {at}")  # the first is cheap, the second what is seen
    for column, prefix, codes in (
        ("c.category_code", page.category, reference.categories),
        ("c.area_code", page.area, reference.areas),
    ):
        if prefix is not None:
            found.append(f"{column} = ANY({sql.arg([code for code in codes if code.startswith(prefix)], 'text[]')})")
    return found


def _view(row: Mapping[str, Any] | Row, here: Installation) -> dict[str, Any]:
    reference = here.reference.now
    speed = growth(row["newer"], row["older"], timedelta(hours=here.settings.cluster_window_hours))
    state = ClusterState(row["state"])
    actions = {
        "acknowledge": state in DECIDABLE[ClusterState.ACKNOWLEDGED],
        "dismiss": state in DECIDABLE[ClusterState.DISMISSED],
    }
    return {
        "id": row["id"],
        "state": state,
        "category_code": row["category_code"],
        "category_path": reference.names.category_path(row["category_code"]),
        "area_code": row["area_code"],
        "area_name": reference.names.area(row["area_code"]),
        "words": row["words"],
        "requests": row["requests"],
        "callers": row["callers"],
        "most_of_one_caller": round(row["most"] / row["requests"], 3),
        "copied": 2 * row["copies"] > row["requests"],
        "first_at": row["first_at"],
        "last_at": row["last_at"],
        "opened_at": row["opened_at"],
        "growth": {"now_per_hour": speed.now_per_hour, "before_per_hour": speed.before_per_hour},
        "point": _point(row),
        "sample": row["sample"],
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"],
        "reason": row["reason"],
        "available_actions": [name for name, possible in actions.items() if possible],
    }


def _point(row: Mapping[str, Any] | Row) -> dict[str, float] | None:
    """The middle of what has a point, else of the area."""
    for lat, lon in ((row["lat"], row["lon"]), (row["area_lat"], row["area_lon"])):
        if lat is not None and lon is not None:
            return {"lat": round(lat, 6), "lon": round(lon, 6)}
    return None


def _merge(requests: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What the workflow's own step `merge` could join: the oldest that is being handled, and those to follow it."""
    found = master_of([(row["ticket_no"], row["state"]) for row in requests])
    if found is None:
        return None
    into, tickets = found
    return {"into": into, "tickets": tickets, "href": "/v1/requests/{ticket_no}/merge"}
