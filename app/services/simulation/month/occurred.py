"""Which rules a month has used, read from its history: each row of the workflow table, and each way it can go."""

from app.core.database import Connection
from app.domain.actors import SIMULATOR
from app.domain.workflow import TRANSITIONS

_KINDS = """
SELECT e.kind || CASE
    WHEN e.kind IN ('application.approved', 'application.refused', 'application.cancelled')
        THEN ' (' || (e.payload ->> 'kind') || ')'
    WHEN e.kind IN ('request.due_soon', 'request.overdue', 'work_order.due_soon', 'work_order.overdue')
        THEN ' (' || (e.payload ->> 'clock') || ')'
    WHEN e.kind IN ('request.reopened', 'request.resumed', 'request.rated') THEN ' by ' || e.actor_kind
    WHEN e.kind = 'request.dispatched' AND e.payload ->> 'forced' = 'true' THEN ' (forced)'
    WHEN e.kind = 'request.transferred' AND e.payload ? 'three_way' THEN ' (three-way call)'
    WHEN e.kind = 'request.unmerged' AND e.actor_kind = 'system' THEN ' (set free)'
    WHEN e.kind = 'work_order.withdrawn' AND e.payload ? 'mistake' THEN ' (slip of the hand)'
    ELSE '' END AS rule, count(*) AS n
FROM event e JOIN service_request r ON r.id = e.request_id
WHERE r.filed_by = $1 AND starts_with(r.external_ref, $2) GROUP BY 1
UNION ALL
SELECT 'call-back: ' || r.callback_outcome, count(*) FROM service_request r
WHERE r.callback_outcome IS NOT NULL AND r.filed_by = $1 AND starts_with(r.external_ref, $2) GROUP BY 1
ORDER BY 1
"""

WAYS = frozenset(
    {
        "application.approved (return)", "application.approved (extend)", "application.approved (hold)",
        "application.refused (return)", "application.refused (extend)", "application.refused (hold)",
        "application.cancelled (return)", "application.lapsed", "work_order.forced", "request.dispatched (forced)",
        "work_order.returned", "work_order.withdrawn (slip of the hand)", "help.received",
        "request.due_soon (dispatch)", "request.overdue (dispatch)",
        "work_order.due_soon (accept)", "work_order.due_soon (contact)", "work_order.due_soon (resolve)",
        "work_order.overdue (accept)", "work_order.overdue (contact)", "work_order.overdue (resolve)",
        "work_order.late", "work_order.escalated", "request.reopened by system", "request.reopened by user",
        "request.resumed by system", "request.resumed by user", "request.rated by citizen", "request.rated by user",
        "request.transferred (three-way call)", "request.unmerged (set free)",
        "call-back: unreachable", "call-back: refused", "call-back: reached",
    }
)  # fmt: skip
"""Ways that a month of any size should go at least once."""


async def occurred(connection: Connection, reference: str) -> dict[str, int]:
    """How often each rule was used by the requests whose reference begins so."""
    rows = await connection.fetch(_KINDS, SIMULATOR.name, reference)
    return {row["rule"]: row["n"] for row in rows}


def never(used: dict[str, int]) -> list[str]:
    """Rows of the workflow table and ways that did not occur."""
    kinds = {rule.partition(" ")[0] for rule in used}
    return sorted({row.event.value for row in TRANSITIONS} - kinds | WAYS - set(used))
