"""Hands out a stored file: never as a page of ours, in parts when asked (a recording is wound), 304 when it is known."""

import re
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from app.domain.attachments import ALLOWED, FileKind
from app.routers.documentation import Responses
from app.services.attachments.views import Row
from app.services.installation import Installation

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
POLICY = "default-src 'none'; sandbox"
"""Should a browser show it all the same, nothing in it can run or call home."""
PICTURE_POLICY = f"{POLICY}; img-src 'self'; style-src 'unsafe-inline'"
"""For a picture on its own in a window: browsers put a page with a style around it."""
DOWNLOAD: Responses = {
    200: {"description": "The whole file.", "content": {"*/*": {"schema": {"format": "binary"}, "example": ""}}},
    206: {"description": "A part of it.", "content": {"*/*": {"schema": {"format": "binary"}, "example": ""}}},
    304: {"description": "Unchanged"},
}
"""What a download answers."""


async def file_response(request: Request, here: Installation, row: Row, *, shown: bool = False) -> Response:
    """The file of an attachment's row. `shown`: a picture may be looked at in the browser's window."""
    etag, size = f'"{row["sha256"]}"', int(row["size"])
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {etag, "*"}:
        return Response(status_code=304, headers=headers)
    span = _span(request, etag, size)
    start, end = span or (0, size)
    headers |= {
        "Content-Type": str(row["content_type"]),
        "Content-Length": str(end - start),
        "Content-Disposition": _disposition(row, shown=shown),
        "Content-Security-Policy": PICTURE_POLICY if shown else POLICY,
    }
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    chunks = await here.files.read(str(row["storage_key"]), start, end)
    return StreamingResponse(chunks, 206 if span else 200, headers)


def _span(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, None for all; raises HTTPException 416 when there is no such part."""
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if (
        request.method == "HEAD"
        or found is None
        or found[0] == "bytes=-"
        or request.headers.get("if-range", etag) != etag
    ):
        return None  # none asked for (HEAD knows no parts), several at a time, or of another file: all of it
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    return start, end


def _disposition(row: Row, *, shown: bool) -> str:
    file_type, name = ALLOWED[row["content_type"]], str(row["filename"])
    way = "inline" if shown and file_type.kind is FileKind.IMAGE else "attachment"
    return f"{way}; filename=\"file.{file_type.endings[0]}\"; filename*=UTF-8''{quote(name, safe='')}"
