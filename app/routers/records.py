"""Applications and slips: what waits for a decision or an answer. The steps are in `steps.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.domain.records import ApplicationKind, ApplicationState, SlipKind, SlipLevel, SlipState
from app.domain.states import Subject
from app.routers.deps import DEFAULT_PAGE, Caller, Cursor, Here, Json, Limit, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.records import ApplicationItem, ApplicationItems, SupervisionItem, SupervisionItems
from app.schemas.common import ApplicationNo, SupervisionNo
from app.services import records
from app.services.records import RecordFilter

router = APIRouter(route_class=StrictRoute, prefix="/v1", dependencies=[Depends(requires(Permission.REQUEST_READ))])
UnitCode = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Ticket = Annotated[str | None, Query(pattern=r"^\d{14}$")]


@router.get(
    "/applications",
    summary="List applications 申请列表",
    tags=["applications 申请"],
    responses=answers(ApplicationItems) | errors(401, 403, 422),
)
async def list_applications(
    here: Here,
    actor: Caller,
    state: ApplicationState | None = None,
    kind: ApplicationKind | None = None,
    unit: UnitCode = None,
    ticket_no: Ticket = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Newest first; `state=open` is what waits for a decision. A unit sees its own and those of units below it."""
    wanted = RecordFilter(state, kind, None, unit, ticket_no)
    return Json(await records.list_records(here, actor, Subject.APPLICATION, wanted, limit, cursor, now()))


@router.get(
    "/applications/{number}",
    summary="Read one 申请详情",
    tags=["applications 申请"],
    responses=answers(ApplicationItem) | errors(401, 403, 404, 422),
)
async def read_application(here: Here, actor: Caller, number: ApplicationNo) -> Response:
    """What was asked, by whom, and what was decided."""
    return Json(await records.read_record(here, actor, Subject.APPLICATION, number))


@router.get(
    "/supervisions",
    summary="List slips and instructions 督办列表",
    tags=["supervision 督办"],
    responses=answers(SupervisionItems) | errors(401, 403, 422),
)
async def list_supervisions(
    here: Here,
    actor: Caller,
    state: SlipState | None = None,
    kind: SlipKind | None = None,
    level: SlipLevel | None = None,
    unit: UnitCode = None,
    ticket_no: Ticket = None,
    overdue: bool | None = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Newest first. `overdue`: open, and its time is over."""
    wanted = RecordFilter(state, kind, level, unit, ticket_no, overdue)
    return Json(await records.list_records(here, actor, Subject.SUPERVISION, wanted, limit, cursor, now()))


@router.get(
    "/supervisions/{number}",
    summary="Read one 督办详情",
    tags=["supervision 督办"],
    responses=answers(SupervisionItem) | errors(401, 403, 404, 422),
)
async def read_supervision(here: Here, actor: Caller, number: SupervisionNo) -> Response:
    """What is to be answered by when, the answer, and whether it was enough."""
    return Json(await records.read_record(here, actor, Subject.SUPERVISION, number))
