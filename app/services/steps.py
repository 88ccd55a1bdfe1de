"""Takes one step for a caller and answers with the row as it is now; a reveal also shows the person.

Most steps find nobody else at their request: they look, think, and write if it is still as it was. Only the others
take the request's lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.database import TRANSIENT, Connection
from app.domain.actors import Actor
from app.domain.errors import HotlineError
from app.domain.states import Subject
from app.services import records, views
from app.services.idempotency import Claim, keep, keep_now, recall_kept
from app.services.installation import Installation
from app.services.personal import unseal
from app.services.workflow.door import Command, act, consider
from app.services.workflow.lock import RECORDS, lock
from app.services.workflow.rows import Values
from app.services.workflow.step import Step
from app.services.workflow.write import write_alone

TICKET_LENGTH = 14
"""A ticket number's digits, with which the numbers of its orders, applications and slips begin."""


async def take_step(
    here: Installation, actor: Actor, command: Command, at: datetime, claim: Claim | None = None
) -> dict[str, Any]:
    """Walk through the door in a transaction of its own; raises what `door.act` raises.

    With a claim the first answer to its key is given again, and the step not taken twice; but a reveal is never
    kept: who asks again is looked at again, and it is written down again.
    """
    if command.action == "reveal":
        claim = None
    call = _Call(here, actor, command, at, claim)
    async with here.turns.of(command.number[:TICKET_LENGTH]):
        try:
            async with here.database.connection() as connection:
                shown = await call.alone(connection)
        except TRANSIENT:  # the same key at the same moment
            shown = None
        if shown is None:
            shown = await here.database.transaction(call.held)
    here.reading.touch(shown["ticket_no"])
    return shown


@dataclass(frozen=True, slots=True)
class _Call:
    """A command with who gives it, taken first without holding anything, and under lock where that does not do."""

    here: Installation
    actor: Actor
    command: Command
    at: datetime
    claim: Claim | None

    async def alone(self, connection: Connection) -> Values | None:
        """The answer once the step is written; None when it has to be taken under lock, or was kept for its key."""
        if await self._recalled(connection):
            return None
        try:
            step = await consider(connection, self.actor, self.command, **self._rules())
        except HotlineError:
            if await self._recalled(connection):  # the same call, sent twice at once
                return None
            raise
        if step is None:
            return None
        shown = _shown(step, self.command, self.actor)
        kept = keep(self.here.keys, self.claim, 200, shown, self.at) if self.claim else None
        return shown if await write_alone(connection, step, kept) else None

    async def held(self, connection: Connection) -> Values:
        """The answer of the step taken under lock, in the caller's transaction."""
        if replay := await self._recalled(connection):
            # Who was shut out since reads it no more.
            await lock(connection, self.actor, self.command.subject, self.command.number)
            return replay
        try:
            step = await act(connection, self.actor, self.command, **self._rules())
        except HotlineError:
            # Perhaps the same call, sent twice at once, has just been answered while this one waited for the row.
            if replay := await self._recalled(connection):
                return replay
            raise
        shown = _shown(step, self.command, self.actor)
        if self.command.action == "reveal":
            shown["requester"] = await _reveal(self.here, connection, step)
        if self.claim:
            await keep_now(connection, self.here.keys, self.claim, shown, self.at)
        return shown

    async def _recalled(self, connection: Connection) -> Values | None:
        replay = await recall_kept(connection, self.here.keys, self.claim) if self.claim else None
        return replay.body if replay else None

    def _rules(self) -> Values:
        return {"reference": self.here.reference.now, "settings": self.here.settings, "at": self.at}


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
