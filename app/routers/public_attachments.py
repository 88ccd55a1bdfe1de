"""Attachments for citizens without account: add a file with the query code, download what they may see."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.core.clock import now
from app.domain.actors import CITIZEN
from app.routers.attachments import NOTE, UPLOAD_CONFLICTS, multipart
from app.routers.deps import Here, Json, checked_key
from app.routers.documentation import answers, errors
from app.routers.downloads import DOWNLOAD, file_response
from app.routers.public import Key, address_of
from app.routers.strict import StrictRoute
from app.routers.uploads import UploadRoute, received
from app.schemas.answers.attachments import PublicAttachment
from app.schemas.attachments import PublicAttachmentForm
from app.schemas.common import TicketNo
from app.services import citizens
from app.services.attachments.read import open_for_citizen
from app.services.attachments.upload import CREATED

PREFIX, TAGS = "/public/requests", ["public 市民"]
uploads = APIRouter(prefix=PREFIX, tags=[*TAGS], route_class=UploadRoute)
downloads = APIRouter(prefix=PREFIX, tags=[*TAGS], route_class=StrictRoute)
CODE = {"type": "string", "maxLength": 40, "description": "Query code 提取码."}


@uploads.post(
    "/{ticket_no}/attachments",
    status_code=CREATED,
    summary="Add a file 上传附件",
    responses=answers(PublicAttachment, CREATED) | errors(404, 422, 429, body=True, codes={409: UPLOAD_CONFLICTS}),
    openapi_extra=multipart(("code",), code=CODE, note=NOTE),
)
async def upload(request: Request, here: Here, ticket_no: TicketNo, idempotency_key: Key = None) -> Response:
    """A photo, recording or document for the unit; photos lose place, time and device they were taken with."""
    key, address = checked_key(idempotency_key), address_of(request)
    named = (replace(CITIZEN, name=address), key) if key else None
    await citizens.count_upload(here, address, now())
    async with received(request) as got:
        form, file = got.form(PublicAttachmentForm), got.file()
        body = await citizens.attach_file(here, ticket_no, form.code, file, form.note, address, now(), named)
    return Json(body, CREATED)


@downloads.get(
    "/{ticket_no}/attachments/{n}",
    summary="Download a file 下载附件",
    response_class=Response,
    responses=DOWNLOAD | errors(404, 416, 422, 429),
)
async def download(
    request: Request,
    here: Here,
    ticket_no: TicketNo,
    n: Annotated[int, Path(ge=1, le=9999, description="Its number within the request.")],
    code: Annotated[str, Query(min_length=1, max_length=40, description="Query code 提取码.")],
) -> Response:
    """Public files and the citizen's own. A wrong number and a wrong code look the same (404)."""
    row = await open_for_citizen(here, ticket_no, n, code, address_of(request), now())
    return await file_response(request, here, row)


routers = (uploads, downloads)
