"""What supervisors decide about a cluster: it is seen to, or it is none. Written under the row's lock.

A dismissal is of those who had asked by then: supervisors are told again when they have doubled.
"""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.clusters import DECIDABLE, ClusterState
from app.domain.errors import ConflictError, not_found
from app.services.clusters.read import view_of
from app.services.installation import Installation

_DECIDE = """
UPDATE cluster SET state = $2, decided_by = $3, decided_at = $4, reason = $5, told = coalesce($6, told) WHERE id = $1
"""


async def decide(
    here: Installation, actor: Actor, key: int, to: ClusterState, reason: str | None, at: datetime
) -> dict[str, Any]:
    """Acknowledge or dismiss; raises NotFoundError, ConflictError when it has been decided or is over."""

    async def work(connection: Connection) -> dict[str, Any]:
        state = await connection.fetchval("SELECT state FROM cluster WHERE id = $1 FOR UPDATE", key)
        if state is None:
            raise not_found()
        before = await view_of(connection, here, key, at)  # what is not to be seen is not to be decided
        if before["state"] not in DECIDABLE[to]:
            raise ConflictError(
                "该集中诉求已有处理结论或已结束，不能再次处理。",
                "The cluster has been decided or is over.",
                code="cluster-state",
            )
        told = before["callers"] if to is ClusterState.DISMISSED else None
        await connection.execute(_DECIDE, key, to.value, actor.name, at, reason, told)
        return await view_of(connection, here, key, at)

    return await here.database.transaction(work)
