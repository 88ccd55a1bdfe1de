"""Which ticket a browser has opened: number and code arrive once, then a sealed cookie of that path speaks."""

import re
import unicodedata
from datetime import datetime, timedelta

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.domain.errors import not_found
from app.routers.pages.sealed import SealedCookie
from app.services.installation import Installation

# "lax" and not "strict": who follows a link in a message must arrive with the cookie that the redirect has just
# set. Another site's form is still never sent with it.
OPENED = SealedCookie("opened", timedelta(hours=2), "lax")
MAX_CODE = 40


def tidy_number(typed: str) -> str:
    """A ticket number as it is kept, however it was grouped or typed; raises NotFoundError when it cannot be one."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))
    if not re.fullmatch(r"\d{14}", digits, re.ASCII):
        raise not_found()
    return digits


def path_of(ticket_no: str) -> str:
    """Path of a ticket's page."""
    return f"/track/{ticket_no}"


def code_in(request: Request, here: Installation, ticket_no: str, at: datetime) -> str | None:
    """The code that this browser has given for the ticket."""
    kept = OPENED.get(request, here.keys, at)
    return str(kept["code"]) if kept and kept["ticket_no"] == ticket_no else None


def opened(request: Request, here: Installation, ticket_no: str, code: str, at: datetime) -> Response:
    """Remember the code and go to the ticket's clean URL."""
    path = path_of(ticket_no)
    response = RedirectResponse(path, 303, {"Cache-Control": "no-store"})
    OPENED.put(request, response, here.keys, path, at, {"ticket_no": ticket_no, "code": code[:MAX_CODE]})
    return response
