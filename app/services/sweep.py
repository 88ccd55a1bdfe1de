"""Sweeps the clocks: raises every alarm that has come due, through the rows' lock, each exactly once.

Finds its work by two partial indexes on the next alarm; a row that another process holds is left for the
next sweep, so any number of workers may sweep at once.
"""

from datetime import datetime

import structlog

from app.core.database import Connection
from app.domain.actors import SYSTEM
from app.domain.states import Subject
from app.services.installation import Installation
from app.services.workflow.alarms import raise_due_alarms
from app.services.workflow.lock import ORDER_COLUMNS, REQUEST_LIST, lock
from app.services.workflow.rows import Aggregate, Values
from app.services.workflow.step import Step
from app.services.workflow.write import write

log = structlog.get_logger(__name__)
BATCH = 100

_DUE = f"""
SELECT {REQUEST_LIST} FROM service_request r
WHERE r.id IN (
    (SELECT id FROM service_request WHERE alarm_at <= $1 AND id <> ALL ($3::bigint[]) ORDER BY alarm_at LIMIT $2)
    UNION
    (SELECT request_id FROM work_order WHERE alarm_at <= $1 AND request_id <> ALL ($3::bigint[])
     ORDER BY alarm_at LIMIT $2))
ORDER BY r.id
FOR UPDATE OF r SKIP LOCKED
"""
_ORDERS = f"SELECT {', '.join(ORDER_COLUMNS)} FROM work_order WHERE request_id = ANY($1) AND alarm_at <= $2"
_NEXT = """
SELECT least((SELECT min(alarm_at) FROM service_request WHERE alarm_at IS NOT NULL),
             (SELECT min(alarm_at) FROM work_order WHERE alarm_at IS NOT NULL))
"""


async def sweep(here: Installation, at: datetime) -> int:
    """Raise all alarms due at `at`; returns how many. Each batch is a short transaction of its own."""
    total, broken = 0, list[int]()
    while True:
        known = len(broken)
        raised = await here.database.transaction(lambda connection: _sweep_batch(connection, here, at, broken))
        if not raised and len(broken) == known:
            return total
        total += raised


async def sweep_one(here: Installation, ticket_no: str, at: datetime) -> int:
    """Raise the alarms of one request that are due at `at`; returns how many."""

    async def work(connection: Connection) -> int:
        rows = await lock(connection, SYSTEM, Subject.REQUEST, ticket_no)
        step = Step(SYSTEM, at, here.reference.now, here.settings, rows)
        raised = raise_due_alarms(step)
        await write(connection, step)
        return raised

    return await here.database.transaction(work)


async def _sweep_batch(connection: Connection, here: Installation, at: datetime, broken: list[int]) -> int:
    """One batch; a request that cannot be handled is put among the `broken`, so that it holds up no other."""
    requests = [dict(row) for row in await connection.fetch(_DUE, at, BATCH, broken)]
    if not requests:
        return 0
    orders: dict[int, list[Values]] = {}
    for row in await connection.fetch(_ORDERS, [request["id"] for request in requests], at):
        orders.setdefault(row["request_id"], []).append(dict(row))
    raised = 0
    for request in requests:
        rows = Aggregate(request, helpers=orders.get(request["id"], []))
        step = Step(SYSTEM, at, here.reference.now, here.settings, rows)
        try:
            raised_here = raise_due_alarms(step)
        except (LookupError, ValueError, TypeError) as error:
            log.error("sweep.broken", ticket_no=request["ticket_no"], exc_info=error)
            broken.append(request["id"])
            continue
        await write(connection, step)
        raised += raised_here
    return raised


async def lag(connection: Connection, at: datetime) -> float:
    """Seconds by which the oldest alarm is late; zero when none is."""
    oldest = await connection.fetchval(_NEXT)
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0
