"""Writes a finished step: the request, its orders, the records beside them and the events, in one statement.

The statement's last part rings nothing itself: the trigger on `event` does.
"""

from typing import Any

from app.core.database import Connection
from app.core.sql import Expression, Sql
from app.domain.errors import ConflictError
from app.services.workflow.step import Step

EVENT_COLUMNS = """at timestamptz, kind text, seq int, work_order_no text, unit_code text, actor_kind text,
    actor text, from_state text, to_state text, request_state text,
    payload jsonb"""
_EVENT_NAMES = ", ".join(column.split()[0] for column in EVENT_COLUMNS.split(","))


def insert_events(sql: Sql, events: list[dict[str, Any]], request: str) -> str:
    """`INSERT INTO event …` for events of the request whose id the relation `request` holds."""
    return f"""
        INSERT INTO event (request_id, {_EVENT_NAMES})
        SELECT {request}.id, {", ".join(f"e.{name}" for name in _EVENT_NAMES.split(", "))}
        FROM {request}, jsonb_to_recordset({sql.arg(events)}) AS e({EVENT_COLUMNS})
        ORDER BY e.seq"""


async def write(connection: Connection, step: Step) -> None:
    """Write everything the step holds; the caller's transaction makes it one."""
    if not step.events:
        return
    sql = Sql()
    parts = [
        f"r AS (UPDATE service_request SET {sql.assignments(step.request_changes)} "
        f"WHERE id = {sql.arg(step.request['id'])} RETURNING id)"
    ]
    after = "r"
    for index, (number, changes) in enumerate(step.order_changes.items()):
        parts.append(
            f"o{index} AS (UPDATE work_order SET {sql.assignments(changes)} "
            f"WHERE work_order_no = {sql.arg(number)} RETURNING id)"
        )
        # The old lead must be closed before the new one opens: one open lead is a unique index.
        after += f" CROSS JOIN (SELECT count(*) FROM o{index}) AS closed{index}"
    parts += new_orders(sql, step, after)
    parts += _records(sql, step)
    parts.append(f"e AS ({insert_events(sql, step.events, 'r')})")
    await run(connection, sql, parts, step)


def new_orders(sql: Sql, step: Step, source: str) -> list[str]:
    """`n<i> AS (INSERT INTO work_order …)` each, for units that are open and stay so until the commit."""
    parts = []
    for index, order in enumerate(step.new_orders):
        unit = f"(SELECT FROM unit WHERE code = {sql.arg(order['unit_code'])} AND active FOR SHARE) AS open_unit"
        row = {"request_id": Expression("r.id"), **order}
        parts.append(f"n{index} AS ({sql.insert('work_order', row, f'{source} CROSS JOIN {unit}')} RETURNING id)")
    return parts


def _records(sql: Sql, step: Step) -> list[str]:
    parts = []
    for index, (table, row) in enumerate(step.new_records):
        parts.append(f"a{index} AS ({sql.insert(table, {'request_id': Expression('r.id'), **row}, 'r')})")
    for index, ((table, number), changes) in enumerate(step.record_changes.items()):
        parts.append(f"c{index} AS (UPDATE {table} SET {sql.assignments(changes)} WHERE number = {sql.arg(number)})")
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
