"""Assesses a request before it is filed: matter, kind, urgency, place and unit, each with its reason.

Pure computation over the reference snapshot; the preview and the filing share it, so they cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.domain.catalogue import Category, Channel, RequestKind, Urgency
from app.domain.routing import Route, best_routes
from app.domain.routing_lessons import heed
from app.domain.understanding import (
    Candidate,
    Classification,
    Normal,
    Understanding,
    understand_as,
    whole_of,
)
from app.domain.understanding.classifier import Suggestion
from app.domain.understanding.facade import ASK_PLACE, ASK_REPORT, OUTSIDE_CITY
from app.domain.understanding.matters import Cut, cut_apart
from app.schemas.requests import RequestContent, RequestForm
from app.services.intake.checks import Checked, accused_in, channel_of
from app.services.intake.obstacles import Obstacle, obstacles, open_questions
from app.services.reference import Reference

_UNATTENDED = (Channel.WEB, Channel.IMPORT)
"""Channels where nobody reads the answer who could file again: nobody is asked about several matters."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known about a request before it is filed.

    `restricted`: for the discipline inspectors' eyes; `obstacles`: why the machine leaves it to a dispatcher; `cut`: the
    text in its parts, where somebody is there to be asked about several matters, with what was read in them.
    """

    title: str
    text: str
    kind: RequestKind
    urgency: Urgency
    category: Category | None
    category_given: bool
    area_code: str | None
    area_given: bool
    routes: list[Route]
    restricted: bool
    obstacles: tuple[Obstacle, ...]
    understanding: Understanding
    words: list[str]
    cut: Cut
    parts: Sequence[Suggestion]

    @property
    def sure(self) -> bool:
        """Whether it is dispatched without a dispatcher."""
        return not self.obstacles

    @property
    def tokens(self) -> str:
        """Words for the search index."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the classifier read in a form."""

    whole: Normal
    classification: Classification
    cut: Cut
    parts: Sequence[Suggestion]


def assess(form: RequestContent, checked: Checked, reference: Reference, *, matters: bool = False) -> Assessment:
    """Read a checked form; `matters`: somebody will be asked whether the text brings several."""
    return assess_many([(form, checked)], reference, matters=matters)[0]


def assess_many(
    pairs: Sequence[tuple[RequestContent, Checked]], reference: Reference, *, matters: bool = False
) -> list[Assessment]:
    """Read many checked forms, classified in one go; each is read as if it were alone."""
    texts = [whole_of(checked.text, form.title or "") for form, checked in pairs]
    cuts = [
        cut_apart(checked.text) if matters and channel_of(form) not in _UNATTENDED else Cut() for form, checked in pairs
    ]
    asked = [part for cut in cuts for part in cut.asked]
    titles = [form.title or "" for form, _ in pairs]
    suggestions = iter(reference.classifier.suggest([*texts, *asked], [*titles, *[""] * len(asked)]))
    found = list(islice(suggestions, len(pairs)))
    return [
        _assess(
            form,
            checked,
            reference,
            _Read(whole, suggestion.classification, cut, list(islice(suggestions, len(cut.asked)))),
        )
        for (form, checked), whole, suggestion, cut in zip(pairs, texts, found, cuts, strict=True)
    ]


def _assess(form: RequestContent, checked: Checked, reference: Reference, found: _Read) -> Assessment:
    given, text = checked.category, checked.text
    read = understand_as(
        found.whole,
        found.classification,
        form.address,
        gazetteer=reference.gazetteer,
        categories=reference.categories,
        point=(form.location.lat, form.location.lon) if form.location else None,
    )
    kind = form.kind or read.kind.kind
    urgency = (form.urgency if isinstance(form, RequestForm) else None) or read.urgency.urgency
    area_code = form.area_code or read.place.area_code
    candidates = _candidates(reference, given, read)
    routes = _routes(reference, candidates, area_code, kind, accused_in(form))
    category = candidates[0][0] if candidates else None
    secret = kind is RequestKind.REPORT or getattr(form, "confidential", False) or read.kind.ask_report
    return Assessment(
        title=checked.title,
        text=text,
        kind=kind,
        urgency=urgency,
        category=category,
        category_given=given is not None,
        area_code=area_code,
        area_given=form.area_code is not None,
        routes=routes,
        restricted=reference.restricts(kind, category.code if category else None, found.whole),
        obstacles=(
            *obstacles(reference, candidates, routes, secret=secret, given=given is not None),
            *open_questions(reference, category, area_code, kind, read, settled=form.area_code is not None),
        ),
        understanding=read,
        words=checked.tokens,
        cut=found.cut,
        parts=found.parts,
    )


