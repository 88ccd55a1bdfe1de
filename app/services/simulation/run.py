"""Plays all open requests in scope to the end of their lives, several at a time, at a chosen speed."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from app.core.clock import now
from app.core.database import TRANSIENT, UNAVAILABLE
from app.domain.errors import HotlineError
from app.services.installation import Installation
from app.services.simulation.cast import Cast
from app.services.simulation.player import Player
from app.services.simulation.script import Habits
from app.services.simulation.tickets import open_tickets, ticket_state

MOST_STEPS = 60
"""A life longer than this is a fault of the rules, not of the people."""


@dataclass
class Pace:
    """At most `per_second` steps a second over all players; 0: as fast as it goes."""

    per_second: float
    _next: float = 0.0

    async def wait(self) -> None:
        """Wait for the next turn."""
        if self.per_second <= 0:
            return
        loop = asyncio.get_running_loop()
        self._next = max(self._next, loop.time()) + 1 / self.per_second
        await asyncio.sleep(self._next - loop.time())


@dataclass
class Played:
    """What was done; `left`: lives that were not brought to their end because somebody stopped the play."""

    lives: int = 0
    steps: int = 0
    unfinished: int = 0
    left: int = 0


async def play_all(
    here: Installation,
    *,
    players: int,
    speed: float,
    seed: int,
    on_life: Callable[[], None],
    on_total: Callable[[int], None],
    stopped: Callable[[], bool] = lambda: False,
) -> Played:
    """Bring every open request in scope to its end; restart-safe: a second run goes on where the first stopped.

    Once `stopped`, no further step is begun. Raises CastError when a part cannot be filled.
    """
    async with here.database.connection() as connection:
        tickets = await open_tickets(connection)
    on_total(len(tickets))
    cast, pace, played = Cast(here.reference.now), Pace(speed), Played()
    queue = iter(tickets)

    async def play() -> None:
        for ticket_no in queue:
            if stopped():
                return
            player = Player(here, cast, Habits(), random.Random(f"{seed}:{ticket_no}"))  # noqa: S311 - a play, no secret
            steps, ended = await _play_life(here, player, ticket_no, pace, stopped)
            played.steps += steps
            if ended or not stopped():
                played.lives += 1
                played.unfinished += not ended
                on_life()

    async with asyncio.TaskGroup() as group:
        for _ in range(players):
            group.create_task(play())
    played.left = len(tickets) - played.lives
    return played


async def _play_life(
    here: Installation, player: Player, ticket_no: str, pace: Pace, stopped: Callable[[], bool]
) -> tuple[int, bool]:
    """Steps taken and whether the life ended. An outage or another hand at work: look again and go on.

    A life is looked at before `stopped` is: one that ended with its last step is over, not left.
    """
    taken = 0
    for _ in range(MOST_STEPS):
        try:
            async with here.database.connection() as connection:
                ticket = await ticket_state(connection, ticket_no)
            move = player.next_move(ticket)
            if move is None:
                return taken, True
            await pace.wait()
            if stopped():
                break
            await player.take(move, now())
            taken += 1
        except UNAVAILABLE:
            if stopped():
                break
            await asyncio.sleep(0.3)
        except (HotlineError, *TRANSIENT):
            await asyncio.sleep(0.01)
    return taken, False
