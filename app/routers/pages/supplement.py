"""Further facts from the track page: a few sentences, a photo or another file, or both. Works without script.

What was typed comes back with the fault when the file cannot be taken.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from app.core.clock import now
from app.domain.errors import ConflictError, FileTooLargeError, HotlineError, InvalidError, NotFoundError
from app.routers.deps import Here
from app.routers.downloads import file_response
from app.routers.pages.access import code_in, path_of, tidy_number
from app.routers.pages.forms import faults, only, tidy
from app.routers.pages.render import TAKES_LANGUAGE, language
from app.routers.pages.steps import take
from app.routers.pages.texts import TEXTS
from app.routers.pages.track_view import track_page
from app.routers.public import address_of
from app.routers.uploads import Received, UploadRoute, is_multipart, received
from app.schemas.steps import Supplement
from app.services import citizens
from app.services.attachments.read import open_for_citizen
from app.services.installation import Installation

router = APIRouter(include_in_schema=False, route_class=UploadRoute, dependencies=TAKES_LANGUAGE)
ACTION = "supplements"


@router.post("/track/{ticket_no}/supplements")
async def supplement(request: Request, here: Here, ticket_no: str) -> Response:
    """Further facts for the unit, with or without a file."""
    if not is_multipart(request):
        return await take(request, here, ticket_no, ACTION)
    at, number = now(), tidy_number(ticket_no)
    code = code_in(request, here, number, at)
    if code is None:
        return RedirectResponse(path_of(number), 303)
    async with received(request) as got:
        try:
            done = await _add(request, here, number, code, got)
        except NotFoundError:
            return RedirectResponse(path_of(number), 303)
        except (ValidationError, InvalidError, FileTooLargeError, ConflictError) as error:
            return await _again(request, here, number, code, got, error)
    return RedirectResponse(f"{path_of(number)}?done={done}", 303)


async def _add(request: Request, here: Installation, number: str, code: str, got: Received) -> str:
    """Keep the file, then the words; which of the two sentences of thanks fits. Raises what the services raise."""
    typed, address, at = tidy(got.fields.items()), address_of(request), now()
    if got.too_large:
        raise got.too_large
    words = Supplement.model_validate(only(typed, ("text",))) if "text" in typed or got.upload is None else None
    if got.upload is not None:
        await citizens.count_upload(here, address, at)
        await citizens.attach_file(here, number, code, got.upload, None, address, at)
    if words is None:
        return "attachments"
    await citizens.citizen_step(here, number, code, ACTION, words, address, at)
    return ACTION


async def _again(
    request: Request,
    here: Installation,
    number: str,
    code: str,
    got: Received,
    error: ValidationError | HotlineError,
) -> Response:
    """The page with what was typed, and what is wrong with it."""
    name, at = language(request), now()
    wrong, status, message = {}, 422, None
    if isinstance(error, (ValidationError, InvalidError)):
        wrong = faults(error, name)
    elif error.code == "request-over" or error.code == "illegal-transition":
        status, message = 409, TEXTS[name]["track"]["moved_on"]
    else:
        status = 413 if isinstance(error, FileTooLargeError) else 409
        wrong = {"file": error.en if name == "en" else error.zh}
    found = await citizens.progress(here, number, code, address_of(request), at)
    return track_page(
        request,
        here,
        found.body,
        at,
        status=status,
        acted=ACTION,
        typed=tidy(got.fields.items()),
        faults=wrong,
        message=message,
    )


@router.get("/track/{ticket_no}/attachments/{n}")
async def attachment(request: Request, here: Here, ticket_no: str, n: int) -> Response:
    """A file of the request; pictures in the window, others to keep."""
    at, number = now(), tidy_number(ticket_no)
    code = code_in(request, here, number, at)
    if code is None:
        return RedirectResponse(path_of(number), 303)
    row = await open_for_citizen(here, number, n, code, address_of(request), at)
    return await file_response(request, here, row, shown=True)
