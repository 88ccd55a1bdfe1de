"""Style, script and icon of the pages, and Swagger UI's files out of its installed package.

A URL with the content's hash may be kept for ever; without it the browser asks again and gets 304.
"""

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from app.routers.pages.texts import WEB

SWAGGER = "swagger/"
SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
"""What /docs needs of the package; its source maps and sample pages stay inside."""
FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)
_own = StaticFiles(directory=WEB / "static")
_swagger = StaticFiles(directory=swagger_ui_path)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


_HASHES = {path.name: _hash(path) for path in (WEB / "static").iterdir()} | {
    SWAGGER + name: _hash(Path(swagger_ui_path) / name) for name in SWAGGER_FILES
}
"""Every file that is served → its content's hash; no other name is ever looked for on disk."""


def asset(name: str) -> str:
    """URL of a static file, with its content's hash."""
    return f"/static/{name}?v={_HASHES[name]}"


@router.get("/static/{name:path}")
async def static_file(request: Request, name: str, v: str = "") -> Response:
    """The file, or 304 when the browser has it."""
    if name not in _HASHES:
        raise HTTPException(404)
    files = _swagger if name.startswith(SWAGGER) else _own
    response = await files.get_response(name.removeprefix(SWAGGER), request.scope)
    response.headers["Cache-Control"] = FOR_EVER if v == _HASHES[name] else "no-cache"
    return response
