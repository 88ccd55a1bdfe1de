"""Reads what a list shows page by page and writes it out: no statement is long, nothing is held while a slow reader waits.

The pages follow the rows' numbers downwards, so no row comes twice; what is filed after the beginning is left out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

from app.core.database import Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.schemas.filters import FileFormat
from app.services import requests, views, work_orders
from app.services.exports.columns import ORDER_COLUMNS, REQUEST_COLUMNS, Column, values
from app.services.exports.files import csv_heading, csv_lines, json_lines
from app.services.installation import Installation
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split

PAGE = 500
SLICE = 50
"""Rows written in one go; then others have their turn in this process."""
Item = dict[str, Any]
Reader = Callable[[int | None], Awaitable[list[Row]]]
"""The rows with smaller numbers than the given one, largest first."""


async def export_requests(
    here: Installation, actor: Actor, wanted: requests.RequestFilter, file: FileFormat, now: datetime
) -> AsyncIterator[bytes]:
    """The parts of the file; the first page is read before this returns, so that an outage is an answer."""

    async def read(before: int | None) -> list[Row]:
        sql = Sql()
        conditions = requests.conditions_for(here, actor, wanted, sql, now)
        if before is not None:
            conditions.append(f"r.id < {sql.arg(before)}")
        query = f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST}, r.id AS row_number
            FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
            WHERE {conjunction(conditions)} ORDER BY r.id DESC LIMIT {PAGE}
        """
        async with here.database.connection() as connection:
            return await connection.fetch(query, *sql.args)

    def show(row: Row) -> Item:
        return views.request_item(*split(row), here.reference.now, actor, now)

    return await _begin(here, read, show, REQUEST_COLUMNS, file, now)


async def export_orders(
    here: Installation, actor: Actor, wanted: work_orders.DeskFilter, file: FileFormat, now: datetime
) -> AsyncIterator[bytes]:
    """The same for a desk, newest first."""

    async def read(before: int | None) -> list[Row]:
        sql = Sql()
        conditions = work_orders.conditions_for(actor, wanted, sql, now)
        if before is not None:
            conditions.append(f"o.id < {sql.arg(before)}")
        query = f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST}, o.id AS row_number
            FROM work_order o JOIN service_request r ON r.id = o.request_id
            WHERE {conjunction(conditions)} ORDER BY o.id DESC LIMIT {PAGE}
        """
        async with here.database.connection() as connection:
            return await connection.fetch(query, *sql.args)

    def show(row: Row) -> Item:
        request, order = split(row)
        return views.order_item(request, order or {}, here.reference.now, actor, now)

    return await _begin(here, read, show, ORDER_COLUMNS, file, now)


async def _begin(
    here: Installation,
    read: Reader,
    show: Callable[[Row], Item],
    columns: tuple[Column, ...],
    file: FileFormat,
    now: datetime,
) -> AsyncIterator[bytes]:
    first = await read(None)

    async def parts() -> AsyncIterator[bytes]:
        rows = first
        if file is FileFormat.CSV:
            yield csv_heading(columns)
        while rows:
            for start in range(0, len(rows), SLICE):
                shown = [values(columns, show(row), now, here.settings.zone) for row in rows[start : start + SLICE]]
                yield csv_lines(columns, shown) if file is FileFormat.CSV else json_lines(shown)
                await asyncio.sleep(0)
            rows = await read(rows[-1]["row_number"]) if len(rows) == PAGE else []

    return parts()
