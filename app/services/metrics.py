"""Prometheus figures of this process and, at scrape time, of the installation."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest, multiprocess

from app.services.feed.hub import Hub
from app.services.installation import Installation
from app.services.sweep import lag

REQUEST_SECONDS = Histogram(
    "hotline_http_request_seconds",
    "Duration of HTTP requests.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35),
)
"""Counts (requests) and durations by route template: no ticket number ever becomes a label."""

_COUNTS = """
SELECT 'request' AS what, state, count(*) AS n FROM service_request GROUP BY state
UNION ALL SELECT 'order', state, count(*) FROM work_order GROUP BY state
UNION ALL SELECT 'callback', 'due', count(*) FROM service_request WHERE state = 'resolved' AND callback_outcome IS NULL
"""


async def render(here: Installation, hub: Hub, at: datetime, multiprocess_dir: str | None) -> bytes:
    """The whole page in the text format; figures of the database are read now."""
    registry = CollectorRegistry()
    if multiprocess_dir:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUEST_SECONDS)
    pool = here.database.pool
    _gauge(registry, "hotline_database_pool_connections", "Open connections.", pool.get_size())
    _gauge(registry, "hotline_database_pool_idle", "Idle connections.", pool.get_idle_size())
    _gauge(registry, "hotline_feed_waiters", "Clients waiting in the feed (this process).", hub.waiting)
    async with here.database.connection() as connection:
        rows = await connection.fetch(_COUNTS)
        _gauge(registry, "hotline_clock_sweep_lag_seconds", "Lateness of the oldest alarm.", await lag(connection, at))
    requests = Gauge("hotline_requests", "Requests by state.", ["state"], registry=registry)
    orders = Gauge("hotline_work_orders", "Work orders by state.", ["state"], registry=registry)
    queues = Gauge("hotline_queue_depth", "Requests waiting for people.", ["queue"], registry=registry)
    queues.labels("dispatch").set(0)
    for row in rows:
        match row["what"]:
            case "request":
                requests.labels(row["state"]).set(row["n"])
                if row["state"] == "received":
                    queues.labels("dispatch").set(row["n"])
            case "order":
                orders.labels(row["state"]).set(row["n"])
            case _:
                queues.labels("callback").set(row["n"])
    return generate_latest(registry)


def _gauge(registry: CollectorRegistry, name: str, documentation: str, value: float) -> None:
    Gauge(name, documentation, registry=registry).set(value)
