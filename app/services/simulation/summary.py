"""What came out: counts by state, on-time rates, satisfaction; read from the database as it is.

Formulas: domain guide §8. Response rate = contacted in time / dispatched; resolution = (resolved + ½ partly)
/ valid call-backs; satisfaction = (score ≥ 3) / valid call-backs.
"""

from typing import Any

from app.core.database import Connection

_ON_TIME = """
SELECT count(*) AS orders,
    count(*) FILTER (WHERE accepted_at <= accept_due_at) AS accepted_in_time,
    count(*) FILTER (WHERE accepted_at IS NOT NULL) AS accepted,
    count(*) FILTER (WHERE contacted_at <= contact_due_at) AS contacted_in_time,
    count(*) FILTER (WHERE submitted_at <= resolve_due_at) AS submitted_in_time,
    count(*) FILTER (WHERE submitted_at IS NOT NULL) AS submitted
FROM work_order WHERE role = 'lead' AND state <> 'withdrawn'
"""
_RATED = """
SELECT count(*) AS valid,
    count(*) FILTER (WHERE payload ->> 'resolved' = 'yes')
        + 0.5 * count(*) FILTER (WHERE payload ->> 'resolved' = 'partly') AS resolved,
    count(*) FILTER (WHERE (payload ->> 'satisfaction')::int >= 3) AS satisfied
FROM event WHERE kind = 'request.rated'
"""


async def summary(connection: Connection) -> dict[str, Any]:
    """The figures of the whole installation; a rate without a base is None."""
    requests = await connection.fetch("SELECT state, count(*) AS n FROM service_request GROUP BY state ORDER BY state")
    orders = await connection.fetch("SELECT state, count(*) AS n FROM work_order GROUP BY state ORDER BY state")
    on_time = await connection.fetchrow(_ON_TIME)
    rated = await connection.fetchrow(_RATED)
    if on_time is None or rated is None:
        raise AssertionError("aggregates always yield one row")
    return {
        "requests": {row["state"]: row["n"] for row in requests},
        "work_orders": {row["state"]: row["n"] for row in orders},
        "on_time": {
            "accept": _rate(on_time["accepted_in_time"], on_time["accepted"]),
            "contact": _rate(on_time["contacted_in_time"], on_time["orders"]),
            "resolve": _rate(on_time["submitted_in_time"], on_time["submitted"]),
        },
        "callbacks": {
            "valid": rated["valid"],
            "resolution_rate": _rate(rated["resolved"], rated["valid"]),
            "satisfaction_rate": _rate(rated["satisfied"], rated["valid"]),
        },
    }


def _rate(part: Any, whole: int) -> float | None:
    return round(float(part) / whole, 4) if whole else None
