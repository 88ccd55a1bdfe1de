"""Living requests for the demo: lives of the past weeks, each stopped at another point."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.domain.actors import SIMULATOR
from app.domain.errors import HotlineError
from app.schemas.requests import Requester, RequestForm
from app.services.installation import Installation
from app.services.intake.filing import file_request
from app.services.simulation.cast import Cast
from app.services.simulation.player import Player
from app.services.simulation.script import Habits, material
from app.services.simulation.tickets import ticket_state

DAYS_BACK = 20
LEFT_FOR_DISPATCHER = 0.4
"""Share of the unclear requests that wait for whoever tries the demo."""
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
PAUSES = {"accept": 2, "contact": 6, "progress": 20, "submit": 30, "review": 6, "callbacks": 20, "rating": 10}
"""Mean hours before a step, about as long as units really take; some are late, as in life."""


async def make_demo_lives(
    here: Installation, count: int, first: int = 0, stopped: Callable[[], bool] = lambda: False
) -> int:
    """File `count` requests of the past weeks and play each for a while, until `stopped`; returns how many were made.

    Restart-safe: a request that was made before (by its reference, numbered from `first`) is left as it is.
    """
    rng = random.Random(12345 + first)  # noqa: S311 - the same demo everywhere
    cast = Cast(here.reference.now)
    made = 0
    for index in range(first, first + count):
        if stopped():
            break
        entry = material()["request"][index % len(material()["request"])]
        born = now() - timedelta(days=rng.uniform(0.02, DAYS_BACK) * rng.random() ** 0.7)
        form = _form(entry, index, rng)
        filed = await here.database.transaction(
            lambda connection, form=form, born=born: file_request(  # type: ignore[misc]
                connection, SIMULATOR, form, installation=here, at=born
            )
        )
        if filed.new:
            made += 1
            player = Player(here, cast, Habits(), rng)
            await _live(here, player, filed.body["ticket_no"], born, rng)
    return made


def _form(entry: dict[str, Any], index: int, rng: random.Random) -> RequestForm:
    phone = f"1990{index:07d}"
    return RequestForm(
        channel=entry["channel"],
        text=entry["text"],
        kind=entry["kind"],
        category_code=entry["category_code"] if rng.random() < 0.6 else None,
        address=entry["place"],
        requester=Requester(name=rng.choice(SURNAMES) + rng.choice(("先生", "女士")), phone=phone),
        external_ref=f"demo:{index}",
    )


async def _live(here: Installation, player: Player, ticket_no: str, born: datetime, rng: random.Random) -> None:
    """Play until the present is reached or the life is over."""
    at = born
    while True:
        async with here.database.connection() as connection:
            ticket = await ticket_state(connection, ticket_no)
        move = player.next_move(ticket)
        if move is None or (ticket["state"] == "received" and rng.random() < LEFT_FOR_DISPATCHER):
            return
        at += timedelta(hours=rng.expovariate(1 / PAUSES.get(move.command.action, 3)))
        if at >= now():
            return
        try:
            await player.take(move, at)
        except HotlineError:
            return
