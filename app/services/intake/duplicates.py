"""The same caller's earlier matter: shown with evidence, so that the operator can attach instead of file.

Candidates come from the keyed phone hash (an index), their likeness from shared character pairs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.actors import Actor

SIMILAR = 0.3
"""Share of common character pairs from which on two texts of one caller are shown as the same matter."""


EARLIER_OF_CALLER = """
SELECT ticket_no, state, title, left(text, 600) AS text, category_code,
       (extract(epoch FROM now() - created_at) / 86400)::int AS days_ago
FROM service_request
WHERE phone_hash = {phone_hash}
    AND ({filed_by}::text IS NULL OR filed_by = {filed_by} AND kind <> 'report' AND NOT confidential)
    AND ({sees_restricted}::bool OR NOT restricted) AND NOT accused_units && {above}::text[]
ORDER BY id DESC LIMIT 5
"""
"""The caller's latest requests: all (`filed_by` NULL), or those that a reader of few rows filed itself; never one that
it is shut out of."""


def limits(actor: Actor) -> tuple[str | None, bool, list[str]]:
    """`filed_by`, `sees_restricted` and `above` of the look-up for an actor."""
    return None if actor.sees_all else actor.name, actor.sees_restricted, list(actor.above)


def pairs(text: str) -> frozenset[str]:
    """All neighbouring character pairs of the text's words, punctuation left out."""
    letters = "".join(character for character in text if character.isalnum())
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def likeness(one: str, other: str) -> float:
    """Jaccard index of the character pairs, 0 to 1."""
    a, b = pairs(one), pairs(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def same_matter(earlier: Iterable[Mapping[str, Any]], text: str, category_code: str | None) -> list[dict[str, Any]]:
    """Of the caller's earlier requests those about the same matter, likest first, with the evidence."""
    found = []
    for row in earlier:
        score = likeness(text, row["text"])
        same_category = category_code is not None and row["category_code"] == category_code
        if score >= SIMILAR or same_category:
            found.append(
                {
                    "ticket_no": row["ticket_no"],
                    "state": row["state"],
                    "title": row["title"],
                    "score": round(score, 3),
                    "same_category": same_category,
                    "days_ago": row["days_ago"],
                }
            )
    return sorted(found, key=lambda item: item["score"], reverse=True)
