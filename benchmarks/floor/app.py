"""The floor's routes. What they run comes from the benchmark, which has looked up what the service reads and writes.

The pool looks for tables in the schema `floor` first: what is written there never touches the product's rows.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import orjson
from argon2 import PasswordHasher
from fastapi import FastAPI, Request, Response

POOL = 10
"""Connections, as many as the service has."""
CHANNEL = "floor_events"
LOOK_AGAIN = 2.0
"""Seconds after which a waiting poll looks by itself: what older transactions hid when the bell rang."""
scripts: dict[str, list[str]] = {}
"""Statements by the name of a call: of a step the lock and the write, of a filing the reads and the write."""
hasher = PasswordHasher()


class _News:
    """Wakes the polls that wait, as the service's hub does."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self, *_: object) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Set by the next bell; to be asked for before looking, lest a bell in between be lost."""
        return self._event


news = _News()


class _Plain(asyncpg.Connection):
    """Given back as it is, like the service's connections."""

    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = {"search_path": "floor, public", "timezone": "UTC", "jit": "off"}
    dsn = os.environ["FLOOR_DSN"]
    app.state.pool = await asyncpg.create_pool(
        dsn, min_size=1, max_size=POOL, server_settings=settings, connection_class=_Plain, statement_cache_size=512
    )
    listener = await asyncpg.connect(dsn)
    await listener.add_listener(CHANNEL, news.ring)
    yield
    await listener.close()
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def json(body: str | bytes | None) -> Response:
    return Response(body or b"{}", media_type="application/json")


@app.get("/empty")
async def empty() -> Response:
    return json(b"{}")


@app.post("/prepare/{name}")
async def prepare(name: str, request: Request) -> Response:
    scripts[name] = orjson.loads(await request.body())
    return json(None)


@app.get("/lookup/{ticket_no}")
async def lookup(ticket_no: str, code: str) -> Response:
    return json(await app.state.pool.fetchval(scripts["lookup"][0], ticket_no, bytes.fromhex(code)))


@app.get("/version/{ticket_no}")
async def version(ticket_no: str, code: str) -> Response:
    found = await app.state.pool.fetchval(scripts["version"][0], ticket_no, bytes.fromhex(code))
    return Response(status_code=304, headers={"ETag": f'"{found}"'})


@app.get("/wrong/{ticket_no}")
async def wrong(ticket_no: str, code: str, bucket: str) -> Response:
    look, note = scripts["wrong"]
    async with app.state.pool.acquire() as connection:
        await connection.fetchval(look, ticket_no, bytes.fromhex(code))
        await connection.execute(note, [f"{bucket}:{ticket_no}", ticket_no, bucket])
    return Response(b"{}", 404, media_type="application/json")


@app.get("/read/{name}/{about}")
async def read(name: str, about: str) -> Response:
    return json(await app.state.pool.fetchval(scripts[name][0], about))


@app.get("/feed/{unit}")
async def feed(unit: str, xid: str, id: int, wait: float = 0) -> Response:
    end = asyncio.get_running_loop().time() + wait
    while True:
        bell = news.next()
        body = await app.state.pool.fetchval(scripts["feed"][0], unit, xid, id)
        left = end - asyncio.get_running_loop().time()
        if body is not None or left <= 0:
            return json(body)
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), min(left, LOOK_AGAIN))


@app.post("/login/{name}")
async def login(name: str, request: Request) -> Response:
    password = (await request.body()).decode()
    kept = await app.state.pool.fetchval(scripts["login"][0], name)
    await asyncio.to_thread(hasher.verify, kept, password)
    return json(b'{"access_token": ""}')


@app.post("/file/{name}")
async def file(name: str, request: Request) -> Response:
    orjson.loads(await request.body())
    *before, write = scripts[name]
    async with app.state.pool.acquire() as connection, connection.transaction():
        for query in before:
            await connection.fetch(query)
        return Response(await connection.fetchval(write), 201, media_type="application/json")


@app.post("/preview/{name}")
async def preview(name: str, request: Request) -> Response:
    orjson.loads(await request.body())
    for query in scripts[name]:
        await app.state.pool.fetch(query)
    return json(b"{}")


@app.post("/step/{name}/{ticket_no}")
async def step(name: str, ticket_no: str, request: Request) -> Response:
    orjson.loads(await request.body() or b"{}")
    lock, write = scripts[name]
    async with app.state.pool.acquire() as connection, connection.transaction():
        row: Any = await connection.fetchrow(lock, ticket_no)
        await connection.execute(write, ticket_no)
    return json(orjson.dumps(dict(row)))
