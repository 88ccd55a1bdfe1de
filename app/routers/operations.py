"""For those who run the service: alive, ready, metrics."""

import asyncio

import asyncpg
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.core.clock import now
from app.core.database import UNAVAILABLE
from app.routers.deps import Here, Json
from app.routers.documentation import answers
from app.schemas.answers.operations import Alive, NotReady, Ready
from app.services.installation import at_head
from app.services.metrics import render

router = APIRouter(tags=["operations 运行"])
PATIENCE_SECONDS = 3.0
"""A database that takes longer to answer is not ready; those who ask give up soon, too."""


@router.get("/healthz", summary="Alive 存活", responses=answers(Alive))
async def healthz() -> Response:
    """200 as long as the process answers."""
    return Json({"status": "ok"})


@router.get("/readyz", summary="Ready 就绪", responses=answers(Ready) | answers(NotReady, 503))
async def readyz(here: Here) -> Response:
    """200 when the database is reachable and migrated, else 503 with what is missing."""
    checks = {"database": "unreachable", "migrations": "unknown"}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), here.database.connection() as connection:
            checks = {"database": "ok", "migrations": "ok" if await at_head(connection) else "behind"}
    except (*UNAVAILABLE, asyncpg.PostgresError):
        pass
    ready = set(checks.values()) == {"ok"}
    return Json({"status": "ok" if ready else "not ready", **checks}, 200 if ready else 503)


@router.get("/metrics", summary="Prometheus metrics 指标", response_class=PlainTextResponse)
async def metrics(here: Here) -> Response:
    """Requests, durations, pool, feed waiters, queues, clock lag, requests and orders by state."""
    return Response(await render(here.database, now()), media_type=CONTENT_TYPE_LATEST)
