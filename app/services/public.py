"""What a citizen without account may read: progress like a parcel's, for ticket number and code.

A wrong number, a wrong code and a ticket that is not there look and cost the same; guesses are limited per
ticket and per address.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.core.database import Connection, Row
from app.core.security import normalise_query_code
from app.domain.actors import CITIZEN, ActorKind
from app.domain.errors import ThrottledError, not_found
from app.domain.events import PUBLIC_KINDS, STEP, EventKind
from app.domain.masking import mask_private
from app.domain.states import Subject
from app.domain.walking import Standing, available
from app.services.attachments.views import SHOWN_TO_CITIZENS, for_citizen
from app.services.installation import Installation
from app.services.intake.filing import code_hash
from app.services.reference import Reference
from app.services.throttle import SHARED, network_of, record_failure, seconds_left, spent_sql, window_start
from app.services.workflow.rows import position_of

_ORDER = "LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no"
_KINDS = ", ".join(f"'{kind}'" for kind in PUBLIC_KINDS)
_TEXT = """coalesce(e.payload ->> 'public',
    CASE WHEN e.kind = 'request.rated' AND e.actor_kind = 'citizen' THEN e.payload ->> 'comment' END)"""
"""What was said to the citizen, or the citizen's own words; what an agent noted on the telephone stays inside the house."""
_STEPS = f"""(SELECT json_agg(json_build_object('at', e.at, 'kind', e.kind, 'unit', e.unit_code, 'by', e.actor_kind,
        'text', {_TEXT}, 'source', (SELECT json_build_object('title', a.title, 'basis', a.basis)
            FROM knowledge_article a WHERE a.id = (e.payload ->> 'knowledge_id')::bigint)) ORDER BY e.seq)
     FROM event e WHERE e.request_id = r.id AND e.kind IN ({_KINDS}) AND NOT e.payload ? 'follower'
        AND (e.kind <> 'attachment.added' OR e.payload ? 'public'))"""


def _statement(columns: str, join: str = "") -> str:
    """Reads the ticket $1 that the hash $2 opens, and whether guessing has been overdone; always one row."""
    spent = spent_sql("$3", ("$4", "$5"), ("$6", "$7"), ("$8", "$9"))
    return f"""SELECT r.ticket_no, {columns}, {spent} AS spent
        FROM (SELECT) one LEFT JOIN service_request r ON r.ticket_no = $1 AND r.query_code_hash = $2 {join}"""


_OPEN = _statement(f"{SHOWN_TO_CITIZENS} AS attachments")
_LOOK_UP = _statement(
    f"""r.state, r.version, r.round, r.kind, r.confidential, r.title, r.category_code, r.area_code,
    r.callback_outcome, r.result, r.outcome, r.satisfaction, r.resolved_answer,
    r.created_at, r.hold_review_on, o.unit_code, o.resolve_due_at, o.state AS order_state, o.held_at,
    CASE WHEN r.version IS DISTINCT FROM $10 THEN {_STEPS} END AS steps,
    CASE WHEN r.version IS DISTINCT FROM $10 THEN {SHOWN_TO_CITIZENS} END AS attachments""",
    _ORDER,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the code opens. The version changes with every step; the body is empty for who has seen this one."""

    version: int
    body: dict[str, Any]

    @property
    def etag(self) -> str:
        """The version as HTTP names it."""
        return f'"{self.version}"'


async def look_up(
    here: Installation,
    connection: Connection,
    ticket_no: str,
    code: str,
    address: str,
    at: datetime,
    seen: int | None = None,
) -> Progress:
    """Progress of a request, unless it still is at the version that was `seen`; one statement when the code is right.

    Raises NotFoundError for a wrong number or code alike, ThrottledError after too many of them.
    """
    row = await _read(here, connection, _LOOK_UP, ticket_no, code, address, at, seen)
    return Progress(row["version"], {} if row["version"] == seen else _body(here.reference.now, row))


def _body(reference: Reference, row: Row) -> dict[str, Any]:
    steps = [_step(step, reference) for step in row["steps"] or []]
    return {
        "ticket_no": row["ticket_no"],
        "state": row["state"],
        "version": row["version"],
        "round": row["round"],
        "kind": row["kind"],
        "title": mask_private(row["title"]),
        "category_path": reference.names.category_path(row["category_code"]),
        "area_name": reference.names.area(row["area_code"]),
        "unit": reference.names.unit(row["unit_code"]),
        "expected_at": row["resolve_due_at"] if row["held_at"] is None else None,
        "review_on": row["hold_review_on"],
        "result": mask_private(row["result"]) if row["result"] else None,
        "outcome": row["outcome"],
        "rating": {"resolved": row["resolved_answer"], "satisfaction": row["satisfaction"]}
        if row["satisfaction"]
        else None,
        "created_at": row["created_at"],
        "timeline": steps,
        "attachments": [for_citizen(item) for item in row["attachments"] or []],
        "available_actions": _actions(*(row[name] for name in _STANDS)),
    }


async def open_ticket(
    here: Installation, connection: Connection, ticket_no: str, code: str, address: str, at: datetime
) -> Row:
    """Number and public `attachments` of the request that the code opens; raises as `look_up`."""
    return await _read(here, connection, _OPEN, ticket_no, code, address, at)


async def _read(
    here: Installation,
    connection: Connection,
    statement: str,
    ticket_no: str,
    code: str,
    address: str,
    at: datetime,
    *further: Any,
) -> Row:
    most, network = here.settings.guess_attempts, network_of(address)
    # Per ticket and network, so that nobody can lock a stranger's ticket with a few wrong codes.
    buckets = {
        f"code:{ticket_no}:{network}": most,
        f"code:{ticket_no}": most * SHARED,
        f"code:address:{network}": most * SHARED,
    }
    opens = code_hash(here.keys, ticket_no, normalise_query_code(code))
    limits = (value for pair in buckets.items() for value in pair)
    row = await connection.fetchrow(statement, ticket_no, opens, window_start(at), *limits, *further)
    if row is None:
        raise AssertionError("the statement always yields one row")
    if row["spent"]:
        raise ThrottledError(seconds_left(at))
    if row["ticket_no"] is None:
        await record_failure(connection, buckets, at)
        raise not_found()
    return row


def _step(step: dict[str, Any], reference: Reference) -> dict[str, Any]:
    zh, en = STEP[EventKind(step["kind"])]
    text = step["text"]
    return {
        "at": step["at"],
        "kind": step["kind"],
        "step": zh,
        "step_en": en,
        "unit": reference.names.unit(step["unit"]) if step["by"] != ActorKind.CITIZEN else None,
        "text": mask_private(text) if text else None,
        "source": step["source"],
    }


_STANDS = ("state", "order_state", "callback_outcome", "kind", "confidential", "resolved_answer", "satisfaction")


@lru_cache(maxsize=2048)
def _actions(state: str, order_state: str | None, *about: Any) -> list[str]:
    """What the citizen may do now; where a request stands is one of a few dozen possibilities."""
    request = {"state": state, **dict(zip(_STANDS[2:], about, strict=True))}
    order = {"state": order_state} if order_state else None
    return list(available(position_of(request, order), Standing(CITIZEN.permissions), Subject.REQUEST))
