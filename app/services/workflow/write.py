"""Writes a finished step: the request, its order, a new order and the events, in one statement.

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
    if step.order_changes:
        parts.append(
            f"o AS (UPDATE work_order SET {sql.assignments(step.order_changes)} "
            f"WHERE work_order_no = {sql.arg(step.changed_order_no)} RETURNING id)"
        )
        # The old lead must be closed before the new one opens: one open lead is a unique index.
        after = "r CROSS JOIN (SELECT count(*) FROM o) AS closed"
    if step.new_order:
        parts.append(insert_order(sql, step.new_order, after))
    parts.append(f"e AS ({insert_events(sql, step.events, 'r')})")
    await run(connection, sql, parts, step)


def insert_order(sql: Sql, order: dict[str, Any], source: str) -> str:
    """`n AS (INSERT INTO work_order …)`, for a unit that is open and stays so until the commit."""
    unit = f"(SELECT FROM unit WHERE code = {sql.arg(order['unit_code'])} AND active FOR SHARE) AS open_unit"
    row = {"request_id": Expression("r.id"), **order}
    return f"n AS ({sql.insert('work_order', row, f'{source} CROSS JOIN {unit}')} RETURNING id)"


async def run(connection: Connection, sql: Sql, parts: list[str], step: Step) -> None:
    """Send the statement; raises ConflictError when the new order's unit was closed at this moment."""
    opened = "(SELECT count(*) FROM n)" if step.new_order else "1"
    if not await connection.fetchval(f"WITH {', '.join(parts)} SELECT {opened}", *sql.args):
        raise ConflictError(
            "该承办单位刚刚停用，请改派其他单位。",
            "The unit was closed at this moment; choose another.",
            code="unit-closed",
        )
