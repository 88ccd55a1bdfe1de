"""Which requests the simulator may touch, and where each of them stands."""

from collections.abc import Mapping
from typing import Any

from app.core.database import Connection
from app.domain.actors import SIMULATOR

FINAL = "('closed', 'declined', 'transferred', 'merged')"
SCOPE = f"(r.channel = 'import' OR r.filed_by = '{SIMULATOR.name}')"
"""What came in by the channel `import`, and the simulator's own: nothing that a citizen or operator filed."""

_STATE = f"""
SELECT r.ticket_no, r.state, r.kind, r.outcome, r.orders_opened, r.lead_order_no, r.callback_outcome, r.resolved_answer, r.satisfaction,
    r.restricted,
    r.callback_attempts, r.routing, r.accused_units, r.created_at, o.unit_code, o.state AS order_state, o.contacted_at,
    (SELECT count(*) FROM event e WHERE e.request_id = r.id AND e.work_order_no = r.lead_order_no
        AND e.kind = 'work_order.sent_back') AS sent_back,
    (SELECT count(*) FROM event e WHERE e.request_id = r.id AND e.work_order_no = r.lead_order_no
        AND e.kind = 'work_order.progressed') AS progressed
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
WHERE r.ticket_no = $1 AND {SCOPE}
"""


async def open_tickets(connection: Connection) -> list[str]:
    """Numbers of all requests in scope whose life is not over, oldest first."""
    rows = await connection.fetch(
        f"SELECT r.ticket_no FROM service_request r WHERE {SCOPE} AND r.state NOT IN {FINAL} ORDER BY r.id"
    )
    return [row["ticket_no"] for row in rows]


async def ticket_state(connection: Connection, ticket_no: str) -> Mapping[str, Any]:
    """Where one request stands now."""
    row = await connection.fetchrow(_STATE, ticket_no)
    if row is None:
        raise LookupError(f"{ticket_no} is not the simulator's business")
    return dict(row)
