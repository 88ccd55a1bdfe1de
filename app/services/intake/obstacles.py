"""Why the machine leaves a matter to a dispatcher: it is not sure, may not decide, or somebody should be asked first."""

from collections.abc import Iterator
from enum import StrEnum

from app.domain.catalogue import Category, RequestKind, UnitKind, Urgency
from app.domain.coverage import NEVER
from app.domain.routing import Route, Verdict
from app.domain.understanding import Understanding
from app.services.reference import Reference


class Obstacle(StrEnum):
    """Why the machine leaves a matter to a dispatcher (未自动派单的原因)."""

    NO_CATEGORY = "no-category"
    BELOW_THRESHOLD = "below-threshold"
    NO_RULE = "no-rule"
    OTHER_LEADS = "other-leads"
    AVOIDED = "avoided"
    LESSON = "lesson"
    CONFIDENTIAL = "confidential"
    OUTSIDE = "outside"
    OUTSIDE_CITY = "outside-city"
    PLACE_OPEN = "place-open"
    PLACE_UNKNOWN = "place-unknown"
    DANGER = "danger"


def obstacles(
    reference: Reference, candidates: list[tuple[Category, float]], routes: list[Route], *, secret: bool, given: bool
) -> Iterator[Obstacle]:
    """Why people decide; nothing when the machine is sure."""
    if not candidates:
        yield Obstacle.NO_CATEGORY
        return
    category, confidence = candidates[0]
    threshold = reference.auto_dispatch_threshold(category.code)
    # So asked, no number that is none passes; and from a threshold of 1 on people decide whatever the machine says.
    if not given and (threshold >= NEVER or not confidence >= threshold):
        yield Obstacle.BELOW_THRESHOLD
    if not routes:
        yield Obstacle.NO_RULE
    elif routes[0].category_code != category.code:
        yield Obstacle.OTHER_LEADS
    elif routes[0].avoided:
        yield Obstacle.AVOIDED  # who is to have the matter instead of the unit that was avoided
    if any(route.lesson for route in routes):
        yield Obstacle.LESSON
    if secret:
        yield Obstacle.CONFIDENTIAL
    if category.unit_kind is UnitKind.EXTERNAL and not given:
        yield Obstacle.OUTSIDE


def open_questions(
    reference: Reference,
    category: Category | None,
    area_code: str | None,
    kind: RequestKind,
    read: Understanding,
    *,
    settled: bool,
) -> Iterator[Obstacle]:
    """What somebody should ask first: where it is (`settled`: they were told), and whether it is what it seems to be."""
    if category is None:
        return
    if not settled and read.place.outside:
        yield Obstacle.OUTSIDE_CITY
    if not settled and read.place.alternatives:
        yield Obstacle.PLACE_OPEN
    if area_code is None:
        seen = reference.routing.consider(category, (), kind)
        if any(one.verdict is Verdict.NO_LOCAL_UNIT for one in seen):
            yield Obstacle.PLACE_UNKNOWN
    if read.advice and read.urgency.urgency is Urgency.CRITICAL and category.usual_urgency is Urgency.NORMAL:
        yield Obstacle.DANGER
