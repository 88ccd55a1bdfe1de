"""A page of a list as bytes: a statement says which rows stand on it, and what was shown of them before is not read again.

Rows are known by the transactions that wrote them (`xmin`), so one that changed is always read anew, in a second
statement; what ceased to belong on the page in between is left out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from app.core.database import Connection, Row
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.services.installation import Installation
from app.services.items import ORDER_ITEM, REQUEST_ITEM, Shaper

VERSIONS = "o.xmin AS o_xmin, r.xmin AS r_xmin"
"""What, beside the row's `id`, a list's statement must read for `orders` and `requests`."""
Conditions = Callable[[Sql], list[str]]
_ORDERS = (
    f"SELECT {ORDER_ITEM}, o.id AS row_id, {VERSIONS} FROM work_order o JOIN service_request r ON r.id = o.request_id"
)
_REQUESTS = f"""SELECT {REQUEST_ITEM}, r.id AS row_id, {VERSIONS}
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no"""


async def orders(
    here: Installation, connection: Connection, actor: Actor, rows: list[Row], conditions: Conditions, now: datetime
) -> list[orjson.Fragment]:
    """Items of these work orders; `conditions` are those that the rows were found by."""
    shaper = Shaper(here.reference.now, actor, now)
    return await _items(here, connection, actor, rows, (_ORDERS, "o.id"), conditions, shaper.order, now)


async def requests(
    here: Installation, connection: Connection, actor: Actor, rows: list[Row], conditions: Conditions, now: datetime
) -> list[orjson.Fragment]:
    """Items of these requests."""
    shaper = Shaper(here.reference.now, actor, now)
    return await _items(here, connection, actor, rows, (_REQUESTS, "r.id"), conditions, shaper.request, now)


async def _items(
    here: Installation,
    connection: Connection,
    actor: Actor,
    rows: list[Row],
    source: tuple[str, str],
    conditions: Conditions,
    shape: Callable[[Row], dict[str, Any]],
    now: datetime,
) -> list[orjson.Fragment]:
    statement, number = source
    kept, reader = here.kept, here.kept.of(here.reference.now, actor)
    found = {row["id"]: kept.find((number, row["id"], row["o_xmin"], row["r_xmin"], reader), now) for row in rows}
    missing = [row_id for row_id, item in found.items() if item is None]
    if missing:
        sql = Sql()
        where = conjunction([f"{number} = ANY({sql.arg(missing, 'bigint[]')})", *conditions(sql)])
        for row in await connection.fetch(f"{statement} WHERE {where}", *sql.args):
            item = shape(row)
            key = (number, row["row_id"], row["o_xmin"], row["r_xmin"], reader)
            found[row["row_id"]] = kept.keep(key, item, item["deadlines"], now)
    return [item for item in found.values() if item is not None]
