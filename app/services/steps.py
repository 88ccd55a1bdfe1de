"""Takes one step for a caller and answers with the row as it is now; a reveal also shows the person."""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.errors import HotlineError
from app.domain.states import Subject
from app.services import records, views
from app.services.idempotency import Claim, keep_now, recall_kept
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.workflow.door import Command, act
from app.services.workflow.lock import RECORDS, lock
from app.services.workflow.step import Step


async def take_step(
    here: Installation, actor: Actor, command: Command, at: datetime, claim: Claim | None = None
) -> dict[str, Any]:
    """Walk through the door in a transaction of its own; raises what `door.act` raises.

    With a claim the first answer to its key is given again, and the step not taken twice; but a reveal is never
    kept: who asks again is looked at again, and it is written down again.
    """
    if command.action == "reveal":
        claim = None

    async def work(connection: Connection) -> dict[str, Any]:
        if claim and (replay := await recall_kept(connection, here.keys, claim)):
            await lock(connection, actor, command.subject, command.number)  # who was shut out since reads it no more
            return replay.body
        try:
            step = await act(connection, actor, command, reference=here.reference.now, settings=here.settings, at=at)
        except HotlineError:
            # Perhaps the same call, sent twice at once, has just been answered while this one waited for the row.
            if claim and (replay := await recall_kept(connection, here.keys, claim)):
                return replay.body
            raise
        shown = _shown(step, command, actor)
        if command.action == "reveal":
            shown["requester"] = await _reveal(here, connection, step)
        if claim:
            await keep_now(connection, here.keys, claim, shown, at)
        return shown

    return await here.database.transaction(work)


def _shown(step: Step, command: Command, actor: Actor) -> dict[str, Any]:
    if command.subject in RECORDS:
        return records.view(command.subject, step.record, step.request, step.lead, actor, step.reference)
    if command.subject is Subject.WORK_ORDER and step.order is not None:
        return views.order_item(step.request, step.order, step.reference, actor, step.at)
    return views.request_item(step.request, step.lead, step.reference, actor, step.at)


async def _reveal(here: Installation, connection: Connection, step: Step) -> dict[str, str]:
    """The person in the clear; the event that tells of it is in the same transaction."""
    sealed = await connection.fetchval("SELECT requester FROM service_request WHERE id = $1", step.request["id"])
    return unseal(here.keys, sealed)
