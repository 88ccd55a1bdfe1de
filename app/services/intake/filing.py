"""Files a request: two statements, whatever it carries, of which only the second writes: a transaction by itself.

The first allots the number and looks for what was there before (the same key, the same reference, the same
caller); the second writes request, lead order, events and the kept answer. Two equal calls at once meet at a
unique index: the loser is run again and finds the winner's answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.core.security import KeyRing, new_query_code
from app.core.sql import Expression, Sql
from app.domain.actors import SYSTEM, Actor
from app.domain.clocks import choose_policy, limit
from app.domain.errors import ConflictError
from app.domain.events import EventKind
from app.domain.states import RequestState
from app.schemas.requests import PublicRequestForm, RequestForm
from app.services.idempotency import Claim, keep, recall
from app.services.installation import Installation
from app.services.intake.answer import existing_answer, filed_answer
from app.services.intake.assess import Assessment, assess
from app.services.intake.candidates import insert_keys
from app.services.intake.checks import accused_in, channel_of, check
from app.services.intake.duplicates import earlier_sql, earlier_values, placed, said, same_matter, since
from app.services.personal import seal
from app.services.reference import Reference
from app.services.visibility import hidden_from
from app.services.workflow.rows import Aggregate, Values
from app.services.workflow.step import Step
from app.services.workflow.write import insert_events, orders, unit_closed, units
from app.settings import Settings

PHONE_PURPOSE, ID_PURPOSE, CODE_PURPOSE = "phone", "id_number", "query_code"


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filing: `new` False when it had been filed before (by key or reference)."""

    status: int
    body: dict[str, Any]
    new: bool


async def file_request(
    connection: Connection,
    actor: Actor,
    form: RequestForm | PublicRequestForm,
    *,
    installation: Installation,
    at: datetime,
    claim: Claim | None = None,
) -> Filed:
    """File a request, inside a transaction or without one (`Database.one_write`).

    Raises InvalidError for an unknown category or area, ConflictError when the idempotency key was used for
    another body.
    """
    reference, keys = installation.reference.now, installation.keys
    checked = check(form, reference)
    phone_hash = caller_hash(keys, form)
    what = said(actor, form, checked)
    earlier = earlier_values(actor, phone_hash, what.words, since(at, installation.settings.duplicate_days))
    before = await _look_before(connection, form, claim, earlier)
    if claim and (replay := recall(keys, claim, before)):
        return Filed(replay.status, replay.body, new=False)
    if before["earlier_ticket_no"]:
        return Filed(200, told_earlier(actor, before, checked.text), new=False)
    assessment = assess(form, checked, reference, matters=True)
    ticket_no = ticket_number(installation.settings, before["number"], at)
    query_code = new_query_code()
    step = new_step(installation, actor, form, assessment, ticket_no, at)
    body = filed_answer(step, assessment, query_code, same_matter(actor, before, what, placed(step.request, form)))
    columns = {
        **step.request,
        **content(form, assessment, body, keys, actor),
        "phone_hash": phone_hash,
        "query_code_hash": code_hash(keys, ticket_no, query_code),
    }
    kept = keep(keys, claim, 201, body, at) if claim else None
    await _write(connection, step, columns, what.found_by(step.request), kept)
    return Filed(201, body, new=True)


def told_earlier(actor: Actor, before: Any, text: str) -> dict[str, Any]:
    """What is told of the request that has this reference already; raises ConflictError for a stranger's."""
    hidden = hidden_from(actor, before) or (before["restricted"] and not actor.sees_restricted)
    if before["earlier_filed_by"] != actor.name and (hidden or not actor.sees_all):
        raise ConflictError(
            "该外部编号已被使用。", "This external_ref has been used by somebody else.", code="external-ref-taken"
        )
    # Who filed what it may no longer read is told what it was told then, not what has become of it.
    as_filed = {"earlier_state": RequestState.RECEIVED.value, "earlier_version": 1} if hidden else {}
    return existing_answer({**dict(before), **as_filed}, text)


def caller_hash(keys: KeyRing, form: RequestForm | PublicRequestForm) -> bytes | None:
    """Keyed hash of the caller's phone, by which earlier requests are found."""
    return keys.lookup_hash(form.requester.phone, PHONE_PURPOSE) if form.requester.phone else None


def ticket_number(settings: Settings, number: int, at: datetime) -> str:
    """The day in the city and a running number."""
    return f"{at.astimezone(settings.zone):%Y%m%d}{number:06d}"


def code_hash(keys: KeyRing, ticket_no: str, query_code: str) -> bytes:
    """How a query code is stored: bound to its ticket, worthless without the key."""
    return keys.lookup_hash(f"{ticket_no}:{query_code}", CODE_PURPOSE)


EARLIER = (
    "ticket_no AS earlier_ticket_no, state AS earlier_state, version AS earlier_version, "
    "filed_by AS earlier_filed_by, text AS earlier_text, restricted, accused_units"
)
"""Columns of a request that has the reference already, as `told_earlier` reads them."""
_LOOK_BEFORE = f"""
SELECT e.*, k.*,
    CASE WHEN e.earlier_ticket_no IS NULL AND k.body_hash IS NULL THEN nextval('ticket_no_seq') END AS number,
    {earlier_sql(5)}
FROM (SELECT) one
LEFT JOIN LATERAL (
    SELECT {EARLIER} FROM service_request WHERE channel = $1 AND external_ref = $2) e ON true
LEFT JOIN LATERAL (
    SELECT body_hash, status, answer FROM idempotency_key WHERE scope = $3 AND key = $4) k ON true
"""


