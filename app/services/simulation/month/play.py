"""Plays the month: takes what is due next from the agenda, lets it happen at its own moment, and plans what follows."""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from app.core.database import Connection
from app.domain.actors import SIMULATOR
from app.domain.catalogue import Urgency
from app.domain.errors import HotlineError
from app.schemas.requests import Requester, RequestForm
from app.services.due_steps import take_due_steps
from app.services.installation import Installation
from app.services.intake.filing import Filed, file_request
from app.services.simulation.cast import Cast
from app.services.simulation.demo import SURNAMES
from app.services.simulation.month.agenda import Agenda, Item
from app.services.simulation.month.beats import Beat
from app.services.simulation.month.plots import PLOTS, Plot
from app.services.simulation.month.stage import Stage, Ticket, look
from app.services.simulation.player import Move, Player
from app.services.simulation.script import Habits, material
from app.services.sweep import sweep_one

HOURS = {"accept": 0.8, "contact": 2, "progress": 5, "submit": 8, "review": 2, "callbacks": 5, "rating": 3, "close": 6}
"""Mean office hours before an ordinary step; some take much longer, as in life."""
EARLY, LATE = 0.12, 0.85
"""Shares of the month: until when lives that take long are filed, and until when all are."""
HURRY = 5
"""How much faster people are when it is urgent; they do not wait for office hours then."""
URGENT_STATES = ("received", "assigned", "in_progress")
MOST_REFUSALS = 5
SWEEP_LAG = timedelta(seconds=20)
"""How long after its moment the worker raises an alarm."""


@dataclass
class Role:
    """One life being played: its plot, how far it is, its ticket once filed."""

    plot: Plot
    entry: int
    filed_at: datetime
    ticket_no: str = ""
    beat: int = 0
    refused: int = 0
    watched: set[tuple[datetime, Item]] = field(default_factory=set)


