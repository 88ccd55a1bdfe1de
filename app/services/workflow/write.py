"""Writes a finished step: the request, its orders, the records beside them and the events, in one statement.

The statement's last part rings nothing itself: the trigger on `event` does.
"""

from typing import Any

from app.core.database import Connection
from app.core.sql import Expression, Sql
from app.domain.errors import ConflictError
from app.services.workflow.rows import Values
from app.services.workflow.step import Step

EVENT_TYPES = {
    "at": "timestamptz",
    "kind": "text",
    "seq": "int",
    "work_order_no": "text",
    "unit_code": "text",
    "actor_kind": "text",
    "actor": "text",
    "from_state": "text",
    "to_state": "text",
    "request_state": "text",
    "payload": "jsonb",
}
"""Columns of an event that a step knows."""
_EVENT_NAMES = ", ".join(EVENT_TYPES)
_TOLD = ", ".join(f"e.{name}" for name in EVENT_TYPES)


def insert_events(sql: Sql, events: list[dict[str, Any]], request: str) -> str:
    """`INSERT INTO event …` for events of the request whose id the relation `request` holds, in their order."""
    rows = (f"({', '.join(sql.arg(event[name], cast) for name, cast in EVENT_TYPES.items())})" for event in events)
    in_order = " ORDER BY e.seq" if len(events) > 1 else ""
    return (
        f"INSERT INTO event (request_id, {_EVENT_NAMES}) SELECT {request}.id, {_TOLD} "
        f"FROM {request} CROSS JOIN (VALUES {', '.join(rows)}) AS e({_EVENT_NAMES}){in_order}"
    )


async def write(connection: Connection, step: Step) -> None:
    """Write everything the step holds; the caller's transaction, which holds the request's row, makes it one."""
    if step.events:
        sql = Sql()
        await run(connection, sql, _parts(sql, step, ""), step)


async def write_alone(connection: Connection, step: Step, kept: Values | None = None) -> bool:
    """Write a step, and the answer `kept` for its key, in a statement that is a transaction of its own.

    False: nothing was written, because the request has been changed since the step's rows were read, or the unit of
    a new order was closed.
    """
    sql = Sql()
    conditions = [
        f"xmin = {sql.arg(step.rows.seen)}",
        *(f"EXISTS (SELECT FROM u{i})" for i in range(len(step.new_orders))),
    ]
    parts = _parts(sql, step, "".join(f" AND {condition}" for condition in conditions))
    if kept is not None:
        parts.append(f"k AS ({sql.insert('idempotency_key', kept, 'r')})")
    return bool(await connection.fetchval(f"WITH {', '.join(parts)} SELECT count(*) FROM r", *sql.args))


def _parts(sql: Sql, step: Step, unchanged: str) -> list[str]:
    """The statement's parts; none of them does anything when the request is not found `unchanged`."""
    parts = [
        *units(sql, step),
        f"r AS (UPDATE service_request SET {sql.assignments(step.request_changes)} "
        f"WHERE id = {sql.arg(step.request['id'])}{unchanged} RETURNING id)",
    ]
    after = "r"
    for index, (number, changes) in enumerate(step.order_changes.items()):
        parts.append(
            f"o{index} AS (UPDATE work_order SET {sql.assignments(changes)} FROM r "
            f"WHERE work_order_no = {sql.arg(number)} AND request_id = r.id RETURNING r.id)"
        )
        # The old lead must be closed before the new one opens: one open lead is a unique index.
        after += f" CROSS JOIN (SELECT count(*) FROM o{index}) AS closed{index}"
    parts += orders(sql, step, after)
    parts += _records(sql, step)
    parts.append(f"e AS ({insert_events(sql, step.events, 'r')})")
    return parts


def units(sql: Sql, step: Step) -> list[str]:
    """`u<i> AS (…)` each: the unit of a new order, if it is open, which it then stays until the commit."""
    return [
        f"u{index} AS (SELECT FROM unit WHERE code = {sql.arg(order['unit_code'])} AND active FOR SHARE)"
        for index, order in enumerate(step.new_orders)
    ]


def orders(sql: Sql, step: Step, source: str) -> list[str]:
    """`n<i> AS (INSERT INTO work_order …)` each, for the request in the relation `r`, if `u<i>` found the unit open."""
    parts = []
    for index, order in enumerate(step.new_orders):
        row = {"request_id": Expression("r.id"), **order}
        parts.append(f"n{index} AS ({sql.insert('work_order', row, f'{source} CROSS JOIN u{index}')} RETURNING id)")
    return parts


def _records(sql: Sql, step: Step) -> list[str]:
    parts = []
    for index, (table, row) in enumerate(step.new_records):
        parts.append(f"a{index} AS ({sql.insert(table, {'request_id': Expression('r.id'), **row}, 'r')})")
    for index, ((table, number), changes) in enumerate(step.record_changes.items()):
        parts.append(
            f"c{index} AS (UPDATE {table} SET {sql.assignments(changes)} FROM r WHERE number = {sql.arg(number)})"
        )
    return parts


async def run(connection: Connection, sql: Sql, parts: list[str], step: Step) -> None:
    """Send the statement; raises ConflictError when a new order's unit was closed at this moment."""
    opened = " + ".join(f"(SELECT count(*) FROM n{index})" for index in range(len(step.new_orders))) or "0"
    if await connection.fetchval(f"WITH {', '.join(parts)} SELECT {opened}", *sql.args) != len(step.new_orders):
        raise unit_closed()


def unit_closed() -> ConflictError:
    """Why an order for a unit that is closed at this moment is not written."""
    return ConflictError(
        "该承办单位刚刚停用，请改派其他单位。",
        "The unit was closed at this moment; choose another.",
        code="unit-closed",
    )
