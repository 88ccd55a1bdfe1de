"""Locks and reads the aggregate that a step is about: the request, the order it concerns, the orders that help it.

The request's row is the lock. Rows that the actor may not see are not found. What is read beside the locked rows is
read in a second statement: after waiting for the lock, only a new snapshot shows it as it is now.
"""

from typing import Any

from app.core.database import Connection, Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.states import HELPERS, OPEN_ORDER_STATES, OrderRole, Subject
from app.services.visibility import visible_orders, visible_requests
from app.services.workflow.columns import ORDER_COLUMNS as ORDER_COLUMNS
from app.services.workflow.columns import REQUEST_COLUMNS as REQUEST_COLUMNS
from app.services.workflow.rows import Aggregate, Values

REQUEST_LIST = ", ".join(f"r.{name}" for name in REQUEST_COLUMNS)
ORDER_LIST = ", ".join(f"o.{name} AS o_{name}" for name in ORDER_COLUMNS)
RECORDS = {Subject.APPLICATION: "application", Subject.SUPERVISION: "supervision"}
"""Subjects that are records beside an order, and their tables."""
_OPEN = ", ".join(f"'{state}'" for state in OPEN_ORDER_STATES)
_ORDERS = f"""
SELECT {", ".join(ORDER_COLUMNS)} FROM work_order
WHERE request_id = $1 AND (work_order_no = $2 OR (role <> 'lead' AND state IN ({_OPEN}))) ORDER BY id
"""


def split(row: Row) -> tuple[Values, Values | None]:
    """Request and order of a row that begins with `REQUEST_LIST, ORDER_LIST`; the order is None when there is none."""
    values = tuple(row.values())
    width = len(REQUEST_COLUMNS)
    request = dict(zip(REQUEST_COLUMNS, values[:width], strict=True))
    if row["o_work_order_no"] is None:
        return request, None
    return request, dict(zip(ORDER_COLUMNS, values[width : width + len(ORDER_COLUMNS)], strict=True))


async def lock(connection: Connection, actor: Actor, subject: Subject, number: str) -> Aggregate:
    """The aggregate that `number` (of a request, order, application or slip) belongs to; raises NotFoundError."""
    if subject is Subject.WORK_ORDER:
        return await _lock_order(connection, actor, number)
    if subject is Subject.REQUEST:
        return await _lock_request(connection, actor, number)
    head, _, _ = number.rpartition("-")
    on_order = subject is Subject.APPLICATION
    rows = await (_lock_order if on_order else _lock_request)(connection, actor, head)
    rows.record = await _record(connection, actor, RECORDS[subject], number)
    return rows


async def _lock_order(connection: Connection, actor: Actor, number: str) -> Aggregate:
    sql = Sql()
    conditions = [f"o.work_order_no = {sql.arg(number)}", *visible_orders(actor, sql)]
    row = await connection.fetchrow(
        f"""
        SELECT {REQUEST_LIST}, {ORDER_LIST}
        FROM service_request r JOIN work_order o ON o.request_id = r.id
        WHERE {conjunction(conditions)}
        FOR UPDATE OF r, o
        """,
        *sql.args,
    )
    if row is None:
        raise not_found()
    request, order = split(row)
    if order is None:
        raise AssertionError("an inner join yields an order")
    rows = Aggregate(request, order, order)
    if order["role"] != OrderRole.LEAD or order["open_helpers"]:
        await _add_orders(connection, rows)
    return rows


async def _lock_request(connection: Connection, actor: Actor, number: str) -> Aggregate:
    sql = Sql()
    conditions = [f"r.ticket_no = {sql.arg(number)}", *visible_requests(actor, sql)]
    row = await connection.fetchrow(
        f"SELECT {REQUEST_LIST} FROM service_request r WHERE {conjunction(conditions)} FOR UPDATE OF r", *sql.args
    )
    if row is None:
        raise not_found()
    rows = Aggregate(dict(row))
    if rows.request["lead_order_no"] is not None:
        await _add_orders(connection, rows)
        rows.order = rows.lead
    return rows


async def _add_orders(connection: Connection, rows: Aggregate) -> None:
    """Load the lead and the open orders that help it; the order that the step is on is loaded already."""
    loaded = {rows.order["work_order_no"]: rows.order} if rows.order else {}
    for row in await connection.fetch(_ORDERS, rows.request["id"], rows.request["lead_order_no"]):
        order = loaded.setdefault(row["work_order_no"], dict(row))
        if order["role"] in HELPERS:
            rows.helpers.append(order)
    rows.lead = loaded.get(rows.request["lead_order_no"])


async def _record(connection: Connection, actor: Actor, table: str, number: str) -> dict[str, Any]:
    """The application or slip; a unit sees those of its own and of the units below it."""
    sql = Sql()
    conditions = [f"number = {sql.arg(number)}"]
    if not actor.sees_all:
        conditions.append(f"unit_code = ANY({sql.arg(list(actor.units), 'text[]')})")
    row = await connection.fetchrow(f"SELECT * FROM {table} WHERE {conjunction(conditions)}", *sql.args)
    if row is None:
        raise not_found()
    return dict(row)
