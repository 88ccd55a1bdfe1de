"""Reads the aggregate that a step is about: the request, the order it concerns, the orders that help it.

The request's row is the lock: `lock` takes it, `look` only remembers which version of the row it saw. Rows that the
actor may not see are not found. What `lock` reads beside the locked rows it reads in a second statement: after waiting
for the lock, only a new snapshot shows it as it is now.
"""

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
_SEEN = {
    Subject.WORK_ORDER: f"""
SELECT {REQUEST_LIST}, {ORDER_LIST}, r.xmin AS seen
FROM service_request r JOIN work_order o ON o.request_id = r.id""",
    Subject.REQUEST: f"""
SELECT {REQUEST_LIST}, {ORDER_LIST}, r.xmin AS seen
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no""",
}
_ORDERS = f"""
SELECT {", ".join(f"o.{name}" for name in ORDER_COLUMNS)}, r.xmin AS seen
FROM work_order o JOIN service_request r ON r.id = o.request_id
WHERE o.request_id = $1 AND (o.work_order_no = $2 OR (o.role <> 'lead' AND o.state IN ({_OPEN}))) ORDER BY o.id
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
    on, head = _reached_by(subject, number)
    rows = await (_lock_order if on is Subject.WORK_ORDER else _lock_request)(connection, actor, head)
    if subject in RECORDS:
        rows.record, _ = await _record(connection, actor, RECORDS[subject], number)
    return rows


async def look(connection: Connection, actor: Actor, subject: Subject, number: str) -> Aggregate | None:
    """As `lock`, holding nothing; None when the request was changed while its rows were being read.

    One statement sees one instant, and where a second one is needed it must find the request as the first has `seen`
    it. Whoever changes any row of the aggregate changes the request's, so what is written afterwards need only find
    that row the same once more.
    """
    on, head = _reached_by(subject, number)
    sql = Sql()
    if on is Subject.WORK_ORDER:
        conditions = [f"o.work_order_no = {sql.arg(head)}", *visible_orders(actor, sql)]
    else:
        conditions = [f"r.ticket_no = {sql.arg(head)}", *visible_requests(actor, sql)]
    row = await connection.fetchrow(f"{_SEEN[on]} WHERE {conjunction(conditions)}", *sql.args)
    if row is None:
        raise not_found()
    request, order = split(row)
    rows, same = Aggregate(request, order, order, seen=row["seen"]), True
    if order is not None and (order["role"] != OrderRole.LEAD or order["open_helpers"]):
        same = await _add_orders(connection, rows)
    if subject in RECORDS:
        rows.record, seen = await _record(connection, actor, RECORDS[subject], number)
        same = same and seen == rows.seen
    return rows if same else None


def _reached_by(subject: Subject, number: str) -> tuple[Subject, str]:
    """Order or request, with its number, through which a step on a subject reaches the aggregate."""
    if subject not in RECORDS:
        return subject, number
    return Subject.WORK_ORDER if subject is Subject.APPLICATION else Subject.REQUEST, number.rpartition("-")[0]


async def _lock_order(connection: Connection, actor: Actor, number: str) -> Aggregate:
    sql = Sql()
    conditions = [f"o.work_order_no = {sql.arg(number)}", *visible_orders(actor, sql)]
    row = await connection.fetchrow(
        f"{_SEEN[Subject.WORK_ORDER]} WHERE {conjunction(conditions)} FOR UPDATE OF r, o", *sql.args
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


async def _add_orders(connection: Connection, rows: Aggregate) -> bool:
    """Load the lead and the open orders that help it; the order that the step is on is loaded already.

    False when that found the request in another version than `rows` have seen.
    """
    loaded = {rows.order["work_order_no"]: rows.order} if rows.order else {}
    found = await connection.fetch(_ORDERS, rows.request["id"], rows.request["lead_order_no"])
    for row in found:
        order = loaded.setdefault(row["work_order_no"], dict(zip(ORDER_COLUMNS, row.values(), strict=False)))
        if order["role"] in HELPERS:
            rows.helpers.append(order)
    rows.lead = loaded.get(rows.request["lead_order_no"])
    return bool(found) and found[0]["seen"] == rows.seen


async def _record(connection: Connection, actor: Actor, table: str, number: str) -> tuple[Values, int]:
    """The application or slip, and the version its request was seen in; a unit sees those of its own and of the units below it."""
    sql = Sql()
    conditions = [f"a.number = {sql.arg(number)}"]
    if not actor.sees_all:
        conditions.append(f"a.unit_code = ANY({sql.arg(list(actor.units), 'text[]')})")
    row = await connection.fetchrow(
        f"SELECT r.xmin AS seen, a.* FROM {table} a JOIN service_request r ON r.id = a.request_id "
        f"WHERE {conjunction(conditions)}",
        *sql.args,
    )
    if row is None:
        raise not_found()
    record = dict(row)
    return record, record.pop("seen")
