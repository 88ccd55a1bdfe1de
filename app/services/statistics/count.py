"""Counts everything in one statement, once over the requests in scope, whatever the grouping.

`seen` are the requests that the reader may see; of what units did, only that of the counted units is counted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.core.sql import Sql, conjunction
from app.services.statistics.grouping import Grouping

Counts = dict[str | None, dict[str, Any]]
"""Group → counts by name; what did not happen is missing."""

_HOURS = "extract(epoch FROM resolved_at - created_at) / 3600"
_FINISHED = "state IN ('resolved', 'rated', 'closed') AND resolved_at IS NOT NULL"
_VALID = "callback_outcome = 'reached' AND satisfaction IS NOT NULL"
_FAIR = f"{_VALID} AND rating_excluded IS NULL"


def _ratings(valid: str, prefix: str) -> str:
    return f"""count(*) FILTER (WHERE {valid}) AS {prefix}_valid,
        count(*) FILTER (WHERE {valid} AND resolved_answer = 'yes') AS {prefix}_yes,
        count(*) FILTER (WHERE {valid} AND resolved_answer = 'partly') AS {prefix}_partly,
        count(*) FILTER (WHERE {valid} AND satisfaction >= 3) AS {prefix}_satisfied"""


_REQUESTS = f"""
    SELECT s.key, count(*) AS filed,
        count(*) FILTER (WHERE {_FINISHED}) AS finished,
        count(*) FILTER (WHERE {_FINISHED} AND round = 1) AS finished_at_once,
        count(*) FILTER (WHERE round > 1) AS redone, coalesce(sum(round - 1), 0) AS redo_rounds,
        count(*) FILTER (WHERE state = 'received' AND dispatch_due_at <= {{now}}) AS undispatched,
        avg({_HOURS}) FILTER (WHERE {_FINISHED}) AS mean_hours,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY {_HOURS}) FILTER (WHERE {_FINISHED}) AS p90_hours,
        {_ratings(_VALID, "raw")}, {_ratings(_FAIR, "fair")}
    FROM seen s WHERE {{own_requests}} GROUP BY s.key"""
_STATES = """
    SELECT key, jsonb_object_agg(state, n) AS states FROM (
        SELECT s.key, state, count(*) AS n FROM seen s WHERE {own_requests} GROUP BY s.key, state
    ) x GROUP BY key"""
_IN_HAND = "o.state NOT IN ('withdrawn', 'returned')"


def _clock(name: str, done: str) -> str:
    """Done in time, and decided: done, or too late already (a clock on hold decides nothing)."""
    return f"""count(*) FILTER (WHERE {_IN_HAND} AND o.{done} <= o.{name}_due_at) AS {name}_in_time,
        count(*) FILTER (WHERE {_IN_HAND} AND (o.{done} IS NOT NULL OR o.{name}_due_at <= {{now}} AND o.held_at IS NULL))
            AS {name}_decided"""


_ORDERS = f"""
    SELECT {{order_key}} AS key, count(*) FILTER (WHERE {_IN_HAND}) AS dispatched,
        count(*) FILTER (WHERE o.state = 'withdrawn') AS withdrawn,
        {_clock("accept", "accepted_at")}, {_clock("contact", "contacted_at")}, {_clock("resolve", "submitted_at")},
        count(*) FILTER (WHERE o.due_at <= {{now}}) AS overdue,
        count(*) FILTER (WHERE o.forced) AS forced, count(*) FILTER (WHERE o.escalated_at IS NOT NULL) AS escalated
    FROM work_order o JOIN seen s ON s.id = o.request_id WHERE o.role = 'lead' AND {{own_orders}} GROUP BY 1"""
_ORDER_STATES = """
    SELECT key, jsonb_object_agg(state, n) AS order_states FROM (
        SELECT {order_key} AS key, o.state, count(*) AS n FROM work_order o JOIN seen s ON s.id = o.request_id
        WHERE o.role = 'lead' AND {own_orders} GROUP BY 1, 2
    ) x GROUP BY key"""
_CALLERS = """
    SELECT key, count(*) AS callers, sum(n) AS calls FROM (
        SELECT s.key, count(*) AS n FROM seen s WHERE phone_hash IS NOT NULL AND {own_requests}
        GROUP BY s.key, phone_hash HAVING count(*) >= 2
    ) x GROUP BY key"""
_EARLIER = """
    SELECT {event_key} AS key, count(*) AS earlier_valid,
        count(*) FILTER (WHERE e.payload ->> 'resolved' = 'yes') AS earlier_yes,
        count(*) FILTER (WHERE e.payload ->> 'resolved' = 'partly') AS earlier_partly,
        count(*) FILTER (WHERE (e.payload ->> 'satisfaction')::int >= 3) AS earlier_satisfied
    FROM seen s JOIN event e ON e.request_id = s.id AND e.kind = 'request.rated' AND (s.rated_at IS NULL OR e.at < s.rated_at)
    WHERE s.round > 1 AND {own_events} GROUP BY 1"""
_APPLICATIONS = """
    SELECT {application_key} AS key, count(*) FILTER (WHERE a.kind = 'return') AS return_asked,
        count(*) FILTER (WHERE a.kind = 'return' AND a.state = 'approved') AS returned,
        count(*) FILTER (WHERE a.state = 'approved' AND a.return_reason IN ('not_our_duty', 'not_our_area')) AS misdirected,
        count(*) FILTER (WHERE a.kind = 'extend' AND a.state = 'approved') AS extensions,
        count(*) FILTER (WHERE a.kind = 'hold' AND a.state = 'approved') AS holds
    FROM application a JOIN seen s ON s.id = a.request_id WHERE {own_applications} GROUP BY 1"""
_SLIPS = """
    SELECT {slip_key} AS key, count(*) AS slips, count(*) FILTER (WHERE v.state = 'open') AS slips_open,
        count(*) FILTER (WHERE v.state = 'open' AND v.reply_by <= {now}) AS slips_overdue
    FROM supervision v JOIN seen s ON s.id = v.request_id WHERE v.kind = 'slip' AND {own_slips} GROUP BY 1"""
_PARTS = (_REQUESTS, _STATES, _ORDERS, _ORDER_STATES, _CALLERS, _EARLIER, _APPLICATIONS, _SLIPS)
_UNIT_OF = {
    "requests": "s.unit_code",
    "orders": "o.unit_code",
    "events": "e.unit_code",
    "applications": "a.unit_code",
    "slips": "v.unit_code",
}


async def count(
    connection: Connection,
    sql: Sql,
    conditions: Sequence[str],
    grouping: Grouping,
    units: list[str] | None,
    now: datetime,
) -> Counts:
    """All counts of the requests that fulfil the conditions; one statement."""
    counted = "TRUE" if units is None else "{} = ANY(" + sql.arg(units, "text[]") + ")"
    names = {f"own_{what}": counted.format(unit) for what, unit in _UNIT_OF.items()}
    for what, unit in _UNIT_OF.items():
        names[f"{what.removesuffix('s')}_key"] = unit if grouping.by_unit else "s.key"
    names["now"] = sql.arg(now, "timestamptz")
    parts = " UNION ALL ".join(
        f"SELECT key, to_jsonb(part) - 'key' AS counts FROM ({part.format(**names)}) part" for part in _PARTS
    )
    rows = await connection.fetch(
        f"""
        WITH seen AS MATERIALIZED (
            SELECT r.id, r.state, r.round, r.created_at, r.resolved_at, r.rated_at, r.dispatch_due_at, r.phone_hash,
                r.callback_outcome, r.resolved_answer, r.satisfaction, r.rating_excluded,
                coalesce(lead.unit_code, r.resolved_unit_code) AS unit_code, {grouping.key} AS key
            FROM service_request r LEFT JOIN work_order lead ON lead.work_order_no = r.lead_order_no {grouping.join}
            WHERE {conjunction(conditions)}
        ) {parts}
        """,
        *sql.args,
    )
    found: Counts = {}
    for row in rows:
        found.setdefault(row["key"], {}).update(row["counts"])
    return found
