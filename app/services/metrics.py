"""Prometheus figures: what each process counts by itself, and at scrape time what the database knows.

With several processes the first kind lives in files that they share (PROMETHEUS_MULTIPROC_DIR) and is summed;
the second kind is read anew by whichever process is asked, so it must never pass through those files.
"""

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime

import asyncpg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core.database import UNAVAILABLE, Connection, Database
from app.domain.states import RequestState
from app.services.feed.waiters import WAITERS
from app.services.messages.channels.outcome import MESSAGES
from app.services.opinion.ask import SECOND_OPINIONS
from app.services.reading import LAG, READS, Reading
from app.services.state_counts import count
from app.services.sweep import lag

REQUEST_SECONDS = Histogram(
    "hotline_http_request_seconds",
    "Duration of HTTP requests.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35),
    registry=None,
)
"""Counts (requests) and durations by route template: no ticket number ever becomes a label."""
POOL = Gauge(
    "hotline_database_pool_connections",
    "Database connections of all processes, open and idle.",
    ["state"],
    multiprocess_mode="livesum",
    registry=None,
)
WORKER_RUNS = Counter(
    "hotline_worker_runs", "Runs of the worker's loops, by how they ended.", ["loop", "outcome"], registry=None
)
WEBHOOK_DELIVERIES = Counter(
    "hotline_webhook_deliveries", "Attempts at calling webhooks, by what they came to.", ["outcome"], registry=None
)
SHED = Counter("hotline_shed", "Calls and connections refused for lack of room, by class.", ["class"], registry=None)
_OWN: tuple[Collector, ...] = (
    REQUEST_SECONDS,
    SHED,
    READS,
    LAG,
    POOL,
    WORKER_RUNS,
    WAITERS,
    WEBHOOK_DELIVERIES,
    MESSAGES,
    SECOND_OPINIONS,
)
POOL_SAMPLE_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
"""A scrape that waits longer for the database tells what it knows without it."""

_CALLBACKS_DUE = "SELECT count(*) FROM service_request WHERE state = 'resolved' AND callback_outcome IS NULL"


class _Fixed(Collector):
    """Figures that were read for one scrape."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


async def render(database: Database, at: datetime) -> bytes:
    """The whole page in the text format; without the database's part when that is out of reach."""
    sample_pool(database)
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no annotations
    else:
        for collector in _OWN:
            registry.register(collector)
    registry.register(_Fixed(await _of_database(database, at)))
    return generate_latest(registry)


def sample_pool(database: Database) -> None:
    """Write down how many connections this process has now."""
    size, idle = database.connections
    POOL.labels("busy").set(size - idle)
    POOL.labels("idle").set(idle)


async def keep_sampling(database: Database, reading: Reading | None = None) -> None:
    """Keep this process's share of the pool figures fresh, for whichever process is asked."""
    while True:
        sample_pool(database)
        if reading is not None:
            reading.sample()
        await asyncio.sleep(POOL_SAMPLE_SECONDS)


async def _of_database(database: Database, at: datetime) -> list[GaugeMetricFamily]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), database.connection() as connection:
            return [_family("hotline_database_up", "Whether the database answers.", 1.0), *await _read(connection, at)]
    except (*UNAVAILABLE, asyncpg.PostgresError):
        return [_family("hotline_database_up", "Whether the database answers.", 0.0)]


async def _read(connection: Connection, at: datetime) -> list[GaugeMetricFamily]:
    counts = await count(connection)
    waiting = float(await connection.fetchval(_CALLBACKS_DUE) or 0)
    queues = {"dispatch": counts["request"][RequestState.RECEIVED], "callback": waiting}
    late = await lag(connection, at)
    return [
        _family("hotline_requests", "Requests by state.", counts["request"], "state"),
        _family("hotline_work_orders", "Work orders by state.", counts["order"], "state"),
        _family("hotline_queue_depth", "Requests waiting for people.", queues, "queue"),
        _family("hotline_clock_sweep_lag_seconds", "Lateness of the oldest alarm.", late),
    ]


def _family(name: str, documentation: str, value: float | dict[str, float], label: str = "") -> GaugeMetricFamily:
    if isinstance(value, dict):
        family = GaugeMetricFamily(name, documentation, labels=[label])
        for key, number in value.items():
            family.add_metric([key], number)
        return family
    return GaugeMetricFamily(name, documentation, value=value)
