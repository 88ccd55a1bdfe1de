"""The auditors' view of secrecy: every look at an identity, with its reason."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.domain.permissions import Permission
from app.routers.deps import DEFAULT_PAGE, Caller, Cursor, Here, Json, Limit, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.audit import Reveals
from app.schemas.common import BEFORE, Moment
from app.services import audit

router = APIRouter(route_class=StrictRoute, tags=["audit 审计"])


@router.get(
    "/v1/audit/reveals",
    summary="Who looked at identities 身份查看记录",
    responses=answers(Reveals) | errors(401, 403, 422),
    dependencies=[Depends(requires(Permission.AUDIT_READ))],
)
async def reveals(
    here: Here,
    actor: Caller,
    user: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="User name.")] = None,
    ticket_no: Annotated[str | None, Query(pattern=r"^\d{14}$")] = None,
    since: Annotated[
        Moment | None, Query(description="At or after this instant, or from the beginning of this day of the city on.")
    ] = None,
    until: Annotated[Moment | None, Query(description=f"Shown {BEFORE}")] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Every reveal of an identity, newest first: who, when, of which ticket, for which reason."""
    wanted = audit.RevealFilter(user, ticket_no, since, until)
    return Json(await audit.list_reveals(here, actor, wanted, limit, cursor))
