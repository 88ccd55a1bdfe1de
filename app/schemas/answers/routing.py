"""Lessons, explanations and the report on routing as clients see them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.domain.catalogue import RequestKind
from app.domain.records import LessonDecision
from app.domain.routing import Verdict
from app.schemas.answers import examples as shown
from app.schemas.answers.catalogue import CategoryCode, RuleRow
from app.schemas.answers.common import Answer, AreaCode, CategoryPath, Confidence, UnitView, example, example_of
from app.schemas.answers.filing import ClassificationView, SuggestedUnit
from app.schemas.routing import LessonState

POWER = shown.OTHER_ROUTE["unit"]
Share = Annotated[float, Field(ge=0, le=1)]
LESSON = "0203~990100001000~urban-management~power"
_WHEN = "2026-11-21T08:00:00+00:00"
_DECISION = {
    "decision": "dismissed",
    "reason": "职责调整前的退单",
    "rule_id": None,
    "decided_by": "admin",
    "decided_at": _WHEN,
}
_LESSON = {
    "id": LESSON,
    **shown.CATEGORY,
    "area_code": "990100001000",
    "area_name": "云岭市 东河街道",
    "unit_before": shown.UNIT,
    "unit_after": POWER,
    "state": "speaking",
    "went": 6,
    "came_back": 5,
    "ended": 5,
    "endings": [{"unit": POWER, "cases": 5}],
    "share_at_least": 0.5321,
    "reason": "近90天本乡镇（街道）同类诉求6件中5件由云岭市综合行政执法局退回或改派后转云岭市供电公司办理",
    "decision": None,
}


class Ending(Answer):
    """Where matters ended that a unit gave back."""

    unit: UnitView | None
    cases: int


class DecisionView(Answer):
    """What was decided about a lesson, by whom."""

    decision: LessonDecision
    reason: str
    rule_id: int | None = Field(description="The rule that was made of it.")
    decided_by: str
    decided_at: AwareDatetime


class PastDecision(DecisionView):
    """A decision, and who took it back."""

    undone_by: str | None
    undone_at: AwareDatetime | None


class LessonRow(Answer):
    """What returns and re-dispatches teach: matters that keep coming back from one unit and end with another."""

    model_config = example(**_LESSON)
    id: str = Field(description="Category, township (`any`: the whole city) and the two units, joined by `~`.")
    category_code: CategoryCode
    category_path: CategoryPath
    area_code: AreaCode | None = Field(description="A township; null: the whole city.")
    area_name: str | None
    unit_before: UnitView | None = Field(description="Whom the rules send such matters to.")
    unit_after: UnitView | None = Field(description="With whom they end.")
    state: LessonState = Field(description="`silent`: too little evidence yet, or not any more.")
    went: int = Field(description="Matters that went to `unit_before` in the period; 0 when there is no evidence left.")
    came_back: int = Field(description="Those that it returned or lost to another unit.")
    ended: int = Field(description="Those that are with `unit_after`.")
    endings: list[Ending]
    share_at_least: Share = Field(description="Lower bound of the share that ends there, recent matters weighing more.")
    reason: str | None = Field(description="The sentence that dispatchers read.")
    decision: DecisionView | None = Field(description="What holds now.")


class LessonDetail(LessonRow):
    """A lesson with every decision about it, newest first."""

    model_config = example(
        **{**_LESSON, "state": "dismissed", "decision": _DECISION},
        history=[{**_DECISION, "undone_by": None, "undone_at": None}],
    )
    history: list[PastDecision]


class LessonRule(Answer):
    """A lesson and the rule that was made of it."""

    model_config = example(lesson=_LESSON, rule=example_of(RuleRow))
    lesson: LessonRow
    rule: RuleRow


class RestoredLesson(Answer):
    """A lesson about which nothing is decided any more."""

    model_config = example(lesson=_LESSON, rule=None)
    lesson: LessonRow
    rule: RuleRow | None = Field(description="The rule made of it, where it was changed since and stays; else null.")


class ConsideredRule(Answer):
    """A rule that was looked at, and what came of it."""

    rule: RuleRow | None = Field(description="Null: a village affair needs none.")
    verdict: Verdict
    message: str
    unit: UnitView | None


class ObstacleView(Answer):
    """Why the machine leaves it to a dispatcher."""

    code: str = Field(examples=["below-threshold"])
    message: str


class TextExplanation(Answer):
    """The whole way from a text to a unit."""

    model_config = example(
        classification=shown.CLASSIFICATION,
        kind="help",
        rules=[{"rule": example_of(RuleRow), "verdict": "taken", "message": "命中", "unit": shown.UNIT}],
        suggested_units=[shown.ROUTE, shown.OTHER_ROUTE],
        lessons=[],
        confidence=0.93,
        threshold=0.6,
        dispatched=True,
        unit=shown.UNIT,
        obstacles=[],
    )
    classification: ClassificationView
    kind: RequestKind
    rules: list[ConsideredRule] = Field(description="For the likeliest category, in the order they are looked at.")
    suggested_units: list[SuggestedUnit] = Field(description="Best first, at most three.")
    lessons: list[LessonRow] = Field(description="About this category and the rule's unit; silent ones too.")
    confidence: Confidence
    threshold: Confidence = Field(description="From here on such a matter is dispatched by machine.")
    dispatched: bool
    unit: UnitView | None = Field(description="Where it would be sent at once.")
    obstacles: list[ObstacleView] = Field(description="Empty when it is dispatched.")


class RuleHits(Answer):
    """A rule that dispatched by itself."""

    rule: RuleRow
    hits: int
    last_at: AwareDatetime


class CoveredRule(Answer):
    """A rule that cannot hit: others take all its matters."""

    rule: RuleRow
    by: list[RuleRow] = Field(description="At most five of them; empty when it never finds a unit.")
    village_affair: bool = Field(description="The village takes such matters without any rule.")


class CrossingRules(Answer):
    """Two rules that both fit some matters, neither narrower in everything; the first wins."""

    first: RuleRow
    second: RuleRow


class BareCategory(Answer):
    """A category for which there is no rule."""

    category_code: CategoryCode
    category_path: CategoryPath


class ReturnRow(Answer):
    """A category and a unit from which much comes back."""

    category_code: CategoryCode
    category_path: CategoryPath
    unit: UnitView | None
    cases: int
    came_back: int
    share: Share
    endings: list[Ending]


class RoutingReport(Answer):
    """What the rules are worth."""

    model_config = example(
        **{"from": "2026-08-24T00:00:00+08:00"},
        to="2026-11-22T10:00:00+08:00",
        rules=86,
        hit=[{"rule": example_of(RuleRow), "hits": 214, "last_at": _WHEN}],
        never_hit=[],
        covered=[],
        crossing=[],
        closed_units=[],
        categories_without_rule=[],
        returns=[
            {
                **shown.CATEGORY,
                "unit": shown.UNIT,
                "cases": 6,
                "came_back": 5,
                "share": 0.8333,
                "endings": [{"unit": POWER, "cases": 5}],
            }
        ],
        lessons=[_LESSON],
    )
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    rules: int = Field(description="How many rules there are.")
    hit: list[RuleHits] = Field(description="Rules by which the machine dispatched, the busiest first.")
    never_hit: list[RuleRow] = Field(description="Rules that could hit and did not in the period.")
    covered: list[CoveredRule]
    crossing: list[CrossingRules]
    closed_units: list[RuleRow] = Field(description="Rules to a unit that is out of use: they are passed over.")
    categories_without_rule: list[BareCategory]
    returns: list[ReturnRow] = Field(description="From 3 matters and 20 % on that came back, the worst first.")
    lessons: list[LessonRow] = Field(description="Those that speak, the surest first.")