def _routes(
    reference: Reference,
    candidates: list[tuple[Category, float]],
    area_code: str | None,
    kind: RequestKind,
    accused: list[str],
) -> list[Route]:
    """The units by the rules, best first, with what lessons from returns put beside the first of them."""

    def avoid(code: str) -> bool:
        return reference.shut_out(code, accused)

    path = reference.area_path(area_code)
    routes = best_routes(reference.routing, candidates, path, kind, avoid=avoid)
    return heed(routes, reference.learned.book, path, reference.units, avoid)


def classification_view(assessment: Assessment, reference: Reference) -> dict[str, Any]:
    """The `classification` of the answer: what was decided, how sure, by which words, what else it could be."""
    found = assessment.understanding.classification
    category = assessment.category
    chosen = found.best if not assessment.category_given else None
    return {
        "category_code": category.code if category else None,
        "category_path": reference.names.category_path(category.code) if category else [],
        "confidence": 1.0 if assessment.category_given else round(chosen.confidence, 4) if chosen else 0.0,
        "method": "given" if assessment.category_given else found.method,
        "evidence": list(chosen.evidence) if chosen else [],
        "alternatives": [_candidate_view(candidate, reference) for candidate in found.alternatives],
        "kind": assessment.kind,
        "kind_evidence": list(assessment.understanding.kind.evidence),
        "urgency": assessment.urgency,
        "urgency_evidence": list(assessment.understanding.urgency.evidence),
        "area_code": assessment.area_code,
        "area_name": reference.names.area(assessment.area_code),
        "area_confidence": 1.0 if assessment.area_given else assessment.understanding.place.confidence,
        "area_evidence": list(assessment.understanding.place.evidence),
        "area_alternatives": [
            {"area_code": choice.code, "area_name": reference.names.area(choice.code), "why": choice.why}
            for choice in assessment.understanding.place.alternatives
        ],
        "second_opinion": None,
    }


def routing_view(assessment: Assessment, reference: Reference) -> list[dict[str, Any]]:
    """The proposed units, best first, each with confidence and reason."""
    return [
        {
            "unit": reference.names.unit(route.unit.code),
            "confidence": round(route.confidence, 4),
            "reason": route.reason,
            "rule_id": route.rule_id,
            "lesson": route.lesson,
        }
        for route in assessment.routes
    ]


def advice_view(assessment: Assessment) -> list[dict[str, Any]]:
    """What the operator should do now; an area that was given needs no question, nor does a report that is one."""
    return [
        {
            "code": advice.code,
            "message": advice.message_zh,
            "message_en": advice.message_en,
            "number": getattr(advice, "number", None),
        }
        for advice in assessment.understanding.advice
        if not (assessment.area_given and advice in (ASK_PLACE, OUTSIDE_CITY))
        and not (assessment.kind is RequestKind.REPORT and advice is ASK_REPORT)
    ]


def _candidate_view(candidate: Candidate, reference: Reference) -> dict[str, Any]:
    return {
        "category_code": candidate.category_code,
        "category_path": reference.names.category_path(candidate.category_code),
        "confidence": round(candidate.confidence, 4),
        "evidence": list(candidate.evidence),
    }


def _candidates(reference: Reference, given: Category | None, read: Understanding) -> list[tuple[Category, float]]:
    if given:
        return [(given, 1.0)]
    found = [read.classification.best, *read.classification.alternatives]
    return [(reference.categories[candidate.category_code], candidate.confidence) for candidate in found if candidate]
