"""Attachments for staff and machines: upload, list, download, remove."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.deps import Caller, Here, Json, checked_key, requires
from app.routers.documentation import Responses, answers, errors
from app.routers.downloads import DOWNLOAD, file_response
from app.routers.strict import StrictRoute
from app.routers.uploads import UploadRoute, received
from app.schemas.answers.attachments import Attachments, AttachmentView
from app.schemas.attachments import AttachmentForm
from app.schemas.common import AttachmentNo, TicketNo
from app.services.attachments.read import list_attachments, open_attachment
from app.services.attachments.remove import remove
from app.services.attachments.upload import CREATED, attach, may_attach

router = APIRouter(prefix="/v1", tags=["attachments 附件"], route_class=StrictRoute)
uploads = APIRouter(prefix="/v1", tags=["attachments 附件"], route_class=UploadRoute)
MAY_READ = Depends(requires(Permission.REQUEST_READ))
MAY_ATTACH = Depends(requires(Permission.REQUEST_SUPPLEMENT, Permission.WORK_ORDER_HANDLE))
MAY_REMOVE = Depends(requires(Permission.REQUEST_SUPPLEMENT, Permission.WORK_ORDER_HANDLE, Permission.REQUEST_DISPATCH))
REMOVED: Responses = {204: {"description": "Removed; the file is erased."}}
UPLOAD_CONFLICTS = ("request-over", "too-many-attachments", "idempotency-mismatch")


def multipart(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI says of a body with a file and these fields."""
    schema = {
        "type": "object",
        "required": ["file", *required],
        "additionalProperties": False,
        "properties": {"file": {"type": "string", "format": "binary"}, **fields},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


NOTE = {"type": "string", "maxLength": 4000, "description": "A remark."}
PUBLIC = {"type": "boolean", "default": False, "description": "Whether the citizen sees it."}


@uploads.post(
    "/requests/{ticket_no}/attachments",
    status_code=CREATED,
    summary="Attach a file 上传附件",
    responses=answers(AttachmentView, CREATED) | errors(401, 403, 404, 422, body=True, codes={409: UPLOAD_CONFLICTS}),
    openapi_extra=multipart(note=NOTE, public=PUBLIC),
)
async def upload(
    request: Request,
    here: Here,
    actor: Annotated[Actor, MAY_ATTACH],
    ticket_no: TicketNo,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A photo, recording or document: JPEG, PNG, WebP, GIF, MP3, M4A, AAC, AMR, WAV, OGG, MP4, PDF, DOCX, XLSX, PPTX,
    DOC, XLS, TXT, recognised by content. Photos lose place, time and device they were taken with.
    """
    key = checked_key(idempotency_key)
    await may_attach(here, actor, ticket_no, repeated=key is not None)
    async with received(request) as got:
        form, file = got.form(AttachmentForm), got.file()
        body = await attach(here, actor, ticket_no, file, form, now(), (actor, key) if key else None)
    return Json(body, CREATED)


@router.get(
    "/requests/{ticket_no}/attachments",
    summary="List attachments 附件列表",
    responses=answers(Attachments) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def index(here: Here, actor: Caller, ticket_no: TicketNo) -> Response:
    """All of a request, oldest first. In confidential matters names are hidden from whoever may not know who asks."""
    return Json(await list_attachments(here, actor, ticket_no))


@router.get(
    "/attachments/{number}",
    summary="Download 下载附件",
    response_class=Response,
    responses=DOWNLOAD | errors(401, 403, 404, 416, 422),
    dependencies=[MAY_READ],
)
async def download(request: Request, here: Here, actor: Caller, number: AttachmentNo) -> Response:
    """The file. `Range` brings a part, `If-None-Match` 304; 403 when it may show who asks in a confidential matter."""
    return await file_response(request, here, await open_attachment(here, actor, number))


@router.delete(
    "/attachments/{number}",
    status_code=204,
    summary="Remove 删除附件",
    responses=REMOVED | errors(401, 403, 404, 422, codes={409: ("request-over",)}),
)
async def delete(here: Here, actor: Annotated[Actor, MAY_REMOVE], number: AttachmentNo) -> Response:
    """By who uploaded it while the request goes on, or by a dispatcher; the history tells of it."""
    await remove(here, actor, number, now())
    return Response(status_code=204)


routers = (router, uploads)
