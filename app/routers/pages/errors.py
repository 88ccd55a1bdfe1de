"""What a citizen's browser gets to see when something goes wrong on a page: a calm page, not JSON."""

from fastapi import Request, Response

from app.routers.pages.render import language, page
from app.routers.pages.texts import TEXTS
from app.routers.reads import only_reads

MACHINE_PATHS = ("/v1/", "/public/", "/open311/", "/openapi.json", "/healthz", "/readyz", "/metrics", "/static/")
"""Paths that answer with problem documents whatever the caller accepts."""


def wants_page(request: Request) -> bool:
    """Whether this caller is a browser on a page."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(MACHINE_PATHS)


def error_page(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """The page for a status; the words are ours for every status, so no foreign sentence reaches a citizen."""
    words = TEXTS[language(request)]["problem"]
    reads = "-reading" if only_reads(request.method, request.url.path) else ""
    known = words.get(f"s{status}{reads}") or words.get(f"s{status}", words["s500" if status >= 500 else "s400"])
    minutes = -(-int((headers or {}).get("Retry-After", "0")) // 60)
    return page(
        request,
        "error.html",
        status,
        private=True,
        headers=headers,
        heading=known["heading"],
        detail=known["detail"].format(minutes=max(minutes, 1)),
    )
