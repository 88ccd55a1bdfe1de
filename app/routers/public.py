"""Citizens without account: file, follow, add facts, chase, rate."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.core.clock import now
from app.domain.actors import CITIZEN
from app.routers.deps import Here, Json, claim_of
from app.routers.documentation import STEP_CONFLICTS, answers, errors
from app.routers.strict import StrictRoute
from app.schemas import steps
from app.schemas.answers.public import PublicFiled, PublicProgress
from app.schemas.common import TicketNo
from app.schemas.public import PublicRating, PublicReminder, PublicSupplement, WithCode
from app.schemas.requests import PublicRequestForm
from app.schemas.step_form import StepForm
from app.services import citizens
from app.services.idempotency import Claim
from app.services.installation import Installation

router = APIRouter(prefix="/public/requests", tags=["public 市民"], route_class=StrictRoute)


STEP = answers(PublicProgress) | errors(404, 422, 429, body=True, codes={409: (*STEP_CONFLICTS, "reminder-limit")})
"""What every step of a citizen may answer."""
Key = Annotated[str | None, Header(max_length=200)]


def address_of(request: Request) -> str:
    """The caller's network address, by which guesses are limited."""
    return request.client.host if request.client else "unknown"


async def _claim(request: Request, key: str | None) -> Claim | None:
    """Citizens have no name; two of them with the same key must not get each other's answer."""
    return await claim_of(request, replace(CITIZEN, name=address_of(request)), key)


@router.post(
    "",
    status_code=201,
    summary="File from the web 网上提交诉求",
    responses=answers(PublicFiled, 201) | errors(422, body=True, codes={409: ("idempotency-mismatch",)}),
)
async def file(
    request: Request,
    here: Here,
    form: PublicRequestForm,
    idempotency_key: Key = None,
) -> Response:
    """Number and query code, by which the request can be followed; the code is shown only here."""
    claim = await _claim(request, idempotency_key)
    filed = await citizens.file_public(here, form, claim, address_of(request), now())
    return Json(filed.body, filed.status)


@router.get(
    "/{ticket_no}",
    summary="Progress 查询进度",
    responses=answers(PublicProgress) | {304: {"description": "Unchanged"}} | errors(404, 422, 429),
)
async def progress(
    request: Request,
    here: Here,
    ticket_no: TicketNo,
    code: Annotated[str, Query(min_length=1, max_length=40, description="Query code 提取码.")],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """State, timeline, expected date, result. A wrong number and a wrong code look the same (404)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")} if if_none_match else set()
    seen = _version_in(tags)
    found = await citizens.progress(here, ticket_no, code, address_of(request), now(), seen)
    headers = {"ETag": found.etag, "Cache-Control": "private, no-cache"}
    if found.etag in tags:
        return Response(status_code=304, headers=headers)
    return Json(found.body, headers=headers)


def _version_in(tags: set[str]) -> int | None:
    """The version in the one tag that a browser sends; of several, or of others' tags, none."""
    digits = next(iter(tags)).strip('"') if len(tags) == 1 else ""
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 10 else None


async def _step(
    request: Request,
    here: Installation,
    ticket_no: str,
    form: WithCode,
    action: str,
    step: StepForm,
    key: str | None,
) -> Response:
    claim = await _claim(request, key)
    body = await citizens.citizen_step(here, ticket_no, form.code, action, step, address_of(request), now(), claim)
    return Json(body, headers={"ETag": f'"{body["version"]}"'})


@router.post("/{ticket_no}/supplements", summary="Add facts 补充情况", responses=STEP)
async def supplement(
    request: Request, here: Here, ticket_no: TicketNo, form: PublicSupplement, idempotency_key: Key = None
) -> Response:
    """Reaches the unit at once."""
    step = steps.Supplement(text=form.text)
    return await _step(request, here, ticket_no, form, "supplements", step, idempotency_key)


@router.post("/{ticket_no}/reminders", summary="Chase 催办", responses=STEP)
async def remind(
    request: Request, here: Here, ticket_no: TicketNo, form: PublicReminder, idempotency_key: Key = None
) -> Response:
    """Reminds the unit."""
    step = steps.Remind(text=form.text)
    return await _step(request, here, ticket_no, form, "reminders", step, idempotency_key)


@router.post("/{ticket_no}/rating", summary="Rate 评价", responses=STEP)
async def rate(
    request: Request, here: Here, ticket_no: TicketNo, form: PublicRating, idempotency_key: Key = None
) -> Response:
    """Replaces the call-back; unresolved or dissatisfied: it is done again."""
    step = steps.Rating(**form.model_dump(exclude={"code"}))
    return await _step(request, here, ticket_no, form, "rating", step, idempotency_key)
