"""Look up a request and follow it like a parcel.

A wrong number and a wrong code get the same words, the same status and the same page.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse

from app.core.clock import now
from app.domain.errors import NotFoundError, not_found
from app.routers.deps import Here, Json
from app.routers.pages.access import MAX_CODE, OPENED, code_in, opened, path_of, tidy_number
from app.routers.pages.forms import Typed, read_form
from app.routers.pages.render import TAKES_LANGUAGE, language, page
from app.routers.pages.texts import TEXTS
from app.routers.pages.track_view import track_page
from app.routers.public import address_of
from app.routers.strict import StrictRoute
from app.services import citizens

router = APIRouter(include_in_schema=False, route_class=StrictRoute, dependencies=TAKES_LANGUAGE)


def lookup_page(
    request: Request, status: int, typed: Typed, message: str | None = None, faults: dict[str, str] | None = None
) -> Response:
    """The form that asks for number and code."""
    return page(request, "lookup.html", status, private=True, typed=typed, faults=faults or {}, message=message)


def _wrong(request: Request, typed: Typed) -> Response:
    return lookup_page(request, 404, typed, TEXTS[language(request)]["lookup"]["wrong"])


@router.get("/track")
async def ask(request: Request) -> Response:
    """Asks for number and code."""
    return lookup_page(request, 200, {})


@router.post("/track")
async def open_any(request: Request, here: Here) -> Response:
    """Number and code from the form."""
    typed = await read_form(request)
    return await _open(request, here, typed, typed.get("ticket_no", ""))


@router.post("/track/{ticket_no}")
async def open_one(request: Request, here: Here, ticket_no: str) -> Response:
    """The code for the ticket that the URL names."""
    return await _open(request, here, await read_form(request), ticket_no)


async def _open(request: Request, here: Here, typed: Typed, number: str) -> Response:
    code, at = typed.get("code", "")[:MAX_CODE], now()
    if not (code and number.strip()):  # said before anything is looked up, and counted as no guess
        words = TEXTS[language(request)]["fault"]
        empty = {
            name: words[f"{name}-missing"]
            for name, given in (("ticket_no", number.strip()), ("code", code))
            if not given
        }
        return lookup_page(request, 422, {"ticket_no": number[:MAX_CODE]}, faults=empty)
    try:
        ticket_no = tidy_number(number)
        await citizens.progress(here, ticket_no, code, address_of(request), at)
    except NotFoundError:
        return _wrong(request, {"ticket_no": number[:MAX_CODE]})
    return opened(request, here, ticket_no, code, at)


@router.get("/track/{ticket_no}")
async def follow(request: Request, here: Here, ticket_no: str, code: str | None = None, done: str = "") -> Response:
    """The timeline; the form when this browser has not given the code yet. `?code=` leaves the URL at once."""
    at = now()
    try:
        number = tidy_number(ticket_no)
    except NotFoundError:
        return _wrong(request, {"ticket_no": ticket_no[:MAX_CODE]})
    if code is not None:
        return opened(request, here, number, code, at)
    known = code_in(request, here, number, at)
    if known is None:
        return lookup_page(request, 200, {"ticket_no": number})
    try:
        found = await citizens.progress(here, number, known, address_of(request), at)
    except NotFoundError:
        response = _wrong(request, {"ticket_no": number})
        OPENED.drop(response, path_of(number))
        return response
    return track_page(request, here, found.body, at, done=done)


@router.get("/track/{ticket_no}/progress.json")
async def poll(
    request: Request, here: Here, ticket_no: str, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The version for the page's script, which must not know the code; 304 while nothing has happened."""
    at, number = now(), tidy_number(ticket_no)
    code = code_in(request, here, number, at)
    if code is None:
        raise not_found()  # nothing was guessed, so nothing is counted
    found = await citizens.progress(here, number, code, address_of(request), at)
    headers = {"ETag": found.etag, "Cache-Control": "private, no-cache"}
    if if_none_match == found.etag:
        return Response(status_code=304, headers=headers)
    return Json({"version": found.body["version"], "state": found.body["state"]}, headers=headers)


@router.post("/track/{ticket_no}/leave")
async def leave(ticket_no: str) -> Response:
    """Forget the code: the computer may be somebody else's."""
    response = RedirectResponse("/track", 303)
    OPENED.drop(response, path_of(tidy_number(ticket_no)))
    return response
