"""Figures over HTTP: summary, league, trend."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.routers.deps import Caller, Here, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.statistics import LeagueTable, Summary, TrendLine
from app.schemas.statistics import Figures, League, Trend
from app.services.statistics import report

router = APIRouter(
    prefix="/v1/statistics",
    tags=["statistics 统计"],
    route_class=StrictRoute,
    dependencies=[Depends(requires(Permission.STATISTICS_READ))],
)


@router.get("/summary", summary="How it stands 总览", responses=answers(Summary) | errors(401, 403, 422))
async def summary(here: Here, actor: Caller, asked: Annotated[Figures, Query()]) -> Response:
    """All figures of the requests filed in the period, this month by default.

    A unit gets its own and those of units below it. Every rate shows what it is made of.
    """
    return Json(await report.summary(here, actor, asked, now()))


@router.get("/league", summary="Who is how good 排名", responses=answers(LeagueTable) | errors(401, 403, 422))
async def league(here: Here, actor: Caller, asked: Annotated[League, Query()]) -> Response:
    """The same figures by unit, area, category, kind or channel, best first.

    Areas and categories are compared one level below the prefix asked for.
    """
    return Json(await report.league(here, actor, asked, now()))


@router.get("/trend", summary="How it went 趋势", responses=answers(TrendLine) | errors(401, 403, 422))
async def trend(here: Here, actor: Caller, asked: Annotated[Trend, Query()]) -> Response:
    """The same figures by day, week or month of filing, at most 400 pieces."""
    return Json(await report.trend(here, actor, asked, now()))
