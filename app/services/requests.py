"""Reads of requests: list and detail. Reads join freely; a list costs one to three statements, whatever its length."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.database import Connection, Row
from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.masking import mask_text
from app.domain.states import Subject
from app.services import pages, views
from app.services.installation import Installation
from app.services.intake.filing import PHONE_PURPOSE
from app.services.personal import masked, masked_place, unseal
from app.services.records import view as record_view
from app.services.replies import waiting_reply
from app.services.request_pages import RequestPage
from app.services.visibility import shield, visible_requests
from app.services.word_search import are_common, query_words
from app.services.workflow.lock import ORDER_COLUMNS, ORDER_LIST, REQUEST_LIST, split
from app.services.workflow.rows import Values

TICKET_NO = re.compile(r"\d{14}", re.ASCII)
_LIT = {
    "red": "{due} <= {now}",
    "yellow": "{due} > {now} AND {soon} <= {now}",
    "blue": "{due} > {now} AND {soon} > {now}",
}


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What a list of requests may be narrowed by, any of several values where they are several; None means any."""

    state: Sequence[str] | None = None
    kind: Sequence[str] | None = None
    category: Sequence[str] | None = None
    area: Sequence[str] | None = None
    unit: Sequence[str] | None = None
    urgency: Sequence[str] | None = None
    channel: Sequence[str] | None = None
    lamp: Sequence[str] | None = None
    desk: Sequence[str] | None = None
    phone: str | None = None
    text: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    restricted: bool | None = None
    master_no: str | None = None


def lit(lamps: Sequence[str], due: str, soon: str, at: str) -> str:
    """That one of these lamps shows at the bound instant `at`; `due`, `soon`: the columns of the limit and its warning."""
    return f"({' OR '.join(_LIT[lamp].format(due=due, soon=soon, now=at) for lamp in lamps)})"


async def list_requests(
    here: Installation, actor: Actor, wanted: RequestFilter, limit: int, cursor: str | None, now: datetime
) -> dict[str, Any]:
    """A page of requests, newest first: one statement, one more for items that were not shown before.

    A search for words asks first how common they are.
    """
    before = decode_cursor(cursor, int)[0] if cursor else None

    def still(again: Sql) -> list[str]:
        return [*visible_requests(actor, again), *_narrowed(here, actor, wanted, again, now)]

    async def read(connection: Connection) -> tuple[list[Row], list[Any]]:
        sql = Sql()
        words = _words(wanted)
        rare = words is not None and not await are_common(connection, words)
        few = rare or wanted.phone is not None or (wanted.text is not None and words is None)
        conditions = still(sql) if few else [*shield(actor, sql, "r"), *_narrowed(here, actor, wanted, sql, now)]
        page = RequestPage(sql, conditions, before=before, limit=limit + 1)
        if few:
            statement = page.of_hits(words) if rare and words else page.of_all()
        else:
            statement = _walk(here, actor, wanted, page)
        rows = await connection.fetch(statement, *sql.args)
        return rows, await pages.requests(here, connection, actor, rows[:limit], still, now)

    rows, items = await here.reading(read)
    return {"items": items, "next_cursor": encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None}


def _words(wanted: RequestFilter) -> str | None:
    """The words that a search is for; a ticket number is none."""
    return None if wanted.text is None or TICKET_NO.fullmatch(wanted.text) else query_words(wanted.text)


def _walk(here: Installation, actor: Actor, wanted: RequestFilter, page: RequestPage) -> str:
    """Where the page is looked for. Who does not see all sees the requests of its units, and its own."""
    if not actor.sees_all:
        return page.of_units(actor.units, actor)
    if wanted.unit is not None:
        return page.of_units(wanted.unit, None)
    if wanted.state is not None:
        return page.of_codes("state", wanted.state)
    reference = here.reference.now
    if wanted.category is not None:
        return page.of_codes("category_code", _beginning(reference.categories, wanted.category))
    if wanted.area is not None:
        return page.of_codes("area_code", _beginning(reference.areas, wanted.area))
    return page.of_all()


def _beginning(codes: Collection[str], prefixes: Sequence[str]) -> list[str]:
    """Those of the codes that begin with one of these."""
    return [code for code in codes if code.startswith(tuple(prefixes))]


def conditions_for(here: Installation, actor: Actor, wanted: RequestFilter, sql: Sql, now: datetime) -> list[str]:
    """Which requests an export shows: what the reader may see, narrowed by the filters."""
    conditions = [*visible_requests(actor, sql, listing=True), *_narrowed(here, actor, wanted, sql, now)]
    if (words := _words(wanted)) is not None:
        conditions.append(f"r.search @@ plainto_tsquery('simple', {sql.arg(words)})")
    if wanted.unit is not None:
        conditions.append(f"r.id IN (SELECT request_id FROM work_order WHERE {sql.among('unit_code', wanted.unit)})")
    return conditions


def _narrowed(here: Installation, actor: Actor, wanted: RequestFilter, sql: Sql, now: datetime) -> list[str]:
    conditions = _conditions(wanted, sql, here, now)
    if not actor.sees_all and (wanted.phone or wanted.text):
        # Searching would answer the question that masking refuses: is it this person, did they say this?
        conditions.append("r.kind <> 'report' AND NOT r.confidential AND NOT r.anonymous")
    return conditions


