"""Webhooks for administrators: the feed, pushed to systems that cannot poll."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.lazily import later
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.catalogue import typed
from app.routers.deps import Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey, Page
from app.schemas.answers.common import page_of
from app.schemas.answers.webhooks import DeadLetterRow, SecretWebhook, Trial, WebhookRow
from app.schemas.types import Form
from app.schemas.webhooks import ReplayForm, WebhookChange, WebhookForm, WebhookPage

if TYPE_CHECKING:
    from app.services.webhooks import control, letters, manage
else:
    control = later("app.services.webhooks.control")
    letters = later("app.services.webhooks.letters")
    manage = later("app.services.webhooks.manage")

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks 回调"], route_class=StrictRoute)
MAY_READ = Depends(requires(Permission.WEBHOOK_READ))
Administrator = Annotated[Actor, Depends(requires(Permission.WEBHOOK_WRITE))]
ONE = "/{webhook_id:int}"
"""Digits only, so that a step after a colon is never taken for a part of the number."""


@router.get(
    "",
    summary="List 回调列表",
    responses=answers(page_of(WebhookRow, "WebhookRows")) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def list_webhooks(here: Here, page: Annotated[WebhookPage, Query()]) -> Response:
    """All of them, with position, lag and what went wrong last."""
    return Json(await manage.list_webhooks(here, page))


@router.get(
    ONE,
    summary="Read one 回调详情",
    responses=answers(WebhookRow) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def read_webhook(here: Here, webhook_id: IdKey) -> Response:
    """Without the secret, which is shown only when made."""
    return Json(await manage.read_webhook(here, webhook_id))


@router.post(
    "",
    status_code=201,
    summary="Add a webhook 新增回调",
    responses=answers(SecretWebhook, 201)
    | errors(401, 403, 422, body=True, codes={409: ("too-many", "idempotency-mismatch")}),
)
async def create_webhook(here: Here, actor: Administrator, form: WebhookForm, claim: Idempotency) -> Response:
    """Begins with what comes; `secret` is shown this once. The URL must be public, or allowed by the settings."""
    made = await manage.create_webhook(here, actor, form, claim)
    return Json(made.body, made.status)


@router.patch(
    ONE,
    summary="Change a webhook 修改回调",
    responses=answers(WebhookRow) | errors(401, 403, 404, 422, body=True),
)
@typed(form=WebhookChange)
async def change_webhook(here: Here, actor: Administrator, webhook_id: IdKey, form: Form) -> Response:
    """Only the fields given are changed; holds from the next message on."""
    return Json(await manage.change_webhook(here, actor, webhook_id, form))


@router.delete(ONE, status_code=204, summary="Delete a webhook 删除回调", responses=errors(401, 403, 404, 422))
async def delete_webhook(here: Here, actor: Administrator, webhook_id: IdKey) -> Response:
    """With its dead letters; nothing more is sent."""
    await manage.delete_webhook(here, actor, webhook_id)
    return Response(status_code=204)


@router.post(f"{ONE}:pause", summary="Pause 暂停", responses=answers(WebhookRow) | errors(401, 403, 404, 422))
async def pause(here: Here, actor: Administrator, webhook_id: IdKey) -> Response:
    """Nothing is sent until it is resumed; nothing is lost."""
    return Json(await control.pause(here, actor, webhook_id))


@router.post(
    f"{ONE}:resume",
    summary="Resume 恢复",
    responses=answers(WebhookRow) | errors(401, 403, 404, 422, codes={409: ("position-lost",)}),
)
async def resume(here: Here, actor: Administrator, webhook_id: IdKey) -> Response:
    """Of one that is paused or disabled: goes on where it stopped, at once; also ends a back-off."""
    return Json(await control.resume(here, actor, webhook_id))


@router.post(
    f"{ONE}:replay",
    summary="Move the position 重放",
    responses=answers(WebhookRow) | errors(401, 403, 404, 422, body=True),
)
async def replay(here: Here, actor: Administrator, webhook_id: IdKey, form: ReplayForm) -> Response:
    """Goes on after any cursor of the feed. What is sent again has the same `webhook-id` as before."""
    return Json(await control.replay(here, actor, webhook_id, form.after))


@router.post(
    f"{ONE}:rotate-secret",
    summary="Rotate the secret 更换密钥",
    responses=answers(SecretWebhook) | errors(401, 403, 404, 422),
)
async def rotate_secret(here: Here, actor: Administrator, webhook_id: IdKey) -> Response:
    """The new one is shown this once; for 24 hours both sign, so the receiver can change over in its own time."""
    return Json(await control.rotate_secret(here, actor, webhook_id))


@router.post(f"{ONE}:test", summary="Try it out 测试", responses=answers(Trial) | errors(401, 403, 404, 422))
async def test(here: Here, _actor: Administrator, webhook_id: IdKey) -> Response:
    """Sends a signed `ping` now and tells how it was answered; position and state stay."""
    return Json(await control.try_out(here, webhook_id))


@router.get(
    f"{ONE}/dead-letters",
    summary="List dead letters 死信列表",
    responses=answers(page_of(DeadLetterRow, "DeadLetterRows")) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def list_letters(here: Here, webhook_id: IdKey, page: Annotated[Page, Query()]) -> Response:
    """Messages that the receiver refused three times with a 4xx, oldest first."""
    return Json(await letters.list_letters(here, webhook_id, page))


@router.post(
    f"{ONE}/dead-letters/{{letter_id:int}}:retry",
    summary="Send a dead letter again 重发死信",
    responses=answers(Trial) | errors(401, 403, 404, 422, codes={409: ("not-visible",)}),
)
async def retry_letter(here: Here, _actor: Administrator, webhook_id: IdKey, letter_id: IdKey) -> Response:
    """Now, as its user may see the event now; the letter is gone once it was taken."""
    return Json(await letters.retry_letter(here, webhook_id, letter_id))


@router.delete(
    f"{ONE}/dead-letters/{{letter_id:int}}",
    status_code=204,
    summary="Delete a dead letter 删除死信",
    responses=errors(401, 403, 404, 422),
)
async def delete_letter(here: Here, actor: Administrator, webhook_id: IdKey, letter_id: IdKey) -> Response:
    """Throws the message away."""
    await letters.delete_letter(here, actor, webhook_id, letter_id)
    return Response(status_code=204)
