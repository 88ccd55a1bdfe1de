"""Requests for staff and machines: file, preview, import, list, read."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.domain.records import FilterNoun
from app.routers.deps import Caller, Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.filing import EarlierRequest, FiledRequest, ImportResult, PreviewedRequest
from app.schemas.answers.requests import RequestDetail, RequestItems, Timeline
from app.schemas.common import TicketNo
from app.schemas.filters import RequestPage
from app.schemas.messages import wants_english
from app.schemas.requests import RequestForm
from app.services import requests
from app.services.intake.filing import file_request
from app.services.intake.importing import import_lines
from app.services.intake.preview import preview
from app.services.saved_filters import filters_of
from app.services.timeline import read_timeline

router = APIRouter(prefix="/v1", tags=["requests 诉求"], route_class=StrictRoute)
streams = APIRouter(prefix="/v1", tags=["requests 诉求"])
"""Calls whose body is as long as it likes: it is read line by line."""
LINES = "application/x-ndjson"
_LINE_BY_LINE = {
    "requestBody": {
        "required": True,
        "description": "One object a line, as for filing; `channel` is `import` unless given.",
        "content": {LINES: {"schema": {"$ref": "#/components/schemas/RequestForm"}}},
    }
}
MAY_FILE = Depends(requires(Permission.REQUEST_FILE))
MAY_READ = Depends(requires(Permission.REQUEST_READ))


class DuplexResponse(StreamingResponse):
    """Streams an answer while the request's body is still being read.

    The framework's own listener for a lost caller would swallow the body's chunks.
    """

    media_type = LINES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body as it is produced."""
        await self.stream_response(send)


@router.post(
    "/requests",
    status_code=201,
    summary="File a request 登记诉求",
    responses=answers(FiledRequest, 201)
    | answers(EarlierRequest)
    | errors(401, 403, 422, body=True, codes={409: ("idempotency-mismatch", "external-ref-taken")}),
)
async def file(here: Here, actor: Annotated[Actor, MAY_FILE], form: RequestForm, claim: Idempotency) -> Response:
    """Files a request: classifies, routes, sets deadlines, dispatches when sure.

    201 with number and query code. The same `Idempotency-Key` gives the same answer again; the same
    `channel` and `external_ref` give 200 and the earlier ticket.
    """
    filed = await here.database.one_write(
        lambda connection: file_request(connection, actor, form, installation=here, at=now(), claim=claim)
    )
    return Json(filed.body, filed.status)


@router.post(
    "/requests:preview",
    summary="Suggest without saving 预览建议",
    responses=answers(PreviewedRequest) | errors(401, 403, 422, body=True),
)
async def suggest(
    here: Here,
    actor: Annotated[Actor, MAY_FILE],
    form: RequestForm,
    second_opinion: Annotated[bool, Query(description="Wait for another machine's opinion, if there is one.")] = False,
) -> Response:
    """What filing would answer, without filing: the seat's live suggestion while the citizen talks."""
    return Json(await preview(here, actor, form, now(), second_opinion=second_opinion))


@streams.post(
    "/requests:import",
    summary="Import newline-delimited JSON 批量导入",
    response_class=DuplexResponse,
    responses=answers(ImportResult, media_type=LINES) | errors(401, 403),
    openapi_extra=_LINE_BY_LINE,
)
async def import_requests(
    request: Request, here: Here, actor: Annotated[Actor, Depends(requires(Permission.REQUEST_IMPORT))]
) -> Response:
    """One request a line in, one result a line out, streamed; bad lines are reported and skipped.

    Restart-safe by `channel` and `external_ref`: what was filed before is reported as `already`.
    """
    results: AsyncIterator[bytes] = import_lines(
        here, actor, request.stream(), english=wants_english(request.headers.get("accept-language", ""))
    )
    return DuplexResponse(results)


@router.get(
    "/requests",
    summary="List and search 查询诉求",
    responses=answers(RequestItems) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def list_requests(
    here: Here,
    actor: Caller,
    page: Annotated[RequestPage, Query()],
) -> Response:
    """Newest first. `text` finds words of title and text; `phone` finds one caller's requests."""
    chosen = await filters_of(here, actor, FilterNoun.REQUESTS, page, page.saved)
    wanted = requests.RequestFilter(**chosen)
    return Json(await requests.list_requests(here, actor, wanted, page.limit, page.cursor, now()))


@router.get(
    "/requests/{ticket_no}",
    summary="Read one 诉求详情",
    responses=answers(RequestDetail) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def read(here: Here, actor: Caller, ticket_no: TicketNo) -> Response:
    """Everything the caller may see of it; `version` for `If-Match`, `available_actions` for the next step."""
    body = await requests.read_request(here, actor, ticket_no, now())
    return Json(body, headers={"ETag": f'"{body["version"]}"'})


@router.get(
    "/requests/{ticket_no}/timeline",
    summary="Full history 办理过程",
    responses=answers(Timeline) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def timeline(here: Here, actor: Caller, ticket_no: TicketNo) -> Response:
    """Every event in order: who, when, from which state to which, and what was said."""
    return Json(await read_timeline(here, actor, ticket_no))


routers = (router, streams)
