"""Erases the person from requests that ended long enough ago; what happened, and every figure, stays.

The time limits say after how many days (`keep_days`; null: never). A batch is one short transaction under the rows'
locks: cut off at any point it has erased some requests wholly and others not at all, and the next run goes on.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import product

import structlog

from app.core.database import Connection
from app.core.security import KeyRingError
from app.domain.actors import SYSTEM
from app.domain.catalogue import RequestKind, Urgency
from app.domain.clocks import choose_policy
from app.domain.events import EventKind
from app.domain.masking import mask_text
from app.domain.understanding import search_tokens
from app.domain.understanding.classifier import title_of
from app.services.attachments.remove import remove_all
from app.services.clusters.forget import forget_callers
from app.services.installation import Installation
from app.services.intake.candidates import forget_words
from app.services.personal import unseal
from app.services.reference import Reference
from app.services.views import rewritten, without_words
from app.services.workflow.rows import Values

log = structlog.get_logger(__name__)
Kept = tuple[str, str, str, int]
"""Kind, urgency, category (empty: none) and the days after which the person goes."""
BATCH = 50
ERASERS: tuple[Callable[[Connection, list[int], datetime], Awaitable[None]], ...] = (
    remove_all,
    forget_words,
    forget_callers,
)
"""What else belongs to requests and goes with the person, e.g. attachments: called with the ids and the instant, in the transaction."""
TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "work_order": ("work_order_no", ("reason", "result", "task")),
    "application": ("number", ("reason", "suggestion", "decision_reason")),
    "supervision": ("number", ("text", "reply", "decision_reason")),
}
"""Table → key and columns in which colleagues wrote about the matter; `request_id` says about which."""

_ENDED = """
SELECT r.id, r.ticket_no, r.version, r.state, r.title, r.text, r.result, r.requester, r.classification, r.external_ref
FROM service_request r
JOIN unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS k(kind, urgency, category_code, days)
    ON k.kind = r.kind AND k.urgency = r.urgency AND k.category_code = coalesce(r.category_code, '')
WHERE r.closed_at IS NOT NULL AND r.erased_at IS NULL AND r.closed_at < $5::timestamptz - k.days * interval '1 day'
    AND r.closed_at < $6 AND r.id <> ALL($7::bigint[])
ORDER BY r.closed_at LIMIT $8
FOR UPDATE OF r SKIP LOCKED
"""
_ERASE = """
UPDATE service_request r SET
    requester = NULL, phone_hash = NULL, id_number_hash = NULL, original_text = NULL, lat = NULL, lon = NULL,
    rating_comment = NULL, title = n.title, text = n.text, result = n.result, external_ref = n.external_ref,
    classification = n.classification, search = to_tsvector('simple', n.words),
    version = r.version + 1, updated_at = $2, erased_at = $2
FROM jsonb_to_recordset($1) AS n(id bigint, title text, text text, result text, external_ref text,
    classification jsonb, words text)
