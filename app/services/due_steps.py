"""Steps that the system takes because a day has come: a hold's review date, a slip that nobody answered.

A hold is a promise with a date, not a drawer: neither one that was granted nor one that nobody decided about stops
the clocks beyond it. A slip without an answer is told as overdue by itself.
"""

from dataclasses import dataclass
from datetime import datetime

from app.core.database import Connection
from app.domain.actors import SYSTEM
from app.domain.errors import HotlineError
from app.domain.states import Subject
from app.schemas.step_form import Empty
from app.services.installation import Installation
from app.services.workflow.door import Command, act

BATCH = 200


@dataclass(frozen=True, slots=True)
class DueStep:
    """What is due ($1 the day in the city, $2 the instant) after a number ($3), at most $4; and the step to take."""

    subject: Subject
    action: str
    query: str


DUE_STEPS = (
    DueStep(
        Subject.REQUEST,
        "resume",
        """
        SELECT ticket_no AS number FROM service_request
        WHERE state = 'on_hold' AND hold_review_on <= $1 AND $2::timestamptz IS NOT NULL AND ticket_no > $3
        ORDER BY ticket_no LIMIT $4
        """,
    ),
    DueStep(
        Subject.APPLICATION,
        "expire",
        """
        SELECT number FROM application
        WHERE state = 'open' AND kind = 'hold' AND review_on <= $1 AND $2::timestamptz IS NOT NULL AND number > $3
        ORDER BY number LIMIT $4
        """,
    ),
    DueStep(
        Subject.SUPERVISION,
        "lapse",
        """
        SELECT number FROM supervision
        WHERE state = 'open' AND overdue_at IS NULL AND reply_by <= $2 AND $1::date IS NOT NULL AND number > $3
        ORDER BY number LIMIT $4
        """,
    ),
)


async def take_due_steps(here: Installation, at: datetime, only: str | None = None) -> int:
    """Take every step that is due, or `only` those of one ticket; returns how many.

    Each in its own transaction; what somebody else has moved meanwhile is left as it is.
    """
    return sum([await _take_all(here, due, at, only) for due in DUE_STEPS])


async def _take_all(here: Installation, due: DueStep, at: datetime, only: str | None) -> int:
    today = at.astimezone(here.settings.zone).date()
    taken, last = 0, ""
    while True:
        async with here.database.connection() as connection:
            numbers = [row["number"] for row in await connection.fetch(due.query, today, at, last, BATCH)]
        if not numbers:
            return taken
        last = numbers[-1]
        for number in numbers:
            if only and number.partition("-")[0] != only:
                continue
            taken += await _take(here, Command(due.subject, due.action, number, Empty()), at)


async def _take(here: Installation, command: Command, at: datetime) -> bool:
    async def work(connection: Connection) -> None:
        await act(connection, SYSTEM, command, reference=here.reference.now, settings=here.settings, at=at)

    try:
        await here.database.transaction(work)
    except HotlineError:
        return False
    return True
