"""A month from beginning to end, and the ledger over what it made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.actors import SIMULATOR
from app.services.installation import Installation
from app.services.ledger.balance import Ledger, balance
from app.services.ledger.reading import Scope
from app.services.simulation.month.occurred import never, occurred
from app.services.simulation.month.play import Month


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was played, and whether it balances."""

    month: Month
    used: dict[str, int]
    ledger: Ledger

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        return {
            "from": self.month.start.isoformat(),
            "to": self.month.end.isoformat(),
            "steps": dict(sorted(self.month.steps.items())),
            "refused_by_the_rules": dict(sorted(self.month.refusals.items())),
            "stuck": self.month.stuck,
            "left": self.month.left,
            "occurred": self.used,
            "never_occurred": never(self.used),
            **self.ledger.as_dict(),
        }


async def play_month(
    here: Installation,
    start: datetime,
    end: datetime,
    *,
    requests: int,
    seed: int,
    on_time: Callable[[datetime], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """File and play `requests` lives between two instants that lie in the past, until `stopped`; raises CastError.

    Touches nothing but what it files itself.
    """
    month = Month(here, start, end, seed, stopped=stopped)
    await month.play(requests, on_time)
    own = Scope(filed_by=SIMULATOR.name, reference=month.reference)
    async with here.database.connection() as connection:
        used = await occurred(connection, month.reference)
    return Outcome(month, used, await balance(here, own))
