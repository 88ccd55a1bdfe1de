"""Work orders for the units: the desk and one order. The steps are in `steps.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.clock import now
from app.domain.clocks import Lamp
from app.domain.permissions import Permission
from app.domain.workflow import OrderState
from app.routers.deps import DEFAULT_PAGE, Caller, Cursor, Here, Json, Limit, requires
from app.routers.documentation import answers, errors, name_permissions
from app.routers.strict import StrictRoute
from app.schemas.answers.work_orders import OrderDetail, OrderItems
from app.schemas.common import Instant, OrderSort, WorkOrderNo
from app.services import work_orders

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
    state: OrderState | None = None,
    lamp: Lamp | None = None,
    due_before: Instant = None,
    unit: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = None,
    ticket_no: Annotated[str | None, Query(pattern=r"^\d{14}$")] = None,
    sort: OrderSort = OrderSort.DUE,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> Response:
    """The caller's orders (and those of units below it), soonest due first; staff see all units' orders."""
    wanted = work_orders.DeskFilter(state, lamp, due_before, unit, ticket_no)
    by_due = sort is OrderSort.DUE
    return Json(
        await work_orders.list_orders(here, actor, wanted, by_due=by_due, limit=limit, cursor=cursor, now=now())
    )


@router.get("/{number}", summary="Read one 工单详情", responses=answers(OrderDetail) | errors(401, 403, 404, 422))
async def read(here: Here, actor: Caller, number: WorkOrderNo) -> Response:
    """The order with what the citizen said; `version` for `If-Match`."""
    body = await work_orders.read_order(here, actor, number, now())
    return Json(body, headers={"ETag": f'"{body["version"]}"'})


name_permissions(router)
