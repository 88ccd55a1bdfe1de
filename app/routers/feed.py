"""The polling call of the units: every change to orders that the caller may see."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.clock import now
from app.domain.permissions import Permission
from app.routers.deps import DEFAULT_PAGE, CallerAnew, Here, Json, Limit, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.feed import Feed
from app.services.feed.hub import Hub
from app.services.feed.poll import items_as_bytes, poll

READS = requires(Permission.REQUEST_READ)
router = APIRouter(route_class=StrictRoute, tags=["feed 动态"])


@router.get(
    "/v1/feed",
    summary="Poll for changes 轮询变更",
    responses=answers(Feed) | errors(401, 403, 422, codes={429: ("too-many-polls",)}),
    dependencies=[Depends(READS)],
)
async def feed(
    request: Request,
    here: Here,
    anew: CallerAnew,
    after: Annotated[str, Query(max_length=60, description="Cursor; empty: the beginning; `latest`: what comes.")] = "",
    wait: Annotated[float, Query(ge=0, le=30, allow_inf_nan=False, description="Seconds to wait for news.")] = 0,
    limit: Limit = DEFAULT_PAGE,
) -> Response:
    """In commit order, at least once, never a gap. Go on with `next_cursor`; with `wait` the call is a long poll."""
    hub = cast(Hub, request.app.state.hub)
    wait = 0 if request.method == "HEAD" else wait  # nobody would see the news
    return Json(await poll(here, hub, lambda: READS(anew()), after, wait, limit, now(), items_as_bytes))
