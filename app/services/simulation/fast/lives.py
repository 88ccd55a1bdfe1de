"""Draws a chunk of lives: which pattern, when, who calls, under which number and query code."""

import hashlib
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.security import CODE_ALPHABET, CODE_LENGTH, KeyRing
from app.services.intake.filing import PHONE_PURPOSE, code_hash
from app.services.personal import seal
from app.services.simulation.demo import SURNAMES
from app.services.simulation.fast.patterns import Member
from app.services.simulation.fast.placing import WEEK, Choice, Placement

CALLS_AGAIN = 0.4
"""Share of requests whose caller has called before."""
OFTEN = 1.5
"""The greater, the more the first callers call: the most eager of a million some dozens of times."""
CALLERS = 10**8
NOTES = 10**5
MOST_REFUSED = 1000
"""Families drawn in vain before a chunk is left smaller: where every family has followers, one may not fit."""


def code_of(keys: KeyRing, ticket_no: str) -> str:
    """The query code of a multiplied request: whoever holds the installation's keys can tell it, nobody else."""
    drawn = keys.lookup_hash(ticket_no, "simulated_query_code")
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in drawn[:CODE_LENGTH])


@dataclass
class Draw:
    """Draws lives; `callers` have called so far, numbered from nought."""

    keys: KeyRing
    zone: ZoneInfo
    rng: random.Random
    callers: int
    _days: dict[tuple[int, int, int], str] = field(default_factory=dict)

    def placements(self, choice: Choice, requests: int, always: Sequence[Placement] = ()) -> list[Placement]:
        """Placements with `requests` requests together, `always` among them while there is room, in order of time."""
        drawn, left, refused = [], requests, 0
        for placement in self._sequence(choice, always):
            size = len(placement.family.members)
            if size <= left:
                drawn.append(placement)
                left -= size
            refused += size > left
            if left == 0 or refused > MOST_REFUSED:
                break
        return sorted(drawn, key=lambda placement: placement.at)

    def _sequence(self, choice: Choice, always: Sequence[Placement]) -> Iterator[Placement]:
        yield from always
        while True:
            yield choice.placements[bisect(choice.sums, self.rng.random() * choice.sums[-1], 0, len(choice.sums) - 1)]

    def day(self, placement: Placement, index: int) -> str:
        """The first part of a ticket number: the day on which the member was filed."""
        key = (placement.family.first, index, placement.weeks)
        if key not in self._days:
            filed: datetime = placement.family.members[index].case.events[0]["at"] - placement.weeks * WEEK
            self._days[key] = f"{filed.astimezone(self.zone):%Y%m%d}"
        return self._days[key]

    def rows(self, placements: Sequence[Placement], ids: Sequence[int], tickets: Sequence[str]) -> Iterator[Any]:
        """Rows of the table `life` (see `statements.LIFE_COLUMNS`)."""
        place = 0
        for placement in placements:
            family = placement.family
            numbers = tickets[place : place + len(family.members)]
            shift, days = timedelta(days=-7 * placement.weeks), -7 * placement.weeks
            for index, member in enumerate(family.members):
                ticket_no = numbers[index]
                master_no = numbers[member.master] if member.master is not None else None
                requester, phone_hash = self._caller(member)
                code = code_hash(self.keys, ticket_no, code_of(self.keys, ticket_no))
                note = f"{self.rng.randrange(NOTES):05d}"
                yield (
                    ids[place + index], family.first + index, ticket_no, numbers, master_no, shift, days,
                    requester, phone_hash, code, note,
                )  # fmt: skip
            place += len(family.members)

    def _caller(self, member: Member) -> tuple[bytes | None, bytes | None]:
        """A person's sealed fields, and the hash by which the number is found again."""
        if member.person is None:
            return None, None
        phone = f"+86199{self._number():08d}"
        person = member.person
        said = {name: person.get(name) for name in ("name", "id_number", "address")}
        name = SURNAMES[_digit(phone, len(SURNAMES))] + ("先生", "女士")[_digit(phone, 2)] if said["name"] else None
        sealed = seal(self.keys, name, phone if "phone" in person else None, said["id_number"], said["address"])
        return sealed, self.keys.lookup_hash(phone, PHONE_PURPOSE) if member.known else None

    def _number(self) -> int:
        if self.callers and self.rng.random() < CALLS_AGAIN:
            return int(self.callers * self.rng.random() ** OFTEN) % CALLERS
        self.callers += 1
        return (self.callers - 1) % CALLERS


def _digit(phone: str, below: int) -> int:
    """The same name for the same number, without a pattern that shows."""
    return hashlib.blake2s(phone.encode(), digest_size=2).digest()[0] % below
