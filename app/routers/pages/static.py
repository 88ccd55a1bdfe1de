"""Style, script and icon of the pages, and Swagger UI's files out of its installed package.

A URL with the content's hash may be kept for ever; without it the browser asks again and gets 304.
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from app.routers.pages.texts import WEB

SWAGGER = "swagger/"
SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
"""What /docs needs of the package; its source maps and sample pages stay inside."""
FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter()
_own = StaticFiles(directory=WEB / "static")
_swagger = StaticFiles(directory=swagger_ui_path)


@cache
def _hash_of(name: str) -> str:
    folder = Path(swagger_ui_path) if name.startswith(SWAGGER) else WEB / "static"
    return hashlib.sha256((folder / name.removeprefix(SWAGGER)).read_bytes()).hexdigest()[:16]


def asset(name: str) -> str:
    """URL of a static file, with its content's hash."""
    return f"/static/{name}?v={_hash_of(name)}"


@router.get("/static/{name:path}")
async def static_file(request: Request, name: str, v: str = "") -> Response:
    """The file, or 304 when the browser has it."""
    if name.startswith(SWAGGER):
        files, inside = _swagger, name.removeprefix(SWAGGER)
        if inside not in SWAGGER_FILES:
            raise HTTPException(404)
    else:
        files, inside = _own, name
    response = await files.get_response(inside, request.scope)
    response.headers["Cache-Control"] = FOR_EVER if v == _hash_of(name) else "no-cache"
    return response
