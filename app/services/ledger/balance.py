"""Balances a database: every request accounted for once, history and rows the same, every clock explained."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from app.services.installation import Installation
from app.services.ledger.compare import differences
from app.services.ledger.fairness import Fairness
from app.services.ledger.life import Life
from app.services.ledger.limits import clock_differences, standing_clocks
from app.services.ledger.reading import Case, RuleMarks, Scope, batches, extent, rule_marks
from app.services.ledger.replay import replay
from app.services.ledger.rulebook import Rulebook
from app.services.ledger.timekeeper import Timekeeper
from app.services.ledger.totals import Totals
from app.services.reference import Reference

MOST = 100
"""So many discrepancies are written out; all are counted."""
ALL = Scope()


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not balance; `ticket_no` None: it is about the sums."""

    ticket_no: str | None
    what: str


@dataclass
class Ledger:
    """The outcome. `explained`: requests whose clocks were recomputed; `earlier_rules`: those filed before time limits
    or calendar were last changed, whose clocks cannot be.
    """

    totals: Totals = field(default_factory=Totals)
    explained: int = 0
    earlier_rules: int = 0
    count: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether everything agrees."""
        return self.count == 0

    def note(self, ticket_no: str | None, what: str) -> None:
        """Write down a discrepancy."""
        self.count += 1
        if len(self.discrepancies) < MOST:
            self.discrepancies.append(Discrepancy(ticket_no, what))

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        return {
            **self.totals.as_dict(),
            "clocks": {"explained": self.explained, "under_earlier_rules": self.earlier_rules},
            "balanced": self.balanced,
            "discrepancies": self.count,
            "first": [f"{found.ticket_no or 'sums'}: {found.what}" for found in self.discrepancies],
        }


async def balance(
    here: Installation,
    scope: Scope = ALL,
    *,
    on_total: Callable[[int], None] = lambda _: None,
    on_done: Callable[[int], None] = lambda _: None,
) -> Ledger:
    """Read everything in scope and hold it against itself; changes nothing, locks nothing."""
    ledger = Ledger()
    async with here.database.connection() as connection:
        number, last = await extent(connection, scope)
        marks = await rule_marks(connection)
    on_total(number)
    reference, zone = here.reference.now, here.settings.zone
    async for cases in batches(here.database, scope, last):
        for case in cases:
            _check(ledger, case, reference, zone, marks)
        on_done(len(cases))
    for what in ledger.totals.imbalances(number):
        ledger.note(None, what)
    return ledger


def _check(ledger: Ledger, case: Case, reference: Reference, zone: ZoneInfo, marks: RuleMarks) -> None:
    explainable = marks.before(case, zone)
    life, found = examine(case, reference, zone, explainable=explainable)
    ledger.explained += explainable
    ledger.earlier_rules += not explainable
    ledger.totals.add(case, life)
    for what in found:
        ledger.note(case.request["ticket_no"], what)


def examine(case: Case, reference: Reference, zone: ZoneInfo, *, explainable: bool = True) -> tuple[Life, list[str]]:
    """One case replayed, and all that does not agree in it; `explainable`: its clocks can be recomputed."""
    ticket_no = case.request["ticket_no"]
    try:
        life, more = _replay(case, reference, zone) if explainable else (replay(ticket_no, case.events), iter(()))
        found = [
            *life.faults,
            *differences(life, case.request, case.orders, case.applications, case.slips, zone),
            *standing_clocks(case.request, case.orders),
            *more,
        ]
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        # A history so broken that it cannot even be played is a finding, not the end of the ledger.
        life, found = replay(ticket_no, ()), [f"cannot be replayed: {type(error).__name__}: {error}"]
    return life, found


def _replay(case: Case, reference: Reference, zone: ZoneInfo) -> tuple[Life, Iterator[str]]:
    """The life replayed with the calendar in hand, and where its clocks differ from the rows."""
    rulebook = Rulebook(reference.policies, case.request, case.events)
    time = Timekeeper(reference.calendar, rulebook)
    watchers = (Fairness(reference.calendar, zone, rulebook, time), time)
    life = replay(case.request["ticket_no"], case.events, watchers)
    return life, clock_differences(time, case.request, case.orders)
