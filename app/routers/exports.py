"""Files of what the lists show: `GET /v1/requests:export`, `GET /v1/work-orders:export`."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.core.clock import now
from app.domain.permissions import Permission
from app.domain.records import FilterNoun
from app.routers.deps import Caller, Here, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.exports import ExportedOrder, ExportedRequest
from app.schemas.filters import DeskExport, FileFormat, RequestExport
from app.services.exports.columns import ORDER_COLUMNS, REQUEST_COLUMNS, Column
from app.services.exports.stream import export_orders, export_requests
from app.services.requests import RequestFilter
from app.services.saved_filters import filters_of
from app.services.work_orders import DeskFilter

router = APIRouter(prefix="/v1", route_class=StrictRoute)
CSV, LINES = "text/csv", "application/x-ndjson"


class LinesResponse(StreamingResponse):
    """What the description says unless a spreadsheet is asked for."""

    media_type = LINES


def _file(parts: AsyncIterator[bytes], file: FileFormat, name: str) -> Response:
    media_type = f"{CSV}; charset=utf-8" if file is FileFormat.CSV else LINES
    headers = {"Content-Disposition": f'attachment; filename="{name}-{now():%Y%m%d%H%M%S}.{file}"'}
    return StreamingResponse(parts, media_type=media_type, headers=headers)


def _described(model: type[BaseModel], columns: tuple[Column, ...]) -> dict[int | str, dict[str, Any]]:
    found = answers(model, media_type=LINES)
    heading = ",".join(column.heading for column in columns)
    found[200]["content"][CSV] = {"schema": {"type": "string"}, "example": heading}
    return found | errors(401, 403, 422)


@router.get(
    "/requests:export",
    summary="Export what a list shows 导出诉求",
    tags=["requests 诉求"],
    response_class=LinesResponse,
    responses=_described(ExportedRequest, REQUEST_COLUMNS),
    dependencies=[Depends(requires(Permission.REQUEST_EXPORT))],
)
async def requests_file(here: Here, actor: Caller, page: Annotated[RequestExport, Query()]) -> Response:
    """The same filters as the list, newest first, streamed however long it is; no personal data.

    A file that was cut off has no proper end of its transfer: the client sees an error, not a short file.
    """
    chosen = await filters_of(here, actor, FilterNoun.REQUESTS, page, page.saved)
    parts = await export_requests(here, actor, RequestFilter(**chosen), page.format, now())
    return _file(parts, page.format, "requests")


@router.get(
    "/work-orders:export",
    summary="Export a desk 导出工单",
    tags=["work orders 工单"],
    response_class=LinesResponse,
    responses=_described(ExportedOrder, ORDER_COLUMNS),
    dependencies=[Depends(requires(Permission.REQUEST_EXPORT, Permission.WORK_ORDER_HANDLE))],
)
async def desk_file(here: Here, actor: Caller, page: Annotated[DeskExport, Query()]) -> Response:
    """The same filters as the desk, newest first: a unit's own orders and those of units below it."""
    chosen = await filters_of(here, actor, FilterNoun.WORK_ORDERS, page, page.saved)
    chosen.pop("sort", None)
    parts = await export_orders(here, actor, DeskFilter(**chosen), page.format, now())
    return _file(parts, page.format, "work-orders")