WHERE r.id = n.id
"""
_HISTORY = "SELECT id, request_id, payload FROM event WHERE request_id = ANY($1) AND payload <> '{}'"
_MASK_HISTORY = """
UPDATE event e SET payload = n.payload FROM jsonb_to_recordset($1) AS n(id bigint, payload jsonb) WHERE e.id = n.id
"""
_TELL = """
INSERT INTO event (request_id, at, kind, seq, actor_kind, actor, request_state, payload)
SELECT id, $2, $3, version, $4, $5, state, '{}' FROM service_request WHERE id = ANY($1) ORDER BY id
"""


async def erase_ended(here: Installation, at: datetime) -> int:
    """Erase everything that is due at `at`; returns how many requests."""
    kept = _kept(here.reference.now)
    total, broken = 0, list[int]()
    while kept:
        known = len(broken)
        erased = await here.database.transaction(lambda connection: _erase_batch(connection, here, kept, at, broken))
        total += erased
        if not erased and len(broken) == known:
            break
    return total


def _kept(reference: Reference) -> list[Kept]:
    """Every sort of request that is erased at all; the most specific policy rules."""
    if all(policy.keep_days is None for policy in reference.policies):
        return []
    sorts = product(RequestKind, Urgency, ("", *reference.categories))
    policies = ((sort, choose_policy(reference.policies, *sort[:2], sort[2] or None)) for sort in sorts)
    return [(*sort, policy.keep_days) for sort, policy in policies if policy.keep_days is not None]


async def _erase_batch(
    connection: Connection, here: Installation, kept: list[Kept], at: datetime, broken: list[int]
) -> int:
    """One batch; a request whose person cannot be read, so that its names cannot be masked, goes to the `broken`."""
    earliest = at - timedelta(days=min(days for *_, days in kept))
    rows = await connection.fetch(_ENDED, *map(list, zip(*kept, strict=True)), at, earliest, broken, BATCH)
    known: dict[int, tuple[str, ...]] = {}
    for row in rows:
        try:
            known[row["id"]] = tuple(unseal(here.keys, row["requester"]).values())
        except (KeyRingError, ValueError) as error:
            log.error("erasure.broken", ticket_no=row["ticket_no"], exc_info=error)
            broken.append(row["id"])
    requests, ids = [dict(row) for row in rows if row["id"] in known], list(known)
    if not ids:
        return 0
    # Only a transaction that says so may touch the history, and only what it quotes (a trigger in the migrations).
    await connection.execute("SET LOCAL hotline.erasing = 'on'")
    await _mask_history(connection, ids, known)
    for table, (key, columns) in TEXTS.items():
        await _mask_texts(connection, table, key, columns, known)
    for erase in ERASERS:
        await erase(connection, ids, at)
    await connection.execute(_ERASE, [_masked(request, known[request["id"]]) for request in requests], at)
    await connection.execute(_TELL, ids, at, EventKind.REQUEST_ERASED.value, SYSTEM.kind.value, SYSTEM.name)
    return len(requests)


def _masked(request: Values, known: tuple[str, ...]) -> Values:
    """The columns that stay, without the person; a reference of elsewhere that names it goes."""
    text = mask_text(request["text"], known)
    made = request["title"] == title_of(request["text"])
    title = title_of(text) if made else mask_text(request["title"], known)
    reference = request["external_ref"]
    return {
        "id": request["id"],
        "title": title,
        "text": text,
        "result": mask_text(request["result"], known) if request["result"] else None,
        "external_ref": reference if reference and not any(part in reference for part in known) else None,
        "classification": without_words(request["classification"]),
        "words": " ".join(search_tokens(f"{title}\n{text}")),
    }


async def _mask_history(connection: Connection, ids: list[int], known: dict[int, tuple[str, ...]]) -> None:
    rows = await connection.fetch(_HISTORY, ids)
    changed = []
    for row in rows:
        names = known[row["request_id"]]
        payload = rewritten(row["payload"], lambda _, text, names=names: mask_text(text, names))  # type: ignore[misc]
        if payload != row["payload"]:
            changed.append({"id": row["id"], "payload": payload})
    await connection.execute(_MASK_HISTORY, changed)


async def _mask_texts(
    connection: Connection, table: str, key: str, columns: tuple[str, ...], known: dict[int, tuple[str, ...]]
) -> None:
    rows = await connection.fetch(
        f"SELECT {key}, request_id, {', '.join(columns)} FROM {table} WHERE request_id = ANY($1)", list(known)
    )
    masked = [
        {key: row[key], **{name: mask_text(row[name], known[row["request_id"]]) if row[name] else row[name] for name in columns}}
        for row in rows
    ]  # fmt: skip
    assignments = ", ".join(f"{name} = n.{name}" for name in columns)
    shape = ", ".join(f"{name} text" for name in (key, *columns))
    await connection.execute(
        f"UPDATE {table} t SET {assignments} FROM jsonb_to_recordset($1) AS n({shape}) WHERE t.{key} = n.{key}", masked
    )
