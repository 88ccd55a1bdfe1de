"""The full history of one request (办理过程), as far as the reader may read it."""

from typing import Any

from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.events import EventKind
from app.services import views
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.visibility import visible_requests

CENTRE_ONLY = [EventKind.IDENTITY_REVEALED.value, EventKind.REQUEST_SHIELDED.value]
"""Events that no unit reads: who looked at an identity, and who is shut out."""
_EVENT = (
    "seq", "at", "kind", "work_order_no", "unit_code", "actor_kind", "actor", "from_state", "to_state", "request_state",
    "payload",
)  # fmt: skip


async def read_timeline(here: Installation, actor: Actor, ticket_no: str) -> dict[str, Any]:
    """The full history of a request in order; one statement.

    A unit reads the events of its own orders and of the request, not those of other units' orders, and no
    records of reveals.
    """
    sql = Sql()
    conditions = [f"r.ticket_no = {sql.arg(ticket_no)}", *visible_requests(actor, sql)]
    shown = ["e.request_id = r.id"]
    if not actor.sees_all:
        shown.append(f"(e.unit_code IS NULL OR e.unit_code = ANY({sql.arg(list(actor.units), 'text[]')}))")
        shown.append(f"e.kind <> ALL({sql.arg(CENTRE_ONLY, 'text[]')})")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"""
            SELECT {", ".join(f"e.{name}" for name in _EVENT)}, r.kind AS request_kind, r.confidential, r.requester
            FROM service_request r LEFT JOIN event e ON {conjunction(shown)}
            WHERE {conjunction(conditions)} ORDER BY e.seq
            """,
            *sql.args,
        )
    if not rows:
        raise not_found()
    items = [{name: row[name] for name in _EVENT} for row in rows if row["seq"] is not None]
    about = rows[0]
    if views.hides({"kind": about["request_kind"], "confidential": about["confidential"]}, actor):
        known = unseal(here.keys, about["requester"]).values()
        items = [{**item, "payload": views.masked_payload(item["payload"], known, item["kind"])} for item in items]
    return {"ticket_no": ticket_no, "items": items}
