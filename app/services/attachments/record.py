"""Writes attachments down: the row, the request's count and the event in one transaction, under the request's lock."""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.core.sql import Expression, Sql
from app.domain.actors import Actor
from app.domain.attachments import hidden_name
from app.domain.errors import ConflictError, ForbiddenError, not_found
from app.domain.events import EventKind
from app.domain.permissions import Permission
from app.domain.states import FINAL_REQUEST_STATES, RequestState, Subject
from app.services.attachments.views import COLUMNS, Row, is_own
from app.services.installation import Installation
from app.services.workflow.lock import lock
from app.services.workflow.step import Step
from app.services.workflow.write import write

MOST_EVER = 9999
"""Numbers that a request can give to attachments, removed ones among them."""


def refuse_when_over(request: Row) -> None:
    """Raises ConflictError when the request has come to its end: its file is closed."""
    if RequestState(request["state"]) in FINAL_REQUEST_STATES:
        raise ConflictError(
            "这件诉求已经结束，不能再增减附件。",
            "The request has come to its end; its attachments can no longer be changed.",
            code="request-over",
        )


def too_many(most: int) -> ConflictError:
    """The request has as many files as it may."""
    return ConflictError(
        f"每件诉求最多上传 {most} 个附件。", f"A request may have {most} attachments.", code="too-many-attachments"
    )


async def _open(here: Installation, connection: Connection, actor: Actor, ticket_no: str, at: datetime) -> Step:
    rows = await lock(connection, actor, Subject.REQUEST, ticket_no)
    return Step(actor, at, here.reference.now, here.settings, rows)


async def record_added(
    here: Installation, connection: Connection, actor: Actor, ticket_no: str, file: dict[str, Any], at: datetime
) -> tuple[Row, Row]:
    """The request and the new row of a file that is stored already; raises NotFoundError, ConflictError."""
    step = await _open(here, connection, actor, ticket_no, at)
    refuse_when_over(step.request)
    n, most = step.request["attachments"] + 1, here.settings.attachments_per_request
    if n > MOST_EVER:
        raise too_many(most)
    sql = Sql()
    request_id = sql.arg(step.request["id"])
    units = sql.arg(list(actor.units), "text[]")
    new = {
        "number": f"{ticket_no}-F{n}",
        "request_id": Expression(request_id),
        "work_order_no": Expression(
            f"(SELECT o.work_order_no FROM work_order o WHERE o.request_id = {request_id} "
            f"AND o.unit_code = ANY({units}) ORDER BY o.id DESC LIMIT 1)"
        ),
        **file,
        "uploaded_by": actor.name,
        "uploaded_by_kind": actor.kind.value,
        "uploaded_at": at,
    }
    held = f"(SELECT count(*) AS n FROM attachment WHERE request_id = {request_id} AND removed_at IS NULL) AS held"
    insert = sql.insert("attachment", new, f"{held} WHERE held.n < {sql.arg(most)}")
    row = await connection.fetchrow(f"{insert} RETURNING {', '.join(COLUMNS)}", *sql.args)
    if row is None:
        raise too_many(most)
    step.change_request(attachments=n)
    step.tell(EventKind.ATTACHMENT_ADDED, _told(dict(row), n), order=step.order)
    await write(connection, step)
    return step.request, dict(row)


def _told(row: Row, n: int) -> dict[str, Any]:
    """What the event tells. No name: it may name somebody, and the history cannot be erased."""
    told = {"attachment": row["number"], "content_type": row["content_type"], "size": row["size"]}
    # A text makes the citizen see the event.
    return told | ({"public": hidden_name(n)} if row["public"] else {})


async def record_removed(here: Installation, connection: Connection, actor: Actor, number: str, at: datetime) -> str:
    """The storage key of an attachment that is removed by this; raises NotFoundError, ForbiddenError, ConflictError."""
    step = await _open(here, connection, actor, number.partition("-")[0], at)
    row = await connection.fetchrow(
        f"SELECT {', '.join(COLUMNS)} FROM attachment WHERE number = $1 AND removed_at IS NULL", number
    )
    if row is None:
        raise not_found()
    if not actor.may(Permission.REQUEST_DISPATCH):
        if not is_own(dict(row), actor):
            raise ForbiddenError(
                "只有上传人和派单员可以删除附件。", "Only who uploaded it and dispatchers may remove it."
            )
        refuse_when_over(step.request)
    await connection.execute(
        "UPDATE attachment SET removed_at = $2, removed_by = $3 WHERE number = $1", number, at, actor.name
    )
    step.tell(EventKind.ATTACHMENT_REMOVED, {"attachment": number}, order=step.order)
    await write(connection, step)
    return str(row["storage_key"])
