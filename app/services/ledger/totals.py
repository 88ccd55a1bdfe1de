"""The sums of the ledger: what the history opened on one side, where the rows stand on the other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.services.ledger.life import Life
from app.services.ledger.reading import Case

ENDINGS = {
    "requests": ("filed", ("closed", "declined", "transferred", "merged")),
    "orders": ("opened", ("completed", "returned", "withdrawn")),
    "applications": ("applied", ("approved", "refused", "cancelled", "lapsed")),
    "slips": ("issued", ("accepted",)),
}
"""Account → what comes in, and the states that are an end; every other state is open."""


@dataclass
class Account:
    """So many came in; so many stand in each state."""

    came: int = 0
    states: Counter[str] = field(default_factory=Counter)


@dataclass
class Totals:
    """All accounts, alarms and events."""

    accounts: dict[str, Account] = field(default_factory=lambda: {name: Account() for name in ENDINGS})
    alarms: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case, life: Life) -> None:
        """Count one case."""
        rows = {
            "requests": [case.request],
            "orders": case.orders,
            "applications": case.applications,
            "slips": case.slips,
        }
        came = {
            "requests": sum(event["kind"] == "request.received" for event in case.events),
            "orders": len(life.orders),
            "applications": len(life.applications),
            "slips": len(life.slips),
        }
        for name, account in self.accounts.items():
            account.came += came[name]
            account.states.update(row["state"] for row in rows[name])
        self.alarms.update(life.alarms)
        self.happened.update(event["kind"] for event in case.events)

    def imbalances(self, expected_requests: int) -> Iterator[str]:
        """Accounts whose two sides differ."""
        for name, account in self.accounts.items():
            if account.came != account.states.total():
                yield f"{name}: {account.came} came in, {account.states.total()} are accounted for"
        read = self.accounts["requests"].states.total()
        if read != expected_requests:
            yield f"requests: {expected_requests} were there at the beginning, {read} were read"

    def as_dict(self) -> dict[str, Any]:
        """Each account as `{came in: n, ending: n …, open: n}`, with the open states by name."""
        shown: dict[str, Any] = {}
        for name, account in self.accounts.items():
            came, endings = ENDINGS[name]
            still = {state: n for state, n in sorted(account.states.items()) if state not in endings}
            ended = {ending: account.states[ending] for ending in endings}
            shown[name] = {came: account.came, **ended, "open": sum(still.values()), **still}
        return {**shown, "alarms": dict(sorted(self.alarms.items())), "events": self.happened.total()}
