"""Keys for machines: everybody manages their own, administrators all of them."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from app.core.lazily import later
from app.routers.deps import Caller, Here, Idempotency, Json
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey
from app.schemas.answers.common import page_of
from app.schemas.answers.identity import ApiKeyRow, NewApiKey
from app.schemas.users import ApiKeyForm, ApiKeyPage

if TYPE_CHECKING:
    from app.services import api_keys
else:
    api_keys = later("app.services.api_keys")

router = APIRouter(prefix="/v1/api-keys", tags=["API keys 密钥"], route_class=StrictRoute)


@router.get("", summary="List 密钥列表", responses=answers(page_of(ApiKeyRow, "ApiKeyRows")) | errors(401, 422))
async def list_keys(here: Here, actor: Caller, page: Annotated[ApiKeyPage, Query()]) -> Response:
    """The caller's own; who reads identities sees all. Only the first signs of a key are shown."""
    return Json(await api_keys.list_keys(here, actor, page))


@router.get("/{key_id}", summary="Read one 密钥详情", responses=answers(ApiKeyRow) | errors(401, 404, 422))
async def read_key(here: Here, actor: Caller, key_id: IdKey) -> Response:
    """Scopes, user, and when it ends."""
    return Json(await api_keys.read_key(here, actor, key_id))


@router.post(
    "",
    status_code=201,
    summary="Make a key 新增密钥",
    responses=answers(NewApiKey, 201) | errors(401, 403, 422, body=True, codes={409: ("idempotency-mismatch",)}),
)
async def create_key(here: Here, actor: Caller, form: ApiKeyForm, claim: Idempotency) -> Response:
    """`key` is shown this once. It acts as its user, with no more than `scopes`, which the user must have itself."""
    made = await api_keys.create_key(here, actor, form, claim)
    return Json(made.body, made.status)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key 吊销密钥", responses=errors(401, 403, 404, 422))
async def revoke_key(here: Here, actor: Caller, key_id: IdKey) -> Response:
    """It ends at once, in every process; the row stays, with `revoked_at`."""
    await api_keys.revoke_key(here, actor, key_id)
    return Response(status_code=204)
