"""One call that reads a whole message, so that intake does not have to know the parts or their order."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.catalogue import Category
from app.domain.understanding.classifier import Classification, Classifier
from app.domain.understanding.danger_words import Advice
from app.domain.understanding.kind_urgency import (
    KindSuggestion,
    UrgencySuggestion,
    suggest_kind,
    suggest_urgency,
)
from app.domain.understanding.normalise import Normal, headed, normalise
from app.domain.understanding.places import Gazetteer, PlaceMatch

ASK_REPORT = Advice(
    "ask_report",
    "内容疑似举报，请询问来电人是否按举报件保密办理。",
    "This may be a report of wrongdoing: ask the caller whether it should be handled as a secret report.",
)
OUTSIDE_CITY = Advice(
    "outside_city",
    "所述地点可能不在本市，请向来电人核实；如不属本市管辖，请告知当地 12345 热线。",
    "The place may lie outside the city: ask the caller, and name the hotline of that place if it does.",
)
ASK_PLACE = Advice(
    "ask_place",
    "地点可能有多处，请向来电人核实所在乡镇街道和村社区。",
    "The place may be one of several: ask the caller for the township and village.",
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was read in a message; `advice` tells the operator what to do now, emergencies first."""

    text: str
    classification: Classification
    kind: KindSuggestion
    urgency: UrgencySuggestion
    place: PlaceMatch
    advice: tuple[Advice, ...]


def understand(
    text: str,
    title: str,
    address: str | None,
    *,
    classifier: Classifier,
    gazetteer: Gazetteer,
    categories: Mapping[str, Category],
    point: tuple[float, float] | None = None,
) -> Understanding:
    """Read a message and suggest everything intake needs; raises nothing, whatever the citizen wrote.

    `categories` is keyed by code; the likeliest one lends its usual kind and urgency. `point`: (lat, lon) on the map, if one was set. The returned `text` is the
    normalised title and body that all suggestions were read from.
    """
    whole = whole_of(text, title)
    return understand_as(
        whole,
        classifier.classify(whole, title),
        address,
        gazetteer=gazetteer,
        categories=categories,
        point=point,
    )


def whole_of(text: str, title: str) -> Normal:
    """What a message is read from: title and body, normalised."""
    if title and isinstance(text, Normal):
        return headed(title, text)
    return normalise(f"{title}\n{text}" if title else text)


def understand_as(
    whole: Normal,
    classification: Classification,
    address: str | None,
    *,
    gazetteer: Gazetteer,
    categories: Mapping[str, Category],
    point: tuple[float, float] | None = None,
) -> Understanding:
    """As `understand`, for a message that was classified before, among others."""
    best = classification.best
    category = categories.get(best.category_code) if best is not None else None
    kind = suggest_kind(whole, category)
    urgency = suggest_urgency(whole, category)
    place = gazetteer.locate(address, whole, point)
    advice = list(urgency.advice)
    if kind.ask_report:
        advice.append(ASK_REPORT)
    if place.alternatives:
        advice.append(ASK_PLACE)
    elif place.outside:
        advice.append(OUTSIDE_CITY)
    return Understanding(whole, classification, kind, urgency, place, tuple(advice))
