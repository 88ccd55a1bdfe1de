"""The call-back agents' queue; what was said is a step of the request (`…/callbacks`)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.deps import DEFAULT_PAGE, Caller, Cursor, Here, Json, Limit, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.callbacks import CallbackItems, ClaimedCallbacks, ReleasedCallbacks
from app.schemas.callbacks import ClaimForm, ReleaseForm
from app.services import callbacks

router = APIRouter(route_class=StrictRoute, prefix="/v1/callbacks", tags=["callbacks 回访"])
Agent = Annotated[Actor, Depends(requires(Permission.REQUEST_CALLBACK))]


@router.get(
    "/queue",
    summary="Whom to ring 待回访",
    responses=answers(CallbackItems) | errors(401, 403, 422),
    dependencies=[Depends(requires(Permission.REQUEST_CALLBACK, Permission.AUDIT_READ))],
)
async def queue(
    here: Here,
    actor: Caller,
    everybody: Annotated[
        bool, Query(alias="all", description="Also those that were tried in this half of the day.")
    ] = False,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Resolved requests that nobody has rated: overdue first, then critical and urgent, then by due time.

    Whoever did not answer is left out until the next half of the day (noon in the city).
    """
    return Json(await callbacks.queue(here, actor, limit, cursor, now(), everybody=everybody))


@router.post(
    "/queue:claim",
    summary="Take the next ones 领取回访任务",
    responses=answers(ClaimedCallbacks) | errors(401, 403, 422, body=True),
)
async def claim(here: Here, actor: Agent, form: ClaimForm) -> Response:
    """The next free ones are the caller's for 30 minutes; those it has already come first and are renewed.

    No two agents get the same one, however many ask at once. A claim ends by itself.
    """
    return Json(await callbacks.claim(here, actor, form.limit, now()))


@router.post(
    "/queue:release",
    summary="Give some back 退回回访任务",
    responses=answers(ReleasedCallbacks) | errors(401, 403, 422, body=True),
)
async def release(here: Here, actor: Agent, form: ReleaseForm) -> Response:
    """Others may ring them again at once. Only the caller's own claims are given back; the answer names them."""
    return Json(await callbacks.release(here, actor, form.ticket_nos))
