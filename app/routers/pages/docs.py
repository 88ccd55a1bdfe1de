"""`/docs`: Swagger UI from its installed package, since government networks reach no CDN."""

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response

from app.routers.deps import Json
from app.routers.pages.render import CONTENT_SECURITY_POLICY, page, settings_of

router = APIRouter()
POLICY = f"{CONTENT_SECURITY_POLICY}; img-src 'self' data:"
"""Swagger UI's style sheet carries its small pictures as data."""


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API to read and try out; 404 when the installation does not publish it."""
    if not settings_of(request).docs:
        raise HTTPException(404)
    return page(request, "docs.html", policy=POLICY)


@router.get("/docs/openapi.json")
async def openapi(request: Request) -> Response:
    """The API's description as this Swagger UI (4.x) can read it: OpenAPI 3.0."""
    if not settings_of(request).docs:
        raise HTTPException(404)
    return Json(_described(request.app))


@cache
def _described(app: FastAPI) -> dict[str, Any]:
    return {**_as_3_0(app.openapi()), "openapi": "3.0.3"}


def _as_3_0(value: Any) -> Any:
    """The same description with 3.1's "or null" written as 3.0 does, `nullable`."""
    if isinstance(value, list):
        return [_as_3_0(item) for item in value]
    if not isinstance(value, dict):
        return value
    options = value.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        real = [_as_3_0(option) for option in options if option != {"type": "null"}]
        rest = {key: _as_3_0(item) for key, item in value.items() if key != "anyOf"}
        return {**rest, **(real[0] if len(real) == 1 else {"anyOf": real}), "nullable": True}
    return {key: _as_3_0(item) for key, item in value.items()}
