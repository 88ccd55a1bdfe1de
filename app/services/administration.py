"""How administrators write: one at a time, in a SQLModel session, with the snapshot renewed before the answer leaves.

Rules such as "no cycle", "the last administrator stays" look at many rows; a lock for the length of the short
transaction keeps two administrators from breaking together what neither would break alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import now
from app.core.database import UNAVAILABLE
from app.domain.actors import Actor
from app.domain.errors import ConflictError
from app.models.identity import IdempotencyKey
from app.services.idempotency import Claim, Replay, keep, recall
from app.services.installation import Installation

log = structlog.get_logger(__name__)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(func.hashtextextended("hotline administration", 0)))
_UNIQUE_VIOLATION = "23505"


@asynccontextmanager
async def reading(here: Installation) -> AsyncIterator[AsyncSession]:
    """A session for reads; an outage is raised as what it is, not as the toolkit's wrapping of it."""
    try:
        async with here.database.session() as session:
            yield session
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        if isinstance(cause, UNAVAILABLE):
            raise cause from error
        if error.connection_invalidated:
            raise ConnectionError("the session lost its database") from error
        raise


@asynccontextmanager
async def writing(here: Installation, actor: Actor, what: str) -> AsyncIterator[AsyncSession]:
    """A transaction of administration, committed and known to this process when the block is left.

    Raises ConflictError `already-exists` when a natural key is taken.
    """
    try:
        async with reading(here) as session:
            await session.exec(_ONE_AT_A_TIME)
            yield session
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise ConflictError(
            "已有相同的记录，请勿重复添加。", "There is one like this already.", code="already-exists"
        ) from None
    log.info("administration", what=what, actor=actor.name)
    await here.reference.refresh()


async def create_once(
    here: Installation,
    actor: Actor,
    what: str,
    claim: Claim | None,
    work: Callable[[AsyncSession], Awaitable[dict[str, Any]]],
) -> Replay:
    """Run a creating call once per idempotency key; `work` returns the answer's body."""
    async with writing(here, actor, what) as session:
        if claim and (before := await session.get(IdempotencyKey, (claim.scope, claim.key))):
            kept = recall(here.keys, claim, before.model_dump())
            if kept:
                return kept
        body = await work(session)
        await session.flush()
        if claim:
            session.add(IdempotencyKey(**keep(here.keys, claim, 201, body, now())))
    return Replay(201, body)
