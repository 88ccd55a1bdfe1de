"""Citizens look something up before they file: the answer, what it rests on, and whom to ring. Needs no script."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core.clock import now
from app.routers.deps import Here
from app.routers.pages.render import TAKES_LANGUAGE, language, page
from app.routers.pages.wording import day_text
from app.routers.strict import StrictRoute
from app.services.knowledge.answers import find_answers

router = APIRouter(include_in_schema=False, route_class=StrictRoute, dependencies=TAKES_LANGUAGE)
LONGEST, SHOWN = 200, 5


@router.get("/knowledge")
async def look_up(request: Request, here: Here, q: Annotated[str, Query()] = "") -> Response:
    """The search, and below it what was found. What is too long is cut: nobody is refused for asking."""
    asked = "".join(sign for sign in q.replace("\x00", "").strip() if not 0xD800 <= ord(sign) <= 0xDFFF)[:LONGEST]
    found = await find_answers(here, asked, most=SHOWN) if asked else []
    zone, name = here.settings.zone, language(request)
    today = now().astimezone(zone).date()
    for item in found:
        before, _, after = item["text"].partition(item["answer"])
        item |= {
            "before": before,
            "after": after,
            "updated": day_text(item["source"]["updated_at"].astimezone(zone).date(), today, name),
        }
    return page(request, "knowledge.html", asked=asked, found=found)
