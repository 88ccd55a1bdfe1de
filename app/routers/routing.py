"""Routing for those who look after it: lessons from returns, why a text goes where, what the rules are worth."""

import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator

from app.core.clock import now
from app.core.lazily import later
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.permissions import Permission
from app.routers.deps import Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers import routing as shown
from app.schemas.answers.common import page_of
from app.schemas.routing import AdoptForm, DismissForm, ExplainForm, LessonPage, ReportPeriod
from app.services.routing.explaining import explain_text
from app.services.routing.reporting import routing_report

if TYPE_CHECKING:
    from app.services.routing import lessons
else:
    lessons = later("app.services.routing.lessons")

router = APIRouter(prefix="/v1", route_class=StrictRoute)
MAY_READ = Depends(requires(Permission.CATALOGUE_READ))
SEES_ALL = Depends(requires(Permission.REQUEST_READ_ALL, Permission.CATALOGUE_WRITE))
"""Figures over everybody's matters are not for the units."""
Administrator = Annotated[Actor, Depends(requires(Permission.CATALOGUE_WRITE))]
LESSONS: list[str | Enum] = ["routing lessons 退单经验"]
RULES: list[str | Enum] = ["routing rules 派单规则"]
_CODE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


def _shaped_like_a_lesson(value: str) -> str:
    if not re.fullmatch(rf"[0-9]{{2,4}}~([0-9]{{12}}|any)~{_CODE}~{_CODE}", value):
        raise not_found()
    return value


LessonKey = Annotated[str, AfterValidator(_shaped_like_a_lesson), Path(description="`id` of the lesson.")]


@router.get(
    "/routing-lessons",
    summary="List lessons 退单经验列表",
    tags=LESSONS,
    responses=answers(page_of(shown.LessonRow, "LessonRows")) | errors(401, 403, 422),
    dependencies=[SEES_ALL],
)
async def list_lessons(here: Here, page: Annotated[LessonPage, Query()]) -> Response:
    """What returns and re-dispatches of the last days teach, and what people decided about it; by `id`."""
    return Json(lessons.list_lessons(here, page))


@router.get(
    "/routing-lessons/{lesson}",
    summary="Read a lesson 退单经验详情",
    tags=LESSONS,
    responses=answers(shown.LessonDetail) | errors(401, 403, 404, 422),
    dependencies=[SEES_ALL],
)
async def read_lesson(here: Here, lesson: LessonKey) -> Response:
    """With every decision about it, also those that were taken back, newest first."""
    return Json(await lessons.read_lesson(here, lesson))


@router.post(
    "/routing-lessons/{lesson}/dismiss",
    summary="Dismiss 不采纳",
    tags=LESSONS,
    responses=answers(shown.LessonRow) | errors(401, 403, 404, 422, body=True, codes={409: ("lesson-decided",)}),
)
async def dismiss(here: Here, actor: Administrator, lesson: LessonKey, form: DismissForm) -> Response:
    """It says nothing any more, until it is restored. In force at once, in every process."""
    return Json(await lessons.dismiss(here, actor, lesson, form))


@router.post(
    "/routing-lessons/{lesson}/adopt",
    status_code=201,
    summary="Make it a rule 采纳为规则",
    tags=LESSONS,
    responses=answers(shown.LessonRule, 201)
    | errors(
        401,
        403,
        404,
        422,
        body=True,
        codes={409: ("lesson-decided", "lesson-covered", "already-exists", "idempotency-mismatch")},
    ),
)
async def adopt(here: Here, actor: Administrator, lesson: LessonKey, form: AdoptForm, claim: Idempotency) -> Response:
    """A rule for the category and the township (or the whole city), before those that are there; it is shown."""
    made = await lessons.adopt(here, actor, lesson, form, claim)
    return Json(made.body, made.status)


@router.post(
    "/routing-lessons/{lesson}/restore",
    summary="Take a decision back 恢复",
    tags=LESSONS,
    responses=answers(shown.RestoredLesson) | errors(401, 403, 404, 422, codes={409: ("lesson-undecided",)}),
)
async def restore(here: Here, actor: Administrator, lesson: LessonKey) -> Response:
    """A dismissed one may speak again; of an adopted one the rule is deleted, unless it was changed since."""
    return Json(await lessons.restore(here, actor, lesson))


@router.post(
    "/routing-rules:explain",
    summary="Why a text goes where 派单过程说明",
    tags=RULES,
    responses=answers(shown.TextExplanation) | errors(401, 403, 422, body=True),
    dependencies=[MAY_READ],
)
async def explain_whole_text(here: Here, form: ExplainForm) -> Response:
    """What was read, every rule in the order it is looked at, the lessons, and what keeps the machine back. Saves nothing."""
    return Json(explain_text(here, form))


@router.get(
    "/routing-rules:report",
    summary="What the rules are worth 派单规则报告",
    tags=RULES,
    responses=answers(shown.RoutingReport) | errors(401, 403, 422),
    dependencies=[SEES_ALL],
)
async def report(here: Here, period: Annotated[ReportPeriod, Query()]) -> Response:
    """Rules never hit, that cannot hit, at odds, or to closed units; categories without a rule; where matters come back."""
    return Json(await routing_report(here, period.since, now()))
