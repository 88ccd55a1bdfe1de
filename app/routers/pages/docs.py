"""`/docs`: Swagger UI from its installed package, since government networks reach no CDN.

The description is made when somebody first asks, by a process of its own, and its bytes are kept, compressed: making it would
hold up everyone's calls for a second and leave 16 MB behind that the server never uses again.
"""

import asyncio
import os
import subprocess
import sys
import threading
import zlib
from contextlib import suppress
from functools import cache
from typing import Any

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from app.domain.errors import UnavailableError
from app.routers.pages.render import CONTENT_SECURITY_POLICY, page, settings_of

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
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
    return await _description(request)


@router.get("/docs/openapi.json")
async def openapi_for_docs(request: Request) -> Response:
    """The API's description as this Swagger UI (4.x) can read it: OpenAPI 3.0."""
    return await _description(request, "--older")


async def _description(request: Request, *options: str) -> Response:
    if not settings_of(request).docs:
        raise HTTPException(404)
    return Response(await asyncio.to_thread(_described, *options), media_type="application/json")


_making = threading.Lock()
_SECONDS = 120
"""The command takes some four seconds; on a machine that is this busy nobody reads documentation."""
_AFTER_OTHERS = 3
"""How much lower its priority is: who looks something up meanwhile hardly waits, and it still comes on a busy machine."""


def _described(*options: str) -> bytes:
    """What `hotline openapi` prints; whoever asks while it is being made waits for it, a failure is not kept."""
    with _making:
        return zlib.decompress(_made(*options))


@cache
def _made(*options: str) -> bytes:
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    command = [sys.executable, "-m", "app.cli", "openapi", *options]
    try:
        with subprocess.Popen(  # noqa: S603 - our own command; what it complains of goes to our log
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as making:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, making.pid, os.getpriority(os.PRIO_PROCESS, 0) + _AFTER_OTHERS)
            try:
                made, _ = making.communicate(timeout=_SECONDS)
            finally:
                making.kill()
        if making.returncode:
            raise subprocess.CalledProcessError(making.returncode, command)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("description.failed", error=type(error).__name__)
        raise UnavailableError from None
    return zlib.compress(made)


def as_3_0(description: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI 3.1 description as OpenAPI 3.0, which this Swagger UI (4.x) and older tools read."""
    return {**_as_3_0(description), "openapi": "3.0.3"}


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
