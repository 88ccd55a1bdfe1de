"""What a citizen does on the page of a request: add facts (`supplement.py`), chase, rate. Each is a plain POST that leads back."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from app.core.clock import now
from app.domain.errors import ConflictError, IllegalTransitionError, InvalidError, NotFoundError
from app.routers.deps import Here
from app.routers.pages.access import code_in, path_of, tidy_number
from app.routers.pages.forms import Typed, faults, only, read_form
from app.routers.pages.render import TAKES_LANGUAGE, language
from app.routers.pages.texts import TEXTS
from app.routers.pages.track_view import track_page
from app.routers.public import address_of
from app.routers.strict import StrictRoute
from app.schemas.step_form import StepForm
from app.schemas.steps import Rating, Remind, Supplement
from app.services import citizens

router = APIRouter(include_in_schema=False, route_class=StrictRoute, dependencies=TAKES_LANGUAGE)
SCORES = ("5", "4", "3", "2", "1")


def _rating(typed: Typed) -> StepForm:
    score = typed.get("satisfaction")
    chosen = {"satisfaction": int(score)} if score and score in SCORES else {}
    return Rating.model_validate({**only(typed, ("resolved", "comment")), **chosen})


FORMS: dict[str, Callable[[Typed], StepForm]] = {
    "supplements": lambda typed: Supplement.model_validate(only(typed, ("text",))),
    "reminders": lambda typed: Remind.model_validate(only(typed, ("text",))),
    "rating": _rating,
}
"""Action → how its form is made of what was typed."""


@router.post("/track/{ticket_no}/reminders")
async def remind(request: Request, here: Here, ticket_no: str) -> Response:
    """Chase the unit."""
    return await take(request, here, ticket_no, "reminders")


@router.post("/track/{ticket_no}/rating")
async def rate(request: Request, here: Here, ticket_no: str) -> Response:
    """How it went."""
    return await take(request, here, ticket_no, "rating")


async def take(request: Request, here: Here, ticket_no: str, action: str) -> Response:
    """Take the step and lead back; else the page again, with what was typed and what is wrong."""
    typed, at, address = await read_form(request), now(), address_of(request)
    number = tidy_number(ticket_no)
    code = code_in(request, here, number, at)
    if code is None:
        return RedirectResponse(path_of(number), 303)
    try:
        await citizens.citizen_step(here, number, code, action, FORMS[action](typed), address, at)
    except (ValidationError, InvalidError) as error:
        wrong, status, message = faults(error, language(request)), 422, None
    except ConflictError as error:
        name = language(request)
        said = error.en if name == "en" else error.zh  # a step that the state forbids is said in the page's own words
        moved_on = TEXTS[name]["track"]["moved_on"]
        wrong, status, message = {}, 409, moved_on if isinstance(error, IllegalTransitionError) else said
    except NotFoundError:
        return RedirectResponse(path_of(number), 303)
    else:
        return RedirectResponse(f"{path_of(number)}?done={action}", 303)
    found = await citizens.progress(here, number, code, address, at)
    return track_page(
        request, here, found.body, at, status=status, acted=action, typed=typed, faults=wrong, message=message
    )
