"""Orders on hold whose review date has come go on by themselves: a hold is a promise with a date, not a drawer."""

from datetime import datetime

from app.core.database import Connection
from app.domain.actors import SYSTEM
from app.domain.errors import HotlineError
from app.domain.workflow import Subject
from app.schemas.steps import Empty
from app.services.installation import Installation
from app.services.workflow.door import Command, act

BATCH = 200
_DUE = """
SELECT ticket_no FROM service_request
WHERE state = 'on_hold' AND hold_review_on <= $1 AND ticket_no > $2 ORDER BY ticket_no LIMIT $3
"""


async def resume_due(here: Installation, at: datetime) -> int:
    """Resume every request whose review date has come in the city's zone; returns how many.

    Each in its own transaction; one that somebody else has moved meanwhile is left as it is.
    """
    today = at.astimezone(here.settings.zone).date()
    resumed, last = 0, ""
    while True:
        async with here.database.connection() as connection:
            tickets = [row["ticket_no"] for row in await connection.fetch(_DUE, today, last, BATCH)]
        if not tickets:
            return resumed
        last = tickets[-1]
        for ticket in tickets:
            resumed += await _resume(here, ticket, at)


async def _resume(here: Installation, ticket: str, at: datetime) -> bool:
    command = Command(Subject.REQUEST, "resume", ticket, Empty())

    async def work(connection: Connection) -> None:
        await act(connection, SYSTEM, command, reference=here.reference.now, settings=here.settings, at=at)

    try:
        await here.database.transaction(work)
    except HotlineError:
        return False
    return True
