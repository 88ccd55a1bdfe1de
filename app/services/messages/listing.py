"""What was sent to whom and what became of it, for those who look after it; and a hand to try again or to stop."""

from datetime import datetime, tzinfo
from typing import Any

from app.core.clock import now
from app.core.database import Connection, Row
from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import ConflictError, not_found
from app.domain.masking import mask_phone
from app.domain.messages import RETRIABLE, Audience, MessageState
from app.schemas.common import begin
from app.schemas.notifications import MessagePage
from app.services import views
from app.services.installation import Installation
from app.services.messages.addresses import address_of, masked_address
from app.services.personal import unseal
from app.services.visibility import visible_requests

_COLUMNS = """m.id, m.uid::text AS uid, r.ticket_no, m.audience, m.unit_code, m.contact_point_id, m.channel, m.template,
    m.state, m.urgent, m.joined, m.attempts, m.due_at, m.reason, m.title, m.body, m.gateway_id, m.created_at, m.done_at"""
_HIDDEN = "r.requester, r.confidential, r.anonymous, r.kind, c.kind AS contact_kind, c.address"
_FROM = "FROM message m JOIN service_request r ON r.id = m.request_id LEFT JOIN contact_point c ON c.id = m.contact_point_id"
_OWN = frozenset({"requester", "confidential", "anonymous", "kind", "contact_kind", "address"})


async def list_messages(here: Installation, actor: Actor, page: MessagePage) -> dict[str, Any]:
    """Messages about requests that the actor may see, newest first; one statement."""
    sql = Sql()
    conditions = [*visible_requests(actor, sql, listing=True), *_conditions(page, here.settings.zone, sql)]
    if page.cursor:
        conditions.append(f"m.id < {sql.arg(decode_cursor(page.cursor, int)[0])}")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"SELECT {_COLUMNS}, {_HIDDEN} {_FROM} WHERE {conjunction(conditions)} ORDER BY m.id DESC "
            f"LIMIT {sql.arg(page.limit + 1)}",
            *sql.args,
        )
    shown = rows[: page.limit]
    return {
        "items": [_view(here, actor, row) for row in shown],
        "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > page.limit else None,
    }


def _conditions(page: MessagePage, zone: tzinfo, sql: Sql) -> list[str]:
    wanted = (
        ("r.ticket_no =", page.ticket_no),
        ("m.state =", page.state),
        ("m.channel =", page.channel),
        ("m.unit_code =", page.unit),
        ("m.created_at >=", None if page.since is None else begin(page.since, zone)),
    )
    return [f"{condition} {sql.arg(value)}" for condition, value in wanted if value is not None]


async def retry_message(here: Installation, actor: Actor, key: int) -> dict[str, Any]:
    """Have one that failed, was skipped or cancelled tried again at once; raises NotFoundError, ConflictError."""
    return await _turn(here, actor, key, RETRIABLE, MessageState.WAITING)


async def cancel_message(here: Installation, actor: Actor, key: int) -> dict[str, Any]:
    """Stop one that waits; raises NotFoundError, ConflictError."""
    return await _turn(here, actor, key, (MessageState.WAITING,), MessageState.CANCELLED)


async def _turn(
    here: Installation, actor: Actor, key: int, sources: tuple[MessageState, ...], to: MessageState
) -> dict[str, Any]:
    async def work(connection: Connection) -> dict[str, Any]:
        row = await _locked(connection, actor, key)
        waits = to is MessageState.WAITING and await connection.fetchval(_ANOTHER_WAITS, key)
        if row["state"] not in sources or waits:
            raise ConflictError(
                "该消息当前不能执行此操作（已发送、正在发送，或同一事项已有消息待发）。",
                "Not possible now: it is sent or being sent, or another one about the same matter waits.",
                code="message-state",
            )
        await _set(connection, key, to, now())
        return _view(here, actor, await _read(connection, actor, key))

    return await here.database.transaction(work)


_ANOTHER_WAITS = """
SELECT EXISTS (SELECT FROM message m JOIN message w USING (recipient, request_id)
    WHERE m.id = $1 AND w.id <> m.id AND w.state = 'waiting')
"""


async def _set(connection: Connection, key: int, to: MessageState, at: datetime) -> None:
    done_at = None if to is MessageState.WAITING else at
    await connection.execute(
        "UPDATE message SET state = $2, due_at = $3, done_at = $4, attempts = 0, reason = NULL WHERE id = $1",
        key,
        to.value,
        at,
        done_at,
    )


async def _locked(connection: Connection, actor: Actor, key: int) -> Row:
    return await _read(connection, actor, key, "FOR UPDATE OF m")


async def _read(connection: Connection, actor: Actor, key: int, lock: str = "") -> Row:
    sql = Sql()
    conditions = [f"m.id = {sql.arg(key)}", *visible_requests(actor, sql)]
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS}, {_HIDDEN} {_FROM} WHERE {conjunction(conditions)} {lock}", *sql.args
    )
    if row is None:
        raise not_found()
    return row


def _view(here: Installation, actor: Actor, row: Row) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in _OWN}
    return {**shown, "recipient": _recipient(here, actor, row)}


def _recipient(here: Installation, actor: Actor, row: Row) -> str | None:
    """The masked address; nothing of a citizen whose identity this reader may not know."""
    if row["audience"] != Audience.CITIZEN:
        return masked_address(row["contact_kind"], address_of(here.keys, row["address"])) if row["address"] else None
    if row["anonymous"] or views.hides(dict(row), actor):
        return None
    return mask_phone(unseal(here.keys, row["requester"]).get("phone"))
