"""Assesses a request before it is filed: matter, kind, urgency, place and unit, each with its reason.

Pure computation over the reference snapshot; the preview and the filing share it, so they cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.domain.catalogue import Category, RequestKind, Urgency
from app.domain.errors import invalid
from app.domain.routing import Route, best_routes
from app.domain.routing_lessons import heed
from app.domain.understanding import (
    Candidate,
    Classification,
    Normal,
    Understanding,
    normalise,
    search_tokens,
    understand_as,
    whole_of,
)
from app.domain.understanding.classifier import title_of
from app.domain.understanding.facade import ASK_PLACE, OUTSIDE_CITY
from app.schemas.requests import RequestContent, RequestForm
from app.services.intake.obstacles import Obstacle, obstacles, open_questions
from app.services.reference import Reference


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known about a request before it is filed.

    `restricted`: for the discipline inspectors' eyes; `obstacles`: why the machine leaves it to a dispatcher.
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

    @property
    def sure(self) -> bool:
        """Whether it is dispatched without a dispatcher."""
        return not self.obstacles

    @property
    def tokens(self) -> str:
        """Words for the search index."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Checked:
    """A form that can be filed: its normalised title and text, and the category that was given, if any."""

    title: Normal
    text: Normal
    category: Category | None

    @cached_property
    def tokens(self) -> list[str]:
        """Words for the search index and for finding like requests."""
        return search_tokens(Normal(f"{self.title}\n{self.text}"))


def check(form: RequestContent, reference: Reference) -> Checked:
    """Raises InvalidError for a category, area or text that is none.

    Cheap, and done before a ticket number is drawn: refusals must leave no holes in the numbers.
    """
    _check_area(reference, form.area_code)
    text = normalise(form.text)
    if not text:
        raise invalid("/text", "string-too-short", "诉求内容不能为空。", "The text says nothing.")
    _check_accused(reference, accused_in(form))
    title = normalise(form.title) if form.title else Normal(title_of(text))
    category = _given_category(reference, form.category_code if isinstance(form, RequestForm) else None)
    return Checked(title, text, category)


def assess(form: RequestContent, checked: Checked, reference: Reference) -> Assessment:
    """Read a checked form."""
    return assess_many([(form, checked)], reference)[0]


def assess_many(pairs: Sequence[tuple[RequestContent, Checked]], reference: Reference) -> list[Assessment]:
    """Read many checked forms, classified in one go; each is read as if it were alone."""
    texts = [whole_of(checked.text, form.title or "") for form, checked in pairs]
    found = reference.classifier.classify_each(texts, [form.title or "" for form, _ in pairs])
    return [
        _assess(form, checked, reference, whole, classification)
        for (form, checked), whole, classification in zip(pairs, texts, found, strict=True)
    ]


def _assess(
    form: RequestContent, checked: Checked, reference: Reference, whole: Normal, classification: Classification
) -> Assessment:
    given, text = checked.category, checked.text
    read = understand_as(
        whole,
        classification,
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
        restricted=reference.restricts(kind, category.code if category else None),
        obstacles=(
            *obstacles(reference, candidates, routes, secret=secret, given=given is not None),
            *open_questions(reference, category, area_code, kind, read, settled=form.area_code is not None),
        ),
        understanding=read,
        words=checked.tokens,
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
        "category_path": reference.category_path(category.code) if category else [],
        "confidence": 1.0 if assessment.category_given else round(chosen.confidence, 4) if chosen else 0.0,
        "method": "given" if assessment.category_given else found.method,
        "evidence": list(chosen.evidence) if chosen else [],
        "alternatives": [_candidate_view(candidate, reference) for candidate in found.alternatives],
        "kind": assessment.kind,
        "kind_evidence": list(assessment.understanding.kind.evidence),
        "urgency": assessment.urgency,
        "urgency_evidence": list(assessment.understanding.urgency.evidence),
        "area_code": assessment.area_code,
        "area_name": reference.area_name(assessment.area_code),
        "area_confidence": 1.0 if assessment.area_given else assessment.understanding.place.confidence,
        "area_evidence": list(assessment.understanding.place.evidence),
        "area_alternatives": [
            {"area_code": choice.code, "area_name": reference.area_name(choice.code), "why": choice.why}
            for choice in assessment.understanding.place.alternatives
        ],
        "second_opinion": None,
    }


def routing_view(assessment: Assessment, reference: Reference) -> list[dict[str, Any]]:
    """The proposed units, best first, each with confidence and reason."""
    return [
        {
            "unit": reference.unit_view(route.unit.code),
            "confidence": round(route.confidence, 4),
            "reason": route.reason,
            "rule_id": route.rule_id,
            "lesson": route.lesson,
        }
        for route in assessment.routes
    ]


def advice_view(assessment: Assessment) -> list[dict[str, Any]]:
    """What the operator should do now; an area that was given needs no question."""
    return [
        {
            "code": advice.code,
            "message": advice.message_zh,
            "message_en": advice.message_en,
            "number": getattr(advice, "number", None),
        }
        for advice in assessment.understanding.advice
        if not (assessment.area_given and advice in (ASK_PLACE, OUTSIDE_CITY))
    ]


def _candidate_view(candidate: Candidate, reference: Reference) -> dict[str, Any]:
    return {
        "category_code": candidate.category_code,
        "category_path": reference.category_path(candidate.category_code),
        "confidence": round(candidate.confidence, 4),
        "evidence": list(candidate.evidence),
    }


def _candidates(reference: Reference, given: Category | None, read: Understanding) -> list[tuple[Category, float]]:
    if given:
        return [(given, 1.0)]
    found = [read.classification.best, *read.classification.alternatives]
    return [(reference.categories[candidate.category_code], candidate.confidence) for candidate in found if candidate]


def _given_category(reference: Reference, code: str | None) -> Category | None:
    if code is None:
        return None
    category = reference.categories.get(code)
    if category is None or not category.active or category.parent_code is None:
        raise invalid(
            "/category_code",
            "unknown-category",
            "没有这个二级事项分类，请从 /v1/categories 中选取。",
            "No such second-level category; choose one from /v1/categories.",
        )
    return category


def accused_in(form: RequestContent) -> list[str]:
    """Codes of the units that the staff's form names as accused, each once; citizens name nobody by code."""
    return list(dict.fromkeys(form.accused_unit_codes)) if isinstance(form, RequestForm) else []


def _check_accused(reference: Reference, codes: list[str]) -> None:
    for code in codes:
        if code not in reference.units:
            raise invalid(
                "/accused_unit_codes",
                "unknown-unit",
                f"没有代码为“{code}”的单位，请从 /v1/units 中选取。",
                f"No unit has the code '{code}'; choose from /v1/units.",
            )


def _check_area(reference: Reference, code: str | None) -> None:
    if code is not None and code not in reference.areas:
        raise invalid(
            "/area_code",
            "unknown-area",
            "没有这个区划代码，请从 /v1/areas 中选取。",
            "No such area code; choose one from /v1/areas.",
        )
