"""The lives that are multiplied: a month played through the real door, read back, and held against the ledger."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from app.core.clock import now
from app.core.database import Row
from app.domain.actors import SIMULATOR
from app.domain.states import FINAL_REQUEST_STATES
from app.services.installation import Installation
from app.services.ledger.balance import examine
from app.services.ledger.reading import Case, Scope, batches, extent
from app.services.personal import unseal
from app.services.simulation.fast.playing import MINUTE, REFERENCE, play_patterns
from app.services.simulation.month.plots import PLOTS

FRESH = timedelta(days=1)
"""How long a month that was played serves: what is open in it must be open today."""
PER_ORDERS, MOST = 100, 464
"""A pattern for so many orders, from one deck of plots up to so many."""
ENOUGH = 0.7
"""Some that were to be filed at the very end of the month are not; a month is not played again for them."""
MOST_READ = 1200
RARE = 0.1
"""How often a special life is drawn beside an ordinary one: the deck is full of them."""
TICKET = re.compile(r"(?<!\d)\d{14}(?!\d)")
_NEWEST = """
SELECT max(r.external_ref) FROM service_request r WHERE r.filed_by = $1 AND starts_with(r.external_ref, $2)
"""
_MORE = """
SELECT r.id, r.requester, r.phone_hash IS NOT NULL AS known, r.master_no FROM service_request r WHERE r.id = ANY($1)
"""


class PatternError(Exception):
    """No pattern can be multiplied; the text says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One request of a family: its rows, who asked (unsealed), and which member it follows (index), if any.

    `known`: whether the caller's number was told.
    """

    case: Case
    person: dict[str, str] | None
    known: bool
    master: int | None

    @property
    def ticket_no(self) -> str:
        """The pattern's own number."""
        return str(self.case.request["ticket_no"])

    @property
    def is_plain(self) -> bool:
        """Whether it went as nearly all go: one unit, or an answer at once, and nothing asked for on the way."""
        case = self.case
        aside = case.request["state"] in ("declined", "transferred", "merged")
        return not aside and len(case.orders) <= 1 and not case.applications and not case.slips


@dataclass(frozen=True, slots=True)
class Family:
    """Requests that tell of each other, a master and its followers; nearly always one alone."""

    first: int
    members: tuple[Member, ...]

    @property
    def instants(self) -> Iterator[datetime]:
        """Every instant in its rows; what is to come is among them."""
        for member in self.members:
            case = member.case
            for row in (case.request, *case.orders, *case.applications, *case.slips, *case.events):
                yield from (value for value in row.values() if isinstance(value, datetime))

    @property
    def born(self) -> datetime:
        """When the first of them was filed."""
        born: datetime = min(member.case.events[0]["at"] for member in self.members)
        return born

    @property
    def is_open(self) -> bool:
        """Whether somebody has still something to do."""
        return any(member.case.request["state"] not in FINAL_REQUEST_STATES for member in self.members)

    @property
    def weight(self) -> float:
        """How often it is drawn."""
        return 1.0 if len(self.members) == 1 and self.members[0].is_plain else RARE


async def find_patterns(
    here: Installation,
    orders: int,
    seed: int,
    on_time: Callable[[datetime], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Family]:
    """Families for so many orders; plays a month first unless one was played lately. Empty when the play is `stopped`.

    Raises CastError when a part cannot be filled, PatternError when nothing that was played holds.
    """
    wanted = max(len(PLOTS), min(MOST, orders // PER_ORDERS))
    cases = await _read(here)
    if not await _lately(here) or len(cases) < wanted * ENOUGH:
        await play_patterns(here, wanted, seed, on_time, stopped)
        if stopped():
            return []
        cases = await _read(here)
    sound = [case for case in cases if not examine(case, here.reference.now, here.settings.zone)[1]]
    families = await _families(here, sound[-MOST_READ:])
    if not families:
        raise PatternError("no life that was played can be multiplied: the ledger finds something in each of them")
    return families


async def _lately(here: Installation) -> bool:
    """Whether the newest month was played lately; its references say when."""
    async with here.database.connection() as connection:
        newest: str | None = await connection.fetchval(_NEWEST, SIMULATOR.name, REFERENCE)
    return newest is not None and newest[len(REFERENCE) :] > f"{now() - FRESH:{MINUTE}}"


async def _read(here: Installation) -> list[Case]:
    scope = Scope(filed_by=SIMULATOR.name, reference=REFERENCE)
    async with here.database.connection() as connection:
        _, last = await extent(connection, scope)
    return [case async for batch in batches(here.database, scope, last) for case in batch]


async def _families(here: Installation, cases: list[Case]) -> list[Family]:
    """Put requests that tell of each other together; one that tells of a stranger is left out."""
    async with here.database.connection() as connection:
        rows = await connection.fetch(_MORE, [case.request["id"] for case in cases])
    more = {row["id"]: row for row in rows}
    by_ticket = {case.request["ticket_no"]: case for case in cases}
    together: dict[str, set[str]] = {ticket: {ticket} for ticket in by_ticket}
    strangers: set[str] = set()
    for ticket, case in by_ticket.items():
        for other in told_of(case):
            if other not in by_ticket:
                strangers.add(ticket)
            elif other not in together[ticket]:
                joined = together[ticket] | together[other]
                together.update(dict.fromkeys(joined, joined))
    first = 0
    found: list[Family] = []
    for family in {min(group): sorted(group) for group in together.values()}.values():
        if strangers.isdisjoint(family):
            members = tuple(_member(here, by_ticket[t], more[by_ticket[t].request["id"]], family) for t in family)
            found.append(Family(first, members))
            first += len(members)
    return found


def told_of(case: Case) -> set[str]:
    """The other tickets that a request's rows name."""
    texts = [orjson.dumps(event["payload"]).decode() for event in case.events]
    named = {ticket for text in texts for ticket in TICKET.findall(text)}
    return (named | ({case.request["master_no"]} - {None})) - {case.request["ticket_no"]}


def _member(here: Installation, case: Case, more: Row, family: list[str]) -> Member:
    person = unseal(here.keys, more["requester"]) if more["requester"] is not None else None
    master = family.index(more["master_no"]) if more["master_no"] else None
    return Member(case, person, more["known"], master)
