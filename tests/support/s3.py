"""An S3-compatible store as far as ours needs one: PUT, GET with ranges, HEAD, DELETE and lists, over real HTTP."""

import asyncio
import email.utils
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

METHODS = ["GET", "HEAD", "PUT", "DELETE", "POST"]


@dataclass
class Bucket:
    """What the store holds, when it came, who signed for it; `down` makes it fail."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    signatures: set[str] = field(default_factory=set)
    down: bool = False

    async def answer(self, request: Request) -> Response:
        self.signatures.add(request.headers.get("authorization", ""))
        if self.down:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403)
        key = request.path_params.get("key", "")
        if request.method == "POST" and "delete" in request.query_params:
            return await self._delete_many(request)
        if request.method == "PUT":
            self.files[key], self.times[key] = await request.body(), time.time()
            return Response(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            self.files.pop(key, None)
            return Response(status_code=204)
        return self._list(request.query_params.get("prefix", "")) if not key else self._get(request, key)

    async def _delete_many(self, request: Request) -> Response:
        keys = re.findall(r"<Key>(.*?)</Key>", (await request.body()).decode())
        for key in keys:
            self.files.pop(key, None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return Response(f"<DeleteResult>{told}</DeleteResult>", media_type="application/xml")

    def _get(self, request: Request, key: str) -> Response:
        if key not in self.files:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        content = self.files[key]
        headers = {"ETag": '"1"', "Last-Modified": email.utils.formatdate(self.times[key], usegmt=True)}
        wanted = request.headers.get("range", "").removeprefix("bytes=")
        if not wanted:
            return Response(content, headers=headers)
        start, end = (int(part) for part in wanted.split("-"))
        headers["Content-Range"] = f"bytes {start}-{min(end, len(content) - 1)}/{len(content)}"
        return Response(content[start : end + 1], 206, headers)

    def _list(self, prefix: str) -> Response:
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.files[key])}</Size><ETag>1</ETag>"
            f"<LastModified>{_iso(self.times[key])}</LastModified></Contents>"
            for key in sorted(self.files)
            if key.startswith(prefix)
        )
        head = "<ListBucketResult><IsTruncated>false</IsTruncated>"
        return Response(f"{head}{found}</ListBucketResult>", media_type="application/xml")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@asynccontextmanager
async def bucket() -> AsyncIterator[Bucket]:
    """A store with the bucket `files` on a free port."""
    made = Bucket()
    app = Starlette(
        routes=[
            Route("/files", made.answer, methods=METHODS),
            Route("/files/{key:path}", made.answer, methods=METHODS),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    server.install_signal_handlers = lambda: None
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.should_exit = True
        await task
