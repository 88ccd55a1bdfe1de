"""The call-back agents' queue; what was said is a step of the request (`…/callbacks`)."""

from fastapi import APIRouter, Depends, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.routers.deps import DEFAULT_PAGE, Caller, Cursor, Here, Json, Limit, requires
from app.routers.documentation import answers, errors, name_permissions
from app.routers.strict import StrictRoute
from app.schemas.answers.callbacks import CallbackItems
from app.services import callbacks

router = APIRouter(route_class=StrictRoute, tags=["callbacks 回访"])


@router.get(
    "/v1/callbacks/queue",
    summary="Whom to ring 待回访",
    responses=answers(CallbackItems) | errors(401, 403, 422),
    dependencies=[Depends(requires(Permission.REQUEST_CALLBACK, Permission.AUDIT_READ))],
)
async def queue(here: Here, actor: Caller, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None) -> Response:
    """Resolved requests that nobody has rated, earliest due first."""
    return Json(await callbacks.queue(here, actor, limit, cursor, now()))


name_permissions(router)
