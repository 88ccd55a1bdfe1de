"""The floor: bare routes of the same framework doing the same kind of work in the fewest asyncpg statements."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request, Response

SCHEMA = """
CREATE TABLE IF NOT EXISTS floor_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket_no text UNIQUE, state text, version int, body jsonb);
CREATE TABLE IF NOT EXISTS floor_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, request_id bigint, kind text, payload jsonb);
INSERT INTO floor_request (ticket_no, state, version, body)
SELECT n::text, 'assigned', 1, jsonb_build_object('title', 'street light', 'n', n) FROM generate_series(1, 20000) n
ON CONFLICT DO NOTHING;
CREATE SEQUENCE IF NOT EXISTS floor_no START 1000000;
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["FLOOR_DSN"], min_size=1, max_size=10)
    async with app.state.pool.acquire() as connection:
        await connection.execute(SCHEMA)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def json(body: str) -> Response:
    return Response(body, media_type="application/json")


@app.get("/empty")
async def empty() -> Response:
    return json("{}")


@app.get("/lookup/{number}")
async def lookup(number: str) -> Response:
    body = await app.state.pool.fetchval("SELECT to_jsonb(r)::text FROM floor_request r WHERE ticket_no = $1", number)
    return json(body)


@app.get("/list")
async def list_() -> Response:
    body = await app.state.pool.fetchval(
        "SELECT jsonb_agg(r)::text FROM (SELECT * FROM floor_request WHERE id > 100 ORDER BY id LIMIT 50) r"
    )
    return json(body)


@app.post("/insert")
async def insert(request: Request) -> Response:
    body = (await request.body()).decode()
    async with app.state.pool.acquire() as connection, connection.transaction():
        number = await connection.fetchval("SELECT nextval('floor_no')")
        await connection.execute(
            """
            WITH r AS (INSERT INTO floor_request (ticket_no, state, version, body) VALUES ($1, 'new', 1, $2) RETURNING id)
            INSERT INTO floor_event (request_id, kind, payload) SELECT r.id, k, $2 FROM r, unnest(ARRAY['a', 'b']) k
            """,
            str(number),
            body,
        )
    return json("{}")


@app.post("/step/{number}")
async def step(number: str) -> Response:
    async with app.state.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("SELECT id FROM floor_request WHERE ticket_no = $1 FOR UPDATE", number)
        await connection.execute(
            """
            WITH r AS (UPDATE floor_request SET version = version + 1 WHERE id = $1 RETURNING id)
            INSERT INTO floor_event (request_id, kind, payload) SELECT r.id, 'step', '{}' FROM r
            """,
            row["id"],
        )
    return json("{}")
