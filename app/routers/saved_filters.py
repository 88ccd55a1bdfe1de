"""Saved filters over HTTP; the lists and exports take them as `?saved=<id>`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.routers.catalogue import typed
from app.routers.deps import Caller, Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey
from app.schemas.answers.saved_filters import SavedFilterRow, SavedFilterRows
from app.schemas.saved_filters import SavedFilterChange, SavedFilterForm, SavedFilterPage
from app.schemas.types import Form
from app.services import saved_filters

router = APIRouter(
    prefix="/v1/saved-filters",
    tags=["saved filters 常用筛选"],
    route_class=StrictRoute,
    dependencies=[Depends(requires(Permission.REQUEST_READ))],
)
CONFLICTS = ("already-exists", "too-many", "idempotency-mismatch")


@router.get("", summary="List 常用筛选列表", responses=answers(SavedFilterRows) | errors(401, 403, 422))
async def list_filters(here: Here, actor: Caller, page: Annotated[SavedFilterPage, Query()]) -> Response:
    """The caller's own and those that others share, oldest first."""
    return Json(await saved_filters.list_filters(here, actor, page))


@router.get("/{key}", summary="Read one 查看", responses=answers(SavedFilterRow) | errors(401, 403, 404, 422))
async def read_filter(here: Here, actor: Caller, key: IdKey) -> Response:
    """One of the caller's own or of the shared ones."""
    return Json(await saved_filters.read_filter(here, actor, key))


@router.post(
    "",
    status_code=201,
    summary="Save a filter 新增",
    responses=answers(SavedFilterRow, 201) | errors(401, 403, 422, body=True, codes={409: CONFLICTS}),
)
async def create_filter(here: Here, actor: Caller, form: SavedFilterForm, claim: Idempotency) -> Response:
    """`query` is refused where the list itself would refuse it. A person keeps at most 100, each name once."""
    made = await saved_filters.create_filter(here, actor, form, claim, now())
    return Json(made.body, made.status)


@router.patch(
    "/{key}",
    summary="Change one 修改",
    responses=answers(SavedFilterRow) | errors(401, 403, 404, 422, body=True, codes={409: ("already-exists",)}),
)
@typed(form=SavedFilterChange)
async def change_filter(here: Here, actor: Caller, key: IdKey, form: Form) -> Response:
    """Only the fields given are changed; a filter of somebody else can be used, not changed."""
    return Json(await saved_filters.change_filter(here, actor, key, form, now()))


@router.delete("/{key}", status_code=204, summary="Delete one 删除", responses=errors(401, 403, 404, 422))
async def delete_filter(here: Here, actor: Caller, key: IdKey) -> Response:
    """Nothing is left of it; lists that name it say so."""
    await saved_filters.delete_filter(here, actor, key)
    return Response(status_code=204)
