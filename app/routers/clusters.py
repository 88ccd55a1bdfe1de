"""Clusters over HTTP (集中诉求): which there are, what is in one, acknowledging and dismissing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.clusters import ClusterState
from app.domain.permissions import Permission
from app.routers.deps import Here, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey
from app.schemas.answers.clusters import ClusterDetail, ClusterView
from app.schemas.answers.common import page_of
from app.schemas.clusters import AcknowledgeForm, ClusterPage, DismissForm
from app.services.clusters import read
from app.services.clusters.decide import decide

router = APIRouter(
    prefix="/v1",
    tags=["clusters 集中诉求"],
    route_class=StrictRoute,
    dependencies=[Depends(requires(Permission.REQUEST_READ_ALL))],
)
Reader = Depends(requires(Permission.STATISTICS_READ))
Decider = Annotated[Actor, Depends(requires(Permission.REQUEST_SUPERVISE))]
DECIDED = answers(ClusterDetail) | errors(401, 403, 404, 422, body=True, codes={409: ("cluster-state",)})


@router.get(
    "/statistics/clusters",
    summary="Clusters 集中诉求",
    dependencies=[Reader],
    responses=answers(page_of(ClusterView, "Clusters")) | errors(401, 403, 422),
)
async def list_clusters(here: Here, page: Annotated[ClusterPage, Query()]) -> Response:
    """One matter of several callers within the window, the newest cluster first. Secret matters are in none."""
    return Json(await read.list_clusters(here, page, now()))


@router.get(
    "/clusters/{key:int}",
    summary="One cluster 集中诉求详情",
    dependencies=[Reader],
    responses=answers(ClusterDetail) | errors(401, 403, 404, 422),
)
async def read_cluster(here: Here, key: IdKey) -> Response:
    """With its requests, and what may be merged (并案) into which."""
    return Json(await read.read_cluster(here, key, now()))


@router.post("/clusters/{key:int}/acknowledge", summary="See to a cluster 确认集中诉求", responses=DECIDED)
async def acknowledge(here: Here, actor: Decider, key: IdKey, form: AcknowledgeForm | None = None) -> Response:
    """Somebody looks after it; supervisors are still told when its callers double. So a dismissed one is taken up again."""
    return Json(await decide(here, actor, key, ClusterState.ACKNOWLEDGED, form.reason if form else None, now()))


@router.post("/clusters/{key:int}/dismiss", summary="It is no cluster 排除集中诉求", responses=DECIDED)
async def dismiss(here: Here, actor: Decider, key: IdKey, form: DismissForm) -> Response:
    """Nothing more is told of it until its callers have doubled; what is still filed about the matter goes into it."""
    return Json(await decide(here, actor, key, ClusterState.DISMISSED, form.reason, now()))
