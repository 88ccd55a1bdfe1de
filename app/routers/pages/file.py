"""File a request from the browser, and the receipt with number and query code.

The receipt travels in a sealed cookie, so the code stands in no URL; a hidden token makes a double click file once.
"""

import secrets
from datetime import timedelta
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from app.core.clock import now
from app.domain.actors import CITIZEN
from app.domain.catalogue import RequestKind
from app.domain.errors import ConflictError, InvalidError
from app.routers.deps import Here
from app.routers.pages.forms import Typed, faults, only, read_form, ticked
from app.routers.pages.render import TAKES_LANGUAGE, language, page
from app.routers.pages.sealed import SealedCookie
from app.routers.pages.texts import TEXTS
from app.routers.pages.wording import time_text
from app.routers.public import address_of
from app.routers.strict import StrictRoute
from app.schemas.requests import PublicRequestForm
from app.services import citizens
from app.services.idempotency import Claim, claim

router = APIRouter(include_in_schema=False, route_class=StrictRoute, dependencies=TAKES_LANGUAGE)
RECEIPT = SealedCookie("receipt", timedelta(minutes=30), "strict")
RECEIPT_PATH = "/receipt"
OPERATION = "page:/file"
MAX_TOKEN = 64
MAX_TEXT = 1200
"""Bytes that the text takes in the receipt's cookie: browsers keep none beyond 4 KB, proxies often no longer head."""
_AS_MEANT: dict[int, str | None] = {
    **dict.fromkeys((*range(ord("\t")), *range(ord("\r"), ord(" ")), *range(127, 160))),
    **dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"),
}
"""What a word processor pastes as a line break is one; what shows nothing and costs six bytes is left out."""


@router.get("/file")
async def blank(request: Request) -> Response:
    """The empty form."""
    return _form_page(request, 200, {}, {})


@router.post("/file")
async def submit(request: Request, here: Here) -> Response:
    """File it and go on to the receipt; else the form again with what was typed and what is wrong."""
    body, typed, at = await request.body(), await read_form(request), now()
    try:
        filed = await citizens.file_public(here, _form_of(typed), _claim(typed, body), address_of(request), at)
    except (ValidationError, InvalidError) as error:
        return _form_page(request, 422, typed, faults(error, language(request)))
    except ConflictError:
        message = TEXTS[language(request)]["file"]["already"]
        return _form_page(request, 409, {**typed, "form_token": ""}, {}, message)
    response = RedirectResponse(RECEIPT_PATH, 303)
    RECEIPT.put(request, response, here.keys, RECEIPT_PATH, at, _receipt(filed.body, typed, at.isoformat()))
    return response


@router.get(RECEIPT_PATH)
async def receipt(request: Request, here: Here) -> Response:
    """Number and code, large enough to copy by hand; gone after half an hour."""
    at = now()
    kept = RECEIPT.get(request, here.keys, at)
    if kept is None:
        return page(request, "receipt_gone.html", 404, private=True)
    filed_at = time_text(kept["at"], at, here.settings.zone, language(request))
    return page(request, "receipt.html", private=True, receipt=kept, filed_at=filed_at)


def _form_page(
    request: Request, status: int, typed: Typed, wrong: dict[str, str], message: str | None = None
) -> Response:
    return page(
        request,
        "file.html",
        status,
        private=True,
        typed=typed,
        faults=wrong,
        message=message,
        kinds=list(RequestKind),
        form_token=typed.get("form_token") or secrets.token_urlsafe(18),
    )


def _form_of(typed: Typed) -> PublicRequestForm:
    """The service's form. Who files anonymously leaves no name and number, even when they were typed."""
    anonymous = ticked(typed, "anonymous")
    return PublicRequestForm.model_validate(
        {
            **only(typed, ("text", "title", "kind", "address")),
            "requester": {} if anonymous else only(typed, ("name", "phone")),
            "anonymous": anonymous,
            "confidential": ticked(typed, "confidential"),
            "publish_consent": ticked(typed, "publish_consent"),
        }
    )


def _claim(typed: Typed, body: bytes) -> Claim | None:
    token = typed.get("form_token", "")
    usable = 0 < len(token) <= MAX_TOKEN and token.isascii() and token.isprintable()
    return claim(CITIZEN, OPERATION, token, body) if usable else None


def _receipt(filed: dict[str, Any], typed: Typed, at: str) -> dict[str, Any]:
    """What the receipt shows; kept small, for a cookie holds 4 KB."""
    whole = typed["text"].translate(_AS_MEANT)
    text = _beginning(whole)
    anonymous = ticked(typed, "anonymous")
    return {
        "ticket_no": filed["ticket_no"],
        "code": filed["query_code"],
        "title": filed["title"].translate(_AS_MEANT)[:60],
        "text": text,
        "cut": text != whole,
        "at": at,
        "dangers": sorted({advice["number"] for advice in filed["advice"] if advice["number"]}),
        "asked_place": any(advice["code"] == "ask_place" for advice in filed["advice"]),
        "reachable": "phone" in typed and not anonymous,
        "left_out": anonymous and ("name" in typed or "phone" in typed),
    }


def _beginning(text: str) -> str:
    """As much of a text as takes `MAX_TEXT` bytes once it is written as JSON."""
    size = 0
    for place, sign in enumerate(text):
        size += len(orjson.dumps(sign)) - len('""')
        if size > MAX_TEXT:
            return text[:place]
    return text
