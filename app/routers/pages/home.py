"""The hotline's front door: file a request, or look up how far one has got."""

from fastapi import APIRouter, Request, Response

from app.routers.pages.render import page

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request) -> Response:
    """Two cards, and whom to call when there is danger."""
    return page(request, "home.html", typed={}, faults={}, message=None)
