"""A page's address with a slash at its end, as people type it and some programs write it, leads to the page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)
PAGES = ("/file", "/receipt", "/track", "/track/{ticket_no}", "/knowledge", "/docs")


async def without_slash(request: Request) -> Response:
    """To the page itself; 308 keeps method and form."""
    return RedirectResponse(str(request.url.replace(scheme="", netloc="", path=request.url.path.rstrip("/"))), 308)


for page in PAGES:
    router.add_api_route(page + "/", without_slash, methods=["GET", "HEAD", "POST"])
