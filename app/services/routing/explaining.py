"""Why a text would go where: what was read, every rule looked at, the lessons that spoke, and what keeps the machine back.

It asks the functions that file a request, so that it cannot explain something else than what happens.
"""

from typing import Any

from app.domain.catalogue import Channel
from app.domain.routing import Considered, Verdict
from app.schemas.requests import RequestForm
from app.schemas.routing import ExplainForm
from app.services.installation import Installation
from app.services.intake.assess import Assessment, assess, classification_view, routing_view
from app.services.intake.checks import accused_in, check
from app.services.intake.obstacles import Obstacle
from app.services.reference import Reference
from app.services.routing.lesson_view import lesson_view
from app.services.routing.reporting import rule_view

MOST_RULES = 100
OBSTACLES: dict[Obstacle, str] = {
    Obstacle.NO_CATEGORY: "未能识别事项分类",
    Obstacle.BELOW_THRESHOLD: "分类把握低于自动派单标准",
    Obstacle.NO_RULE: "没有匹配的派单规则",
    Obstacle.OTHER_LEADS: "首选单位来自其他可能的分类",
    Obstacle.AVOIDED: "规则所定单位须回避",
    Obstacle.LESSON: "近期退单情况与规则不一致，请派单员判断",
    Obstacle.CONFIDENTIAL: "举报或保密诉求须人工派单",
    Obstacle.OUTSIDE: "属外部单位职责，须人工转办",
    Obstacle.OUTSIDE_CITY: "所述地点可能不在本市，请先核实",
    Obstacle.PLACE_OPEN: "地点可能有多处，请先核实",
    Obstacle.PLACE_UNKNOWN: "属地事项而地点不明，请先核实",
    Obstacle.DANGER: "可能危及人身或财产安全，而分类不属紧急事项，请人工确认",
}
VERDICTS: dict[Verdict, str] = {
    Verdict.TAKEN: "命中",
    Verdict.ELSEWHERE: "地点不符",
    Verdict.OTHER_KIND: "诉求类型不符",
    Verdict.UNIT_CLOSED: "承办单位已停用，跳过",
    Verdict.NO_LOCAL_UNIT: "地点不明或当地没有属地单位，跳过",
    Verdict.AVOIDED: "单位须回避，跳过",
}


def explain_text(here: Installation, asked: ExplainForm) -> dict[str, Any]:
    """The whole way from text to unit; raises InvalidError for an unknown category, area or unit. No statement."""
    form = RequestForm(channel=Channel.PHONE, **asked.model_dump())
    reference = here.reference.now
    found = assess(form, check(form, reference), reference)
    classification = classification_view(found, reference)
    return {
        "classification": classification,
        "kind": found.kind,
        "rules": [_considered(seen, reference) for seen in _rules(form, found, reference)],
        "suggested_units": routing_view(found, reference),
        "lessons": [lesson_view(reference, key) for key in _lessons(found, reference)],
        "confidence": classification["confidence"],
        "threshold": reference.auto_dispatch_threshold(found.category.code if found.category else None),
        "dispatched": found.sure,
        "unit": reference.names.unit(found.routes[0].unit.code) if found.sure else None,
        "obstacles": [{"code": obstacle, "message": OBSTACLES[obstacle]} for obstacle in found.obstacles],
    }


def _rules(form: RequestForm, found: Assessment, reference: Reference) -> list[Considered]:
    """What was looked at for the likeliest category, in order."""
    if found.category is None:
        return []
    accused = accused_in(form)
    seen = reference.routing.consider(
        found.category,
        reference.area_path(found.area_code),
        found.kind,
        lambda code: reference.shut_out(code, accused),
    )
    return list(seen)[-MOST_RULES:]


def _lessons(found: Assessment, reference: Reference) -> list[str]:
    """Lessons about the category and the unit of the rules, those that say nothing included."""
    if not found.routes:
        return []
    first, path = found.routes[0], reference.area_path(found.area_code)
    of = reference.learned.book.of
    return [
        lesson.key
        for place in (*reversed(path), None)
        for lesson in of.get((first.category_code, place, first.unit.code), ())
    ]


def _considered(seen: Considered, reference: Reference) -> dict[str, Any]:
    rule = seen.rule
    return {
        "rule": rule_view(rule) if rule else None,
        "verdict": seen.verdict,
        "message": VERDICTS[seen.verdict],
        "unit": reference.names.unit(seen.unit.code) if seen.unit else None,
    }
