"""Takes one step for a caller and answers with the row as it is now; a reveal also shows the person."""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.errors import ForbiddenError
from app.domain.workflow import Subject
from app.services import views
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.workflow.door import Command, act
from app.services.workflow.step import Step


async def take_step(here: Installation, actor: Actor, command: Command, at: datetime) -> dict[str, Any]:
    """Walk through the door in a transaction of its own; raises what `door.act` raises."""

    async def work(connection: Connection) -> dict[str, Any]:
        step = await act(connection, actor, command, reference=here.reference.now, settings=here.settings, at=at)
        shown = _shown(step, command, actor)
        if command.action == "reveal":
            shown["requester"] = await _reveal(here, connection, actor, step)
        return shown

    return await here.database.transaction(work)


def _shown(step: Step, command: Command, actor: Actor) -> dict[str, Any]:
    if command.subject is Subject.WORK_ORDER and step.order is not None:
        return views.order_item(step.request, step.order, step.reference, actor, step.at)
    return views.request_item(step.request, step.lead, step.reference, actor, step.at)


async def _reveal(here: Installation, connection: Connection, actor: Actor, step: Step) -> dict[str, str]:
    """The person in the clear, after the event that tells of it; never for handlers in secret matters."""
    if views.is_secret(step.request) and not actor.sees_all:
        raise ForbiddenError("保密件不向承办单位提供身份信息。", "Identities in secret matters are not for handlers.")
    sealed = await connection.fetchval("SELECT requester FROM service_request WHERE id = $1", step.request["id"])
    return unseal(here.keys, sealed)
