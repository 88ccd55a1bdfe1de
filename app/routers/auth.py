"""Login and the caller's own account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm

from app.core.clock import now
from app.routers.deps import Caller, Here, Json
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.identity import Me, Token
from app.schemas.auth import PasswordChange
from app.services import authentication

router = APIRouter(prefix="/v1/auth", tags=["auth 登录"], route_class=StrictRoute)


@router.post(
    "/token",
    summary="Log in 登录（OAuth2 密码方式）",
    responses=answers(Token) | errors(422, 429, body=True, codes={401: ("wrong-credentials",)}),
)
async def log_in(request: Request, here: Here, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Response:
    """A token for `Authorization: Bearer …`; wrong passwords are limited per name and address."""
    address = request.client.host if request.client else "unknown"
    return Json(await authentication.log_in(here, form.username, form.password, address, now()))


@router.get("/me", summary="Who am I 当前用户", responses=answers(Me) | errors(401))
async def me(caller: Caller) -> Response:
    """The caller's name, unit, roles and permissions."""
    body: dict[str, Any] = {
        "username": caller.name,
        "kind": caller.kind,
        "unit_code": caller.unit_code,
        "roles": list(caller.roles),
        "permissions": sorted(caller.permissions),
    }
    return Json(body)


@router.post(
    "/password",
    status_code=204,
    summary="Change password 修改密码",
    responses=errors(401, 422, 429, body=True),
)
async def change_password(here: Here, caller: Caller, form: PasswordChange) -> Response:
    """Sets a new password; all earlier tokens of the user end at once."""
    await authentication.change_password(here, caller, form.current_password, form.new_password, now())
    return Response(status_code=204)
