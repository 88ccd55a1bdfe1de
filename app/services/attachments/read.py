"""Lists attachments and opens their files, for whoever may see the request they belong to."""

from datetime import datetime
from typing import Any

from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import ForbiddenError, not_found
from app.services.attachments.views import COLUMNS, IN_ORDER, Row, is_withheld, item
from app.services.installation import Installation
from app.services.public import open_ticket
from app.services.visibility import visible_requests
from app.services.workflow.lock import REQUEST_COLUMNS, REQUEST_LIST

_FILE_LIST = ", ".join(f"a.{name} AS a_{name}" for name in COLUMNS)


def _split(row: Any) -> tuple[Row, Row]:
    values = dict(row)
    return {name: values[name] for name in REQUEST_COLUMNS}, {name: values[f"a_{name}"] for name in COLUMNS}


async def _rows(here: Installation, actor: Actor, column: str, value: str) -> list[Any]:
    sql = Sql()
    conditions = [f"{column} = {sql.arg(value)}", *visible_requests(actor, sql)]
    async with here.database.connection() as connection:
        return list(
            await connection.fetch(
                f"""
                SELECT {REQUEST_LIST}, {_FILE_LIST} FROM service_request r
                LEFT JOIN attachment a ON a.request_id = r.id AND a.removed_at IS NULL
                WHERE {conjunction(conditions)} ORDER BY {IN_ORDER}
                """,
                *sql.args,
            )
        )


async def list_attachments(here: Installation, actor: Actor, ticket_no: str) -> dict[str, Any]:
    """All attachments of a request, oldest first; one statement. Raises NotFoundError."""
    rows = [_split(row) for row in await _rows(here, actor, "r.ticket_no", ticket_no)]
    if not rows:
        raise not_found()
    return {"items": [item(request, row, actor) for request, row in rows if row["number"]]}


async def open_attachment(here: Installation, actor: Actor, number: str) -> Row:
    """The row of a file that the actor may have; raises NotFoundError, ForbiddenError."""
    rows = await _rows(here, actor, "a.number", number)
    if not rows:
        raise not_found()
    request, row = _split(rows[0])
    if is_withheld(request, row, actor):
        raise ForbiddenError(
            "本件诉求须保密，附件可能透露诉求人身份，您不能查看；如办理需要，请联系派单员。",
            "The matter is confidential and the file may show who asks; ask a dispatcher if you need it.",
        )
    return row


async def open_for_citizen(here: Installation, ticket_no: str, n: int, code: str, address: str, at: datetime) -> Row:
    """The row of a file that the citizen may see; one statement. Raises NotFoundError, ThrottledError."""
    async with here.database.connection() as connection:
        found = await open_ticket(here, connection, ticket_no, code, address, at)
    for row in found["attachments"] or []:
        if row["number"] == f"{ticket_no}-F{n}":
            return dict(row)
    raise not_found()