def _conditions(wanted: RequestFilter, sql: Sql, here: Installation, now: datetime) -> list[str]:
    reference = here.reference.now
    found = sql.narrowed(
        {
            "r.state": wanted.state,
            "r.kind": wanted.kind,
            "r.urgency": wanted.urgency,
            "r.channel": wanted.channel,
            "r.desk": wanted.desk,
            "o.unit_code": wanted.unit,
        }
    )
    for column, codes, prefixes in (
        ("r.category_code", reference.categories, wanted.category),
        ("r.area_code", reference.areas, wanted.area),
    ):
        if prefixes is not None:
            found.append(f"{column} = ANY({sql.arg(_beginning(codes, prefixes), 'text[]')})")
    if wanted.master_no is not None:
        found.append(f"r.master_no = {sql.arg(wanted.master_no)}")
    if wanted.phone is not None:
        found.append(f"r.phone_hash = {sql.arg(here.keys.lookup_hash(wanted.phone, PHONE_PURPOSE))}")
    if (words := _words(wanted)) is not None:
        # The function behind @@, which no index answers: whether to go by the index of words is decided before.
        found.append(f"ts_match_vq(r.search, plainto_tsquery('simple', {sql.arg(words)}))")
    elif wanted.text is not None:
        found.append(f"r.ticket_no = {sql.arg(wanted.text)}")
    if wanted.lamp is not None:
        at = sql.arg(now)
        found.append(
            f"""r.id IN (
                SELECT request_id FROM work_order WHERE {lit(wanted.lamp, "due_at", "soon_at", at)}
                UNION ALL SELECT id FROM service_request WHERE state = 'received'
                    AND {lit(wanted.lamp, "dispatch_due_at", "dispatch_soon_at", at)})"""
        )
    if wanted.restricted is not None:
        found.append("r.restricted" if wanted.restricted else "NOT r.restricted")
    if wanted.created_from is not None:
        found.append(f"r.created_at >= {sql.arg(wanted.created_from)}")
    if wanted.created_to is not None:
        found.append(f"r.created_at < {sql.arg(wanted.created_to)}")
    return found


_DETAIL_COLUMNS = """r.text, r.requester, r.anonymous, r.publish_consent, r.lat, r.lon, r.external_ref,
    r.classification, r.routing, r.rating_comment, r.contacted_in_time, r.rated_at,
    (SELECT jsonb_agg(a ORDER BY a.number) FROM application a WHERE a.request_id = r.id) AS applications,
    (SELECT jsonb_agg(s ORDER BY s.number) FROM supervision s WHERE s.request_id = r.id) AS supervisions"""


async def read_request(here: Installation, actor: Actor, ticket_no: str, now: datetime) -> dict[str, Any]:
    """Everything about a request that the actor may see; two statements. Raises NotFoundError."""
    sql = Sql()
    conditions = [f"r.ticket_no = {sql.arg(ticket_no)}", *visible_requests(actor, sql)]
    async with here.database.connection() as connection:
        row = await connection.fetchrow(
            f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST}, {_DETAIL_COLUMNS}
            FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
            WHERE {conjunction(conditions)}
            """,
            *sql.args,
        )
        if row is None:
            raise not_found()
        orders = await connection.fetch(
            f"SELECT {', '.join(ORDER_COLUMNS)} FROM work_order WHERE request_id = $1 ORDER BY id", row["id"]
        )
    request, order = split(row)
    reference, hidden = here.reference.now, views.hides(request, actor)
    if hidden and request["result"]:
        request["result"] = mask_text(request["result"], unseal(here.keys, row["requester"]).values())
    detail = {
        **views.request_item(request, order, reference, actor, now),
        **content(here, actor, request, row),
        "classification": views.without_words(row["classification"])
        if hidden
        else {"second_opinion": None, **row["classification"]},
        "routing": _routing(row["routing"]),
        "external_ref": None if hidden else row["external_ref"],
        "publish_consent": row["publish_consent"],
        "hold_review_on": request["hold_review_on"],
        "restricted": request["restricted"],
        "accused_units": [reference.names.unit(code) for code in request["accused_units"]]
        if actor.sees_all and not hidden
        else [],
        "callback": {
            "due_at": request["callback_due_at"],
            "attempts": request["callback_attempts"],
            "outcome": request["callback_outcome"],
            "contacted_in_time": row["contacted_in_time"],
            "comment": None if hidden else row["rating_comment"],
            "rated_at": row["rated_at"],
            "excluded": request["rating_excluded"],
        },
        "work_orders": [
            views.order_item(request, dict(o), reference, actor, now)
            for o in orders
            if actor.sees_all or o["unit_code"] in actor.units or o["asked_by_unit"] in actor.units
        ],
        **{
            name: [
                record_view(subject, record, request, order, actor, reference)
                for record in row[name] or []
                if actor.sees_all or record["unit_code"] in actor.units
            ]
            for name, subject in (("applications", Subject.APPLICATION), ("supervisions", Subject.SUPERVISION))
        },
    }
    return {**detail, "reply_check": waiting_reply(detail)}


def content(here: Installation, actor: Actor, request: Values, row: Any) -> dict[str, Any]:
    """What the citizen said and who it is, as far as this reader may know."""
    hidden = views.hides(request, actor)
    person = unseal(here.keys, row["requester"])
    return {
        "text": mask_text(row["text"], person.values()) if hidden else row["text"],
        "requester": None if hidden or row["anonymous"] else masked(person),
        "address": None if hidden else masked_place(person),
        "location": None if hidden or row["lat"] is None else {"lat": row["lat"], "lon": row["lon"]},
    }


def _routing(kept: dict[str, Any]) -> dict[str, Any]:
    """What was proposed at filing; rows from before there were lessons get the field."""
    return {**kept, "alternatives": [{"lesson": None, **route} for route in kept.get("alternatives", [])]}