@dataclass
class Month:
    """The whole play; `reference` begins the references of what it files, `entries` are what citizens say in it.

    `shares`: until when lives that take long are filed, and all others. `notify`: whether citizens want to hear of it.
    Once `stopped`, nothing more happens.
    """

    here: Installation
    start: datetime
    end: datetime
    seed: int
    reference: str = field(default_factory=lambda: f"month:{secrets.token_hex(4)}:")
    entries: Sequence[Mapping[str, Any]] = field(default_factory=lambda: material()["request"])
    shares: tuple[float, float] = (EARLY, LATE)
    notify: bool = True
    stopped: Callable[[], bool] = lambda: False
    steps: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)  # noqa: S311 - a play, no secret
        cast = Cast(self.here.reference.now)
        self._stage = Stage(self.here, cast, self._rng)
        self._player = Player(self.here, cast, Habits(), self._rng)
        self._agenda = Agenda(self.end)
        self._roles: list[Role] = []

    async def play(self, requests: int, on_time: Callable[[datetime], None]) -> None:
        """File so many requests over the month and let each live; raises CastError when a part cannot be filled."""
        self._cast_roles(requests)
        while not self.stopped() and (item := self._agenda.next()):
            at, what, index = item
            await self._happen(at, what, index)
            on_time(at)
        if not self.left:
            on_time(self.end)

    @property
    def left(self) -> int:
        """Lives to which something more would have happened, had the play not been stopped."""
        return self._agenda.lives

    def _cast_roles(self, requests: int) -> None:
        length = self.end - self.start
        for index in range(requests):
            plot = PLOTS[index % len(PLOTS)]
            share = self._rng.uniform(0, self.shares[0] if plot.early else self.shares[1])
            at = self._stage.later(self.start + length * share, self._rng.uniform(0, 0.5))
            entry = self._rng.randrange(len(self.entries))
            if plot.follows and index >= plot.follows:
                master = self._roles[index - plot.follows]
                entry, at = master.entry, self._stage.later(master.filed_at, self._rng.uniform(0.3, 1))
            self._roles.append(Role(plot, entry, at))
            self._agenda.add(at, Item.FILE, index)

    async def _happen(self, at: datetime, what: Item, index: int) -> None:
        role = self._roles[index]
        match what:
            case Item.FILE:
                await self._file(role, index, at)
            case Item.ALARM:
                self.steps["alarms"] += await sweep_one(self.here, role.ticket_no, at)
            case Item.WAKE:
                self.steps["woken"] += await take_due_steps(self.here, at, only=role.ticket_no)
            case Item.ACT:
                await self._act(role, at)
        ticket = await self._look(role)
        self._watch(ticket, index)
        if what in (Item.FILE, Item.ACT) and role.refused < MOST_REFUSALS:
            self._plan(role, ticket, index, at)

    async def _look(self, role: Role) -> Ticket:
        async with self.here.database.connection() as connection:
            return await look(connection, role.ticket_no)

    async def _file(self, role: Role, index: int, at: datetime) -> None:
        form = self._form(role, index)

        async def work(connection: Connection) -> Filed:
            return await file_request(connection, SIMULATOR, form, installation=self.here, at=at)

        role.ticket_no = (await self.here.database.transaction(work)).body["ticket_no"]
        self.steps["file"] += 1
        if role.plot.follows and index >= role.plot.follows:
            self._stage.masters[role.ticket_no] = self._roles[index - role.plot.follows].ticket_no

    def _form(self, role: Role, index: int) -> RequestForm:
        entry = self.entries[role.entry]
        return RequestForm(
            channel=entry["channel"],
            text=entry["text"],
            kind=role.plot.kind or entry["kind"],
            category_code=entry["category_code"] if self._rng.random() < 0.6 else None,
            address=entry["place"],
            confidential=role.plot.confidential,
            notify=self.notify,
            requester=Requester(
                name=self._rng.choice(SURNAMES) + self._rng.choice(("先生", "女士")), phone=f"1991{index:07d}"
            ),
            external_ref=f"{self.reference}{index}",
        )

    def _watch(self, ticket: Ticket, index: int) -> None:
        """The moments at which the worker would have something to do; each is put down once."""
        moments = [(ticket["next_alarm_at"], Item.ALARM), (ticket["reply_by"], Item.WAKE)]
        if day := ticket["hold_review_on"] or ticket["applied_until"]:
            moments.append((datetime.combine(day, time(), self.here.settings.zone), Item.WAKE))
        watched = self._roles[index].watched
        for due, item in moments:
            if due is not None and (due, item) not in watched:
                watched.add((due, item))
                self._agenda.add(due + SWEEP_LAG, item, index)

    def _plan(self, role: Role, ticket: Ticket, index: int, at: datetime) -> None:
        """When the life is looked at again, and for what: its next beat if that can happen, else whatever comes."""
        while (beat := self._beat(role)) and beat.optional and not beat.when(ticket):
            role.beat += 1
        if beat and beat.when(ticket):
            hours = beat.hours * self._rng.uniform(0.8, 1.2)
            due = at + timedelta(hours=hours) if beat.clock else self._stage.later(at, hours)
            if beat.until and (earliest := beat.until(ticket)):
                due = max(due, earliest)
            self._agenda.add(due, Item.ACT, index)
        elif _waits(ticket):
            self._agenda.add(self._stage.later(at, 4), Item.ACT, index)
        elif move := self._player.next_move(ticket):
            hours = self._rng.expovariate(1 / HOURS.get(move.command.action, 1))
            urgent = ticket["urgency"] != Urgency.NORMAL and ticket["state"] in URGENT_STATES
            due = at + timedelta(hours=hours / HURRY) if urgent else self._stage.later(at, hours)
            self._agenda.add(due, Item.ACT, index)

    def _beat(self, role: Role) -> Beat | None:
        return role.plot.beats[role.beat] if role.beat < len(role.plot.beats) else None

    async def _act(self, role: Role, at: datetime) -> None:
        ticket, beat = await self._look(role), self._beat(role)
        if beat and beat.when(ticket):
            role.beat += 1
            await self._take(role, beat.make(self._stage, ticket, at), at)
        elif not _waits(ticket) and (move := self._player.next_move(ticket)):
            await self._take(role, move, at)

    async def _take(self, role: Role, move: Move, at: datetime) -> None:
        """A step that the rules refuse is part of the play; a life that is always refused is stuck, and told of."""
        try:
            await self._player.take(move, at)
        except HotlineError as error:
            role.refused += 1
            self.refusals[f"{move.command.action}: {error.code}"] += 1
            if role.refused == MOST_REFUSALS:
                self.stuck.append(f"{role.ticket_no} ({role.plot.name}): {move.command.action}, {error}")
        else:
            self.steps[move.command.action] += 1


def _waits(ticket: Ticket) -> bool:
    """Whether nobody can do anything about it for now: it follows another, or is on hold, or is to be."""
    return ticket["state"] in ("merged", "on_hold") or ticket["applied_for"] == "hold"
