"""`/docs`: Swagger UI from its installed package, since government networks reach no CDN.

The description is made when somebody first asks, in a thread, and kept as bytes: a server that nobody reads
the documentation of never pays for it, and the others 3 MB instead of 50.
"""

import asyncio
import threading
from functools import cache
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response

from app.core.memory import give_back
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


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The API's description, OpenAPI 3.1."""
    return await _description(request, 1)


@router.get("/docs/openapi.json")
async def openapi_for_docs(request: Request) -> Response:
    """The API's description as this Swagger UI (4.x) can read it: OpenAPI 3.0."""
    return await _description(request, 0)


async def _description(request: Request, minor: int) -> Response:
    if not settings_of(request).docs:
        raise HTTPException(404)
    return Response((await asyncio.to_thread(_described, request.app))[minor], media_type="application/json")


_making = threading.Lock()


def _described(app: FastAPI) -> tuple[bytes, bytes]:
    """The description as 3.0 and as 3.1; whoever asks while it is being made waits for it."""
    with _making:
        return _make(app)


@cache
def _make(app: FastAPI) -> tuple[bytes, bytes]:
    newest = app.openapi()
    older = {**_as_3_0(newest), "openapi": "3.0.3"}
    made = orjson.dumps(older), orjson.dumps(newest)
    del newest, older
    give_back()
    return made


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