async def _look_before(
    connection: Connection,
    form: RequestForm | PublicRequestForm,
    claim: Claim | None,
    earlier: tuple[Any, ...],
) -> Any:
    reference = form.external_ref if isinstance(form, RequestForm) else None
    return await connection.fetchrow(
        _LOOK_BEFORE,
        channel_of(form),
        reference,
        claim.scope if claim else None,
        claim.key if claim else None,
        *earlier,
    )


def new_step(
    installation: Installation,
    actor: Actor,
    form: RequestForm | PublicRequestForm,
    assessment: Assessment,
    ticket_no: str,
    at: datetime,
) -> Step:
    """The request as received and, when the machine is sure, dispatched; with the events that tell it."""
    reference = installation.reference.now
    request = _received(reference, form, assessment, ticket_no, at)
    step = Step(actor, at, reference, installation.settings, Aggregate(request))
    step.tell(EventKind.REQUEST_RECEIVED, {"channel": request["channel"]}, to_state=request["state"])
    if assessment.sure:
        route = assessment.routes[0]
        step.open_lead(route.unit.code, route.reason)
        step.change_request(state=RequestState.ASSIGNED.value)
        step.tell(
            EventKind.REQUEST_DISPATCHED,
            {"unit_code": route.unit.code, "reason": route.reason, "rule_id": route.rule_id, "round": 1},
            from_state=RequestState.RECEIVED.value,
            to_state=RequestState.ASSIGNED.value,
            order=step.lead,
            actor=SYSTEM,
        )
    return step


def _received(
    reference: Reference, form: RequestForm | PublicRequestForm, assessment: Assessment, ticket_no: str, at: datetime
) -> Values:
    """The columns of a request as received; the centre's clock starts."""
    category_code = assessment.category.code if assessment.category else None
    policy = choose_policy(reference.policies, assessment.kind, assessment.urgency, category_code)
    dispatch_limit = limit(reference.calendar, policy.dispatch, at)
    return {
        "ticket_no": ticket_no,
        "state": RequestState.RECEIVED.value,
        "version": 0,
        "round": 1,
        "kind": assessment.kind.value,
        "urgency": assessment.urgency.value,
        "channel": channel_of(form),
        "title": assessment.title,
        "category_code": category_code,
        "area_code": assessment.area_code,
        "confidential": form.confidential,
        "restricted": assessment.restricted,
        "accused_units": accused_in(form),
        "lead_order_no": None,
        "orders_opened": 0,
        "dispatched_at": None,
        "returns_in_round": 0,
        "extensions_in_round": 0,
        "holds_in_round": 0,
        "dispatch_soon_at": dispatch_limit.soon,
        "dispatch_due_at": dispatch_limit.due,
        "alarmed_until": at,
        "resolved_at": None,
        "closed_at": None,
        "callback_attempts": 0,
        "callback_outcome": None,
        "created_at": at,
        "updated_at": at,
    }


def content(
    form: RequestForm | PublicRequestForm,
    assessment: Assessment,
    body: dict[str, Any],
    keys: KeyRing,
    actor: Actor,
) -> Values:
    """The columns that a filing sets once."""
    person = form.requester
    return {
        "text": assessment.text,
        "original_text": form.text if form.text != assessment.text else None,
        "lat": form.location.lat if form.location else None,
        "lon": form.location.lon if form.location else None,
        "requester": seal(keys, person.name, person.phone, person.id_number, form.address),
        "id_number_hash": keys.lookup_hash(person.id_number, ID_PURPOSE) if person.id_number else None,
        "anonymous": form.anonymous,
        "publish_consent": form.publish_consent,
        "notify": form.notify,
        "external_ref": form.external_ref if isinstance(form, RequestForm) else None,
        "filed_by": actor.name,
        "classification": body["classification"],
        "routing": {"alternatives": body["suggested_units"]},
        "search": assessment.tokens,
    }


async def _write(connection: Connection, step: Step, columns: Values, words: list[str], kept: Values | None) -> None:
    """Write all or nothing: every part draws on the one before, and the first on the unit, which must be open."""
    sql = Sql()
    columns["search"] = Expression(f"to_tsvector('simple', {sql.arg(columns['search'])})")
    parts = units(sql, step)
    source = "u0" if step.new_orders else ""  # no order, or the lead
    parts.append(f"r AS ({sql.insert('service_request', columns, source)} RETURNING id)")
    parts += orders(sql, step, "r")
    parts.append(f"e AS ({insert_events(sql, step.events, 'r')})")
    if words:
        parts.append(f"w AS ({insert_keys(sql, words, step.at, 'r')})")
    if kept:
        parts.append(f"k AS ({sql.insert('idempotency_key', kept, 'r')})")
    if not await connection.fetchval(f"WITH {', '.join(parts)} SELECT count(*) FROM r", *sql.args):
        raise unit_closed()
