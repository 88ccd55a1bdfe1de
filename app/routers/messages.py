"""Messages over HTTP: what was sent and what became of it; trying again, stopping; a look at words before saving them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.deps import Here, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey
from app.schemas.answers.common import page_of
from app.schemas.answers.notifications import MessageRow, TemplatePreview
from app.schemas.notifications import MessagePage, TemplateForm
from app.services.messages import listing
from app.services.messages.templates import preview

router = APIRouter(prefix="/v1", route_class=StrictRoute)
Reader = Annotated[Actor, Depends(requires(Permission.AUDIT_READ))]
Manager = Annotated[Actor, Depends(requires(Permission.MESSAGE_MANAGE))]
TAG = "messages 消息通知"
REFUSALS = errors(401, 403, 404, 422, codes={409: ("message-state",)})


@router.get(
    "/messages",
    summary="List messages 消息列表",
    tags=[TAG],
    responses=answers(page_of(MessageRow, "MessageRows")) | errors(401, 403, 422),
)
async def list_messages(here: Here, actor: Reader, page: Annotated[MessagePage, Query()]) -> Response:
    """Newest first, about requests that the caller may see; filters are joined by AND. Recipients are masked."""
    return Json(await listing.list_messages(here, actor, page))


@router.post(
    "/messages/{key:int}:retry", summary="Try again 重新发送", tags=[TAG], responses=answers(MessageRow) | REFUSALS
)
async def retry_message(here: Here, actor: Manager, key: IdKey) -> Response:
    """One that failed, was skipped or cancelled is sent with the next sweep, in words that are true then."""
    return Json(await listing.retry_message(here, actor, key))


@router.post(
    "/messages/{key:int}:cancel", summary="Stop one 取消发送", tags=[TAG], responses=answers(MessageRow) | REFUSALS
)
async def cancel_message(here: Here, actor: Manager, key: IdKey) -> Response:
    """One that waits is not sent."""
    return Json(await listing.cancel_message(here, actor, key))


@router.post(
    "/message-templates:preview",
    summary="Look at words 预览通知模板",
    tags=["message templates 通知模板"],
    responses=answers(TemplatePreview) | errors(401, 403, 422, body=True),
    dependencies=[Depends(requires(Permission.CATALOGUE_WRITE))],
)
async def preview_template(here: Here, form: TemplateForm) -> Response:
    """The words with example values, as they would read; refused for the same reasons as when they are saved."""
    return Json(await preview(here.settings, form.model_dump()))
