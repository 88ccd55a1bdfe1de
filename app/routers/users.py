"""Users for administrators; the roles they have are in `catalogue.py`, their keys in `api_keys.py`."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.lazily import later
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.catalogue import typed
from app.routers.deps import Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import CodeKey
from app.schemas.answers.common import page_of
from app.schemas.answers.identity import UserRow
from app.schemas.types import Form
from app.schemas.users import NewPassword, UserChange, UserForm, UserPage

if TYPE_CHECKING:
    from app.services import users
else:
    users = later("app.services.users")

router = APIRouter(prefix="/v1/users", tags=["users 用户"], route_class=StrictRoute)
MAY_READ = Depends(requires(Permission.IDENTITY_READ))
Administrator = Annotated[Actor, Depends(requires(Permission.IDENTITY_WRITE))]


@router.get(
    "",
    summary="List and search 用户列表",
    responses=answers(page_of(UserRow, "UserRows")) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def list_users(here: Here, page: Annotated[UserPage, Query()]) -> Response:
    """By user name; filters are joined by AND."""
    return Json(await users.list_users(here, page))


@router.get(
    "/{username}",
    summary="Read one 用户详情",
    responses=answers(UserRow) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def read_user(here: Here, username: CodeKey) -> Response:
    """Name, unit, roles and whether it is active."""
    return Json(await users.read_user(here, username))


@router.post(
    "",
    status_code=201,
    summary="Add a user 新增用户",
    responses=answers(UserRow, 201)
    | errors(401, 403, 422, body=True, codes={409: ("already-exists", "idempotency-mismatch")}),
)
async def create_user(here: Here, actor: Administrator, form: UserForm, claim: Idempotency) -> Response:
    """A handler needs a unit; 409 `already-exists` for a name that is taken."""
    made = await users.create_user(here, actor, form, claim)
    return Json(made.body, made.status)


@router.patch(
    "/{username}",
    summary="Change a user 修改用户",
    responses=answers(UserRow) | errors(401, 403, 404, 422, body=True, codes={409: ("own-account", "last-admin")}),
)
@typed(form=UserChange)
async def change_user(here: Here, actor: Administrator, username: CodeKey, form: Form) -> Response:
    """Other roles, or `active` false, end all tokens of the user at once.

    409 `own-account` for oneself, 409 `last-admin` for the last active administrator.
    """
    return Json(await users.change_user(here, actor, username, form))


@router.post(
    "/{username}/password",
    status_code=204,
    summary="Set a password 重置密码",
    responses=errors(401, 403, 404, 422, body=True),
)
async def set_password(here: Here, actor: Administrator, username: CodeKey, form: NewPassword) -> Response:
    """For who has forgotten it; all tokens of the user end at once."""
    await users.set_password(here, actor, username, form.new_password)
    return Response(status_code=204)
