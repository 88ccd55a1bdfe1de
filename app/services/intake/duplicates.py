"""What was filed about the same matter before: shown with evidence, so that the operator can attach instead of file.

The same caller's requests come from the keyed phone hash; those of others from shared telling words, and only for the
centre's staff. All of it is read in the statement that filing makes anyhow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.actors import Actor, ActorKind
from app.domain.catalogue import RequestKind
from app.domain.likeness import READ, SAME, Likeness, Matter, compare_from, keys, stored_matter
from app.schemas.requests import RequestContent
from app.services import views
from app.services.intake.candidates import (
    COMPARED,
    LOOKED_AT,
    NEWEST_A_WORD,
    OF_A_CALLER,
    OTHERS_ALIKE,
    distance,
    elsewhere,
    levels_in_common,
    matter_of,
    may_be_like,
)
from app.services.intake.checks import Checked, accused_in
from app.services.workflow.rows import is_secret

SIMILAR = 0.3
"""Score from which on two requests of one caller are shown as the same matter: who asks again rarely asks anew."""
SHOWN = 5
"""Most of the caller's own requests that are shown, and most of other callers."""
ENOUGH = 2 * SHOWN
"""Of other callers' requests, which come with most telling words in common first, those among which the best are chosen."""
SURE = 0.95
"""Score from which on as many as are shown end the search: better ones would be no better for the operator."""
OF_ITS_OWN = 30
"""The caller's newest requests, which are compared before they are cut to those shown."""
Row = Mapping[str, Any]
Found = tuple[Row, Likeness]

EARLIER_OF_CALLER = f"""
SELECT id, ticket_no, state, title, left(text, {READ}) AS text, category_code, area_code, lat, lon, confidential, kind,
    tsvector_to_array(search) AS words, (extract(epoch FROM now() - created_at) / 86400)::int AS days_ago
FROM service_request
WHERE phone_hash = {{phone_hash}}
    AND ({{filed_by}}::text IS NULL OR filed_by = {{filed_by}} AND kind <> 'report' AND NOT confidential)
    AND ({{sees_restricted}}::bool OR NOT restricted) AND NOT accused_units && {{above}}::text[]
ORDER BY id DESC LIMIT {OF_ITS_OWN}
"""
"""The caller's latest requests: all (`filed_by` NULL), or those that a reader of few rows filed itself; never one that
it is shut out of."""


_OF_OTHERS = "ticket_no, state, title, text, category_code, area_code, lat, lon, words, days_ago"


def earlier_sql(first: int) -> str:
    """Two expressions, `same_caller` and `others`, over the values of `earlier_values` from placeholder `first` on."""
    phone, filed_by, sees_restricted, above, words, since = (f"${first + place}" for place in range(6))
    own = EARLIER_OF_CALLER.format(phone_hash=phone, filed_by=filed_by, sees_restricted=sees_restricted, above=above)
    others = OTHERS_ALIKE.format(
        words=words, since=since, newest=NEWEST_A_WORD, looked_at=LOOKED_AT, of_a_caller=OF_A_CALLER, most=COMPARED,
        further=f"r.phone_hash IS DISTINCT FROM {phone}",
    )  # fmt: skip
    # json, not jsonb: what goes out as text at once need not be sorted into a tree first.
    return f"""(SELECT json_agg(c) FROM ({own}) c) AS same_caller,
    (SELECT json_agg(o) FROM (SELECT {_OF_OTHERS} FROM ({others}) found) o) AS others"""


def earlier_values(
    actor: Actor, phone_hash: bytes | None, words: Mapping[str, float], since: datetime
) -> tuple[Any, ...]:
    """What `earlier_sql` asks for."""
    seen_by = None if actor.sees_all else actor.name
    return phone_hash, seen_by, actor.sees_restricted, list(actor.above), dict(words), since


