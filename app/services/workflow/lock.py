"""Locks and reads the aggregate that a step is about: the request, and the order it concerns.

The request's row is the lock. Rows that the actor may not see are not found.
"""

from app.core.database import Connection, Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.workflow import Subject
from app.models import metadata
from app.services.visibility import visible_orders, visible_requests
from app.services.workflow.step import Values

_HEAVY = {"text", "original_text", "requester", "classification", "routing", "search", "rating_comment"}
_SECRET = {"query_code_hash", "phone_hash", "id_number_hash"}
REQUEST_COLUMNS = tuple(c.name for c in metadata.tables["service_request"].c if c.name not in _HEAVY | _SECRET)
ORDER_COLUMNS = tuple(c.name for c in metadata.tables["work_order"].c if c.name != "id")
REQUEST_LIST = ", ".join(f"r.{name}" for name in REQUEST_COLUMNS)
ORDER_LIST = ", ".join(f"o.{name} AS o_{name}" for name in ORDER_COLUMNS)


def split(row: Row) -> tuple[Values, Values | None]:
    """Request and order of a row that begins with `REQUEST_LIST, ORDER_LIST`; the order is None when there is none."""
    values = tuple(row.values())
    width = len(REQUEST_COLUMNS)
    request = dict(zip(REQUEST_COLUMNS, values[:width], strict=True))
    if row["o_work_order_no"] is None:
        return request, None
    return request, dict(zip(ORDER_COLUMNS, values[width : width + len(ORDER_COLUMNS)], strict=True))


async def lock(connection: Connection, actor: Actor, subject: Subject, number: str) -> tuple[Values, Values | None]:
    """The request and its lead order (or the order named `number`) under lock; raises NotFoundError."""
    if subject is Subject.WORK_ORDER:
        return await _lock_order(connection, actor, number)
    return await _lock_request(connection, actor, number)


async def _lock_order(connection: Connection, actor: Actor, number: str) -> tuple[Values, Values | None]:
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
    return split(row)


async def _lock_request(connection: Connection, actor: Actor, number: str) -> tuple[Values, Values | None]:
    """Two statements: after waiting for the lock, only a new snapshot shows the order as it is now."""
    sql = Sql()
    conditions = [f"r.ticket_no = {sql.arg(number)}", *visible_requests(actor, sql)]
    row = await connection.fetchrow(
        f"SELECT {REQUEST_LIST} FROM service_request r WHERE {conjunction(conditions)} FOR UPDATE OF r", *sql.args
    )
    if row is None:
        raise not_found()
    request = dict(row)
    if request["lead_order_no"] is None:
        return request, None
    order = await connection.fetchrow(
        f"SELECT {', '.join(ORDER_COLUMNS)} FROM work_order WHERE work_order_no = $1", request["lead_order_no"]
    )
    return request, dict(order) if order else None
