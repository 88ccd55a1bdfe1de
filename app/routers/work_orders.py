"""Work orders for the units: the desk and one order. The steps are in `steps.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.domain.records import FilterNoun
from app.routers.deps import Caller, Here, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.replies import ReplyCheck
from app.schemas.answers.work_orders import OrderDetail, OrderItems
from app.schemas.common import OrderSort, WorkOrderNo
from app.schemas.filters import DeskPage
from app.schemas.replies import CheckReplyForm
from app.services import work_orders
from app.services.order_replies import check_order_reply
from app.services.saved_filters import filters_of

router = APIRouter(
    route_class=StrictRoute,
    prefix="/v1/work-orders",
    tags=["work orders 工单"],
    dependencies=[Depends(requires(Permission.REQUEST_READ))],
)


@router.get("", summary="A unit's desk 工单列表", responses=answers(OrderItems) | errors(401, 403, 422))
async def desk(
    here: Here,
    actor: Caller,
    page: Annotated[DeskPage, Query()],
) -> Response:
    """The caller's orders (and those of units below it), soonest due first; staff see all units' orders."""
    chosen = await filters_of(here, actor, FilterNoun.WORK_ORDERS, page, page.saved)
    by_due = chosen.pop("sort", OrderSort.DUE) is OrderSort.DUE
    wanted = work_orders.DeskFilter(**chosen)
    return Json(
        await work_orders.list_orders(
            here, actor, wanted, by_due=by_due, limit=page.limit, cursor=page.cursor, now=now()
        )
    )


@router.get("/{number}", summary="Read one 工单详情", responses=answers(OrderDetail) | errors(401, 403, 404, 422))
async def read(here: Here, actor: Caller, number: WorkOrderNo) -> Response:
    """The order with what the citizen said; `version` for `If-Match`."""
    body = await work_orders.read_order(here, actor, number, now())
    return Json(body, headers={"ETag": f'"{body["version"]}"'})


@router.post(
    "/{number}/check-reply",
    summary="Check a reply before submitting it 答复质量检查",
    responses=answers(ReplyCheck) | errors(401, 403, 404, 422, body=True),
)
async def check(here: Here, actor: Caller, number: WorkOrderNo, form: CheckReplyForm) -> Response:
    """What a reviewer would say of the result: does it speak of the matter, say what was done, when and with what outcome, politely.

    Advice with its place in the text. Nothing is kept, and a result with findings can be submitted all the same.
    """
    return Json(await check_order_reply(here, actor, number, form.result, now()))
