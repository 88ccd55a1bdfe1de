"""Plays the lives that will be multiplied: with texts of every category, and many of them open at the end."""

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.core.database import Connection
from app.domain.actors import SIMULATOR
from app.domain.catalogue import Channel
from app.schemas.requests import Requester, RequestForm
from app.services.classifier.samples import read_corpus
from app.services.installation import Installation
from app.services.intake.filing import Filed, file_request
from app.services.simulation.month.play import Month
from app.services.simulation.month.plots import PLOTS
from app.services.simulation.script import material

REFERENCE = "pattern:"
"""Begins the references of lives that were played in order to be multiplied; the minute of the play follows."""
MINUTE = "%Y%m%d%H%M"
MONTH, LAST_DAYS = timedelta(days=35), timedelta(days=6)
ARRIVALS = 24
EVENLY = (1.0, 1.0)
"""Filed until the last moment, so that every state stands open at the end."""


async def play_patterns(
    here: Installation, lives: int, seed: int, on_time: Callable[[datetime], None], stopped: Callable[[], bool]
) -> None:
    """A month of lives, and a deck of plots in its last days: of those many are open at the end.

    Once `stopped`, nothing more happens. Raises CastError when a part cannot be filled.
    """
    end = now()
    entries = [*material()["request"], *_entries(here, random.Random(seed))]  # noqa: S311 - a play, no secret
    for begin, number in ((end - MONTH, lives), (end - LAST_DAYS, len(PLOTS))):
        month = Month(
            here,
            begin,
            end,
            seed,
            reference=f"{REFERENCE}{end:{MINUTE}}:{secrets.token_hex(4)}:",
            entries=entries,
            shares=EVENLY,
            notify=False,
            stopped=stopped,
        )
        await month.play(number, on_time)
    if not stopped():
        await _arrive(here, entries, end, random.Random(seed))  # noqa: S311 - a play, no secret


async def _arrive(here: Installation, entries: list[Mapping[str, Any]], end: datetime, rng: random.Random) -> None:
    """What came in during the last hours, which nobody has looked at; unclear things wait for a dispatcher."""
    for index, entry in enumerate(rng.sample(entries, min(ARRIVALS, len(entries)))):
        form = RequestForm(
            channel=entry["channel"],
            text=entry["text"],
            requester=Requester(name="来电人", phone=f"1992{index:07d}"),
            notify=False,
            external_ref=f"{REFERENCE}{end:{MINUTE}}:{secrets.token_hex(4)}",
        )
        at = end - timedelta(minutes=rng.uniform(0, 30))

        async def work(connection: Connection, form: RequestForm = form, at: datetime = at) -> Filed:
            return await file_request(connection, SIMULATOR, form, installation=here, at=at)

        await here.database.transaction(work)


def _entries(here: Installation, rng: random.Random) -> Iterator[Mapping[str, Any]]:
    """A text of every category in use, said of some place of the city."""
    places: list[str | None] = [*sorted({place.name for place in here.reference.now.places})] or [None]
    for code, texts in read_corpus().items():
        category = here.reference.now.categories.get(code)
        if category is not None and category.active:
            yield {
                "channel": rng.choice([Channel.PHONE, Channel.WEB, Channel.WECHAT, Channel.APP]),
                "text": rng.choice(texts),
                "kind": None,
                "category_code": code,
                "place": rng.choice(places),
            }
