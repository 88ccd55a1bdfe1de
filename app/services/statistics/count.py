"""Counts everything in one statement, whatever the grouping; it reads what the period holds, once.

`filed` are the requests that the reader may see; of what units did, only that of the counted units is counted.
`orders` are the lead orders of those, and `counted` the requests that count for the units, each with its unit.
Orders and earlier ratings are looked up request by request: as joins (`OFFSET 0` keeps the planner from making them
that) it reads all that there ever were as soon as a month is asked for, and a city has years of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.core.sql import Sql, conjunction
from app.domain.states import OrderState, RequestState
from app.services.statistics.grouping import Grouping

Counts = dict[str | None, dict[str, Any]]
"""Group → counts by name; what did not happen is missing."""

_FINISHED = "r.state IN ('resolved', 'rated', 'closed') AND r.resolved_at IS NOT NULL"
_HOURS = f"CASE WHEN {_FINISHED} THEN extract(epoch FROM r.resolved_at - r.created_at) / 3600 END"
_VALID = "r.callback_outcome = 'reached' AND r.satisfaction IS NOT NULL"
_FILED = f"""
    SELECT r.id, r.lead_order_no, r.resolved_unit_code, r.rated_at, r.phone_hash, r.state, r.round,
        r.resolved_answer, r.satisfaction, {_FINISHED} AS finished, {_HOURS} AS hours,
        {_VALID} AS valid, {_VALID} AND r.rating_excluded IS NULL AS fair,
        r.state = 'received' AND r.dispatch_due_at <= {{now}} AS undispatched, {{request_key}} AS key
    FROM service_request r {{join}} WHERE {{conditions}}"""


def _clock(name: str, done: str) -> str:
    """Done in time, and decided: done, or too late already (a clock on hold decides nothing)."""
    return f"""o.{done} <= o.{name}_due_at AS {name}_in_time,
        o.{done} IS NOT NULL OR o.{name}_due_at <= {{now}} AND o.held_at IS NULL AS {name}_decided"""


_ORDERS = f"""
    SELECT s.id AS request_id, {{order_key}} AS key, o.unit_code, o.work_order_no = s.lead_order_no AS leads, o.state,
        o.state NOT IN ('withdrawn', 'returned') AS in_hand,
        {_clock("accept", "accepted_at")}, {_clock("contact", "contacted_at")}, {_clock("resolve", "submitted_at")},
        o.due_at <= {{now}} AS overdue, o.forced, o.escalated_at IS NOT NULL AS escalated
    FROM filed s CROSS JOIN LATERAL (
        SELECT * FROM work_order o WHERE o.request_id = s.id AND o.role = 'lead' AND {{own_orders}} OFFSET 0
    ) o"""
# A lead that is none of the counted units' is not among the orders: its request then has no unit here.
_UNIT = "CASE WHEN s.lead_order_no IS NULL THEN s.resolved_unit_code ELSE lead.unit_code END"
_COUNTED = """
    SELECT {counted_key} AS key, s.phone_hash, s.state, s.round, s.resolved_answer, s.satisfaction, s.finished,
        s.hours, s.valid, s.fair, s.undispatched
    FROM filed s LEFT JOIN orders lead ON lead.request_id = s.id AND lead.leads WHERE {own_requests}"""


def _ratings(which: str, prefix: str) -> str:
    return f"""count(*) FILTER (WHERE {which}) AS {prefix}_valid,
        count(*) FILTER (WHERE {which} AND resolved_answer = 'yes') AS {prefix}_yes,
        count(*) FILTER (WHERE {which} AND resolved_answer = 'partly') AS {prefix}_partly,
        count(*) FILTER (WHERE {which} AND satisfaction >= 3) AS {prefix}_satisfied"""


def _by_state(states: Iterable[str]) -> str:
    """How many are in which state, without a second look at all of them."""
    found = (f"'{state}', nullif(count(*) FILTER (WHERE state = '{state}'), 0)" for state in states)
    return f"jsonb_strip_nulls(jsonb_build_object({', '.join(found)}))"


_REQUEST_FIGURES = f"""
    SELECT key, count(*) AS filed,
        count(*) FILTER (WHERE finished) AS finished,
        count(*) FILTER (WHERE finished AND round = 1) AS finished_at_once,
        count(*) FILTER (WHERE round > 1) AS redone, coalesce(sum(round - 1), 0) AS redo_rounds,
        count(*) FILTER (WHERE undispatched) AS undispatched, avg(hours) AS mean_hours,
        {_ratings("valid", "raw")}, {_ratings("fair", "fair")},
        {_by_state(RequestState)} AS states
    FROM counted GROUP BY key"""
# Apart from the rest because it has to sort: two narrow columns rather than all.
_NINE_TENTHS = """
    SELECT key, percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) AS p90_hours FROM (
        SELECT key, hours::float8 AS hours FROM counted WHERE finished
    ) x GROUP BY key"""
_CALLERS = """
    SELECT key, count(*) AS callers, sum(n) AS calls FROM (
        SELECT key, count(*) AS n FROM counted WHERE phone_hash IS NOT NULL GROUP BY key, phone_hash HAVING count(*) >= 2
    ) x GROUP BY key"""


def _in_time(name: str) -> str:
    return f"""count(*) FILTER (WHERE in_hand AND {name}_in_time) AS {name}_in_time,
        count(*) FILTER (WHERE in_hand AND {name}_decided) AS {name}_decided"""


_ORDER_FIGURES = f"""
    SELECT key, count(*) FILTER (WHERE in_hand) AS dispatched, count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
        {_in_time("accept")}, {_in_time("contact")}, {_in_time("resolve")},
        count(*) FILTER (WHERE overdue) AS overdue, count(*) FILTER (WHERE forced) AS forced,
        count(*) FILTER (WHERE escalated) AS escalated, {_by_state(OrderState)} AS order_states
    FROM orders GROUP BY key"""
_EARLIER = """
    SELECT {event_key} AS key, count(*) AS earlier_valid,
        count(*) FILTER (WHERE e.payload ->> 'resolved' = 'yes') AS earlier_yes,
        count(*) FILTER (WHERE e.payload ->> 'resolved' = 'partly') AS earlier_partly,
        count(*) FILTER (WHERE (e.payload ->> 'satisfaction')::int >= 3) AS earlier_satisfied
    FROM filed s CROSS JOIN LATERAL (
        SELECT * FROM event e WHERE e.request_id = s.id AND e.kind = 'request.rated' AND {own_events} OFFSET 0
    ) e WHERE s.round > 1 AND (s.rated_at IS NULL OR e.at < s.rated_at) GROUP BY 1"""
_APPLICATIONS = """
    SELECT {application_key} AS key, count(*) FILTER (WHERE a.kind = 'return') AS return_asked,
        count(*) FILTER (WHERE a.kind = 'return' AND a.state = 'approved') AS returned,
        count(*) FILTER (WHERE a.state = 'approved' AND a.return_reason IN ('not_our_duty', 'not_our_area')) AS misdirected,
        count(*) FILTER (WHERE a.kind = 'extend' AND a.state = 'approved') AS extensions,
        count(*) FILTER (WHERE a.kind = 'hold' AND a.state = 'approved') AS holds
    FROM application a JOIN filed s ON s.id = a.request_id WHERE {own_applications} GROUP BY 1"""
_SLIPS = """
    SELECT {slip_key} AS key, count(*) AS slips, count(*) FILTER (WHERE v.state = 'open') AS slips_open,
        count(*) FILTER (WHERE v.state = 'open' AND v.reply_by <= {now}) AS slips_overdue
    FROM supervision v JOIN filed s ON s.id = v.request_id WHERE v.kind = 'slip' AND {own_slips} GROUP BY 1"""
_PARTS = (_REQUEST_FIGURES, _NINE_TENTHS, _CALLERS, _ORDER_FIGURES, _EARLIER, _APPLICATIONS, _SLIPS)
_STATEMENT = f"""
    WITH filed AS MATERIALIZED ({_FILED}), orders AS MATERIALIZED ({_ORDERS}), counted AS MATERIALIZED ({_COUNTED})
    {" UNION ALL ".join(f"SELECT key, to_jsonb(part) - 'key' AS counts FROM ({part}) part" for part in _PARTS)}"""
_UNIT_OF = {"orders": "o.unit_code", "events": "e.unit_code", "applications": "a.unit_code", "slips": "v.unit_code"}


async def count(
    connection: Connection,
    sql: Sql,
    conditions: Sequence[str],
    grouping: Grouping,
    units: list[str] | None,
    now: datetime,
) -> Counts:
    """All counts of the requests that fulfil the conditions; one statement."""
    mine = "TRUE" if units is None else "{} = ANY(" + sql.arg(units, "text[]") + ")"
    names = {
        "request_key": grouping.key,
        "join": grouping.join,
        "conditions": conjunction(conditions),
        "counted_key": _UNIT if grouping.by_unit else "s.key",
        "own_requests": mine.format(_UNIT),
        "now": sql.arg(now, "timestamptz"),
    }
    for what, unit in _UNIT_OF.items():
        names[f"own_{what}"] = mine.format(unit)
        names[f"{what.removesuffix('s')}_key"] = unit if grouping.by_unit else "s.key"
    found: Counts = {}
    for row in await connection.fetch(_STATEMENT.format(**names), *sql.args):
        found.setdefault(row["key"], {}).update(row["counts"])
    return found