@dataclass(frozen=True, slots=True)
class Said:
    """What is being filed, ready to be compared; `words` are those by which others are looked for."""

    matter: Matter
    words: Mapping[str, float]

    def found_by(self, request: Mapping[str, Any]) -> list[str]:
        """Words by which others will find this one: none where anything is to be kept secret."""
        secret = is_secret(request) or request["restricted"] or request["accused_units"]
        return [] if secret else list(keys(self.matter))


def said(actor: Actor, form: RequestContent, checked: Checked) -> Said:
    """Read a checked form; no words to look for where the matter is secret or the reader sees few rows."""
    matter = stored_matter(checked.title, checked.text, checked.tokens)
    staff = actor.kind in (ActorKind.USER, ActorKind.API_KEY) and actor.sees_all
    secret = getattr(form, "confidential", False) or form.kind is RequestKind.REPORT or bool(accused_in(form))
    return Said(matter, keys(matter) if staff and not secret else {})


def placed(request: Mapping[str, Any], form: RequestContent) -> dict[str, Any]:
    """The request with its point on the map."""
    point = form.location
    return {**request, "lat": point.lat if point else None, "lon": point.lon if point else None}


def since(at: datetime, days: int) -> datetime:
    """From when on requests of others are looked at."""
    return at - timedelta(days=days)


def same_matter(
    actor: Actor, before: Mapping[str, Any], what: Said, request: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Of what was found before the requests about the same matter, the caller's own first, each with its evidence."""
    own = _of_caller(before["same_caller"] or (), what, request)
    shown = [_own_view(row, alike, request, actor) for row, alike in own[:SHOWN]]
    if is_secret(request) or request["restricted"]:
        return shown
    others = _of_others(before["others"] or (), what, request)
    return shown + [_view(row, alike, request, same_caller=False) for row, alike in others[:SHOWN]]


def _of_caller(rows: Iterable[Row], what: Said, request: Row) -> list[Found]:
    found = []
    for row in rows:
        levels = _levels(row, request)
        least = 0.0 if levels == 2 else SIMILAR
        if alike := compare_from(least, what.matter, matter_of(row), levels=levels):
            found.append((row, alike))
            if _sure(found):
                break
    return sorted(found, key=_best_first)


def _of_others(rows: Iterable[Row], what: Said, request: Row) -> list[Found]:
    found = []
    for row in rows:
        levels = _levels(row, request)
        if elsewhere(row, request) or not may_be_like(what.matter, row, levels=levels, least=SAME):
            continue
        if alike := compare_from(SAME, what.matter, matter_of(row), levels=levels):
            found.append((row, alike))
            if len(found) == ENOUGH or _sure(found):
                break
    return sorted(found, key=_best_first)


def _sure(found: list[Found]) -> bool:
    """Whether those that will be shown are good enough: when a pipe bursts, everybody says the same."""
    return sum(alike.score >= SURE for _, alike in found) >= SHOWN


def _levels(row: Row, request: Row) -> int:
    return levels_in_common(row["category_code"], request["category_code"])


def _own_view(row: Row, alike: Likeness, request: Row, actor: Actor) -> dict[str, Any]:
    view = _view(row, alike, request, same_caller=True)
    return {**view, "title": f"{views.WITHHELD}诉求", "shared_words": []} if views.hides(row, actor) else view


def _view(row: Row, alike: Likeness, request: Row, *, same_caller: bool) -> dict[str, Any]:
    metres = distance(row, request)
    return {
        "ticket_no": row["ticket_no"],
        "state": row["state"],
        "title": row["title"],
        "score": round(alike.score, 3),
        "shared_words": list(alike.shared_words),
        "same_category": _levels(row, request) == 2,
        "same_place": alike.same_place,
        "same_caller": same_caller,
        "distance_m": None if metres is None else round(metres),
        "days_ago": row["days_ago"],
    }


def _best_first(found: Found) -> tuple[float, str]:
    return -round(found[1].score, 3), found[0]["ticket_no"]
