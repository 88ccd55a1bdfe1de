"""Asks for a second opinion on requests that wait for a dispatcher and that our classifier is unsure of.

Done by the worker, after the request has been filed: no caller waits for it. The opinion is written beside the
classification for the dispatcher to read. It is no step and no event: it moves nothing, lowers nothing, hides nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.core.database import Row
from app.core.security import KeyRingError
from app.domain.catalogue import Category
from app.domain.masking import mask_text
from app.domain.opinion import Opinion, OpinionOutcome, candidates
from app.domain.understanding import suggest_kind
from app.services.installation import Installation
from app.services.opinion.ask import ask, breaker_of
from app.services.personal import unseal
from app.services.visibility import open_matter

log = structlog.get_logger(__name__)
BATCH = 10
"""Asked one after the other in one run: at the default time limit a run takes at most half a minute."""
FRESH = timedelta(days=1)
"""Older requests have been read by a dispatcher."""
AGAIN = timedelta(minutes=10)
"""After which one that got no answer is asked about once more."""
_OPEN = f"r.state = 'received' AND {open_matter()} AND NOT r.anonymous AND r.erased_at IS NULL"
_UNCERTAIN = f"""
SELECT id, title, text, kind, category_code, requester FROM service_request r
WHERE {_OPEN} AND created_at > $1
    AND classification->>'method' <> 'given' AND (classification->>'confidence')::float BETWEEN $2 AND $3
    AND (classification->>'second_opinion' IS NULL OR classification #>> '{{second_opinion,outcome}}' = 'unanswered'
        AND (classification #>> '{{second_opinion,at}}')::timestamptz <= $4)
ORDER BY id LIMIT $5
"""
_WRITE = f"""
UPDATE service_request r SET classification = jsonb_set(classification, '{{second_opinion}}', $2)
WHERE id = $1 AND {_OPEN} AND coalesce(classification #>> '{{second_opinion,outcome}}', 'unanswered') = 'unanswered'
"""


async def consider(here: Installation, at: datetime) -> int:
    """Ask about what is uncertain and write down what came of it; returns how many requests. Off without a URL."""
    settings = here.settings
    if not settings.second_opinion_url or breaker_of(settings.second_opinion_url).open:
        return 0
    async with here.database.connection() as connection:
        band = (settings.second_opinion_min, settings.second_opinion_max)
        rows = await connection.fetch(_UNCERTAIN, at - FRESH, *band, at - AGAIN, BATCH)
    done = 0
    for row in rows:
        view = await _opinion_on(here, row, at)
        async with here.database.connection() as connection:
            await connection.execute(_WRITE, row["id"], view)
        done += 1
        if breaker_of(settings.second_opinion_url).open:
            break
    return done


async def _opinion_on(here: Installation, row: Row, at: datetime) -> dict[str, Any]:
    try:
        known = list(unseal(here.keys, row["requester"]).values())
    except (KeyRingError, ValueError) as error:
        log.error("second_opinion.sealed", exc_info=error)
        return opinion_view(here, OpinionOutcome.WITHHELD, None, None, at)
    return await opinion_on_text(here, f"{row['title']}\n{row['text']}", row["category_code"], known, at)


async def opinion_on_text(
    here: Installation, text: str, expected: str | None, known: Sequence[str], at: datetime
) -> dict[str, Any]:
    """Mask, ask, and put the answer as it is stored; `known` are the person's names and numbers."""
    reference = here.reference.now
    category = reference.categories.get(expected or "")
    if suggest_kind(text, category).ask_report or (category is not None and category.restricted):
        return opinion_view(here, OpinionOutcome.WITHHELD, None, expected, at)
    choices: list[Category] = candidates(reference.classifier.classify(text), reference.categories)
    if not choices:
        return opinion_view(here, OpinionOutcome.WITHHELD, None, expected, at)
    outcome, opinion = await ask(here.settings, mask_text(text, known), choices, expected, known)
    return opinion_view(here, outcome, opinion, expected, at)


def opinion_view(
    here: Installation, outcome: OpinionOutcome, opinion: Opinion | None, expected: str | None, at: datetime
) -> dict[str, Any]:
    """`classification.second_opinion`."""
    return {
        "outcome": outcome.value,
        "category_code": opinion.category_code if opinion else None,
        "category_path": here.reference.now.names.category_path(opinion.category_code) if opinion else [],
        "agrees": opinion.category_code == expected if opinion else None,
        "reason": opinion.reason if opinion else None,
        "model": here.settings.second_opinion_model,
        "at": at.isoformat(),
    }
