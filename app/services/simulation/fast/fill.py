"""Fills the installation: chunk after chunk from two years ago until today, each whole or not at all."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.core.security import KeyRing
from app.services.installation import Installation
from app.services.simulation.fast.comparing import copy_in
from app.services.simulation.fast.lives import Draw, code_of
from app.services.simulation.fast.patterns import find_patterns
from app.services.simulation.fast.placing import Placement, Placements
from app.services.simulation.fast.readers import pass_by
from app.services.simulation.fast.statements import TABLES
from app.services.simulation.fast.workshop import Workshop, workshop

SPAN = timedelta(days=730)
CHUNK = 10_000
"""Requests a transaction: seconds of work, so that the feed of others waits no longer."""
STANDING_SHARE = 5
"""At most one in so many is made only because a state of its own stands open in it."""
SAMPLE = 100
_SAMPLE = """
SELECT DISTINCT found.ticket_no
FROM (SELECT min(id) AS first, max(id) AS last FROM service_request) ends, generate_series(1, $1) AS n
CROSS JOIN LATERAL (SELECT r.ticket_no FROM service_request r
    WHERE r.id >= ends.first + (ends.last - ends.first) * n / $1 AND starts_with(r.external_ref, 'fast:')
    ORDER BY r.id LIMIT 1) found
ORDER BY 1
"""


@dataclass
class Filled:
    """What was made, and how long each part took in seconds; `copied` were made by COPY to compare, `left` not at all."""

    patterns: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    copied: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"patterns": 0.0, "fill": 0.0, "copy": 0.0, "tidy": 0.0})
    sample: list[dict[str, str]] = field(default_factory=list)
    left: int = 0

    @property
    def requests(self) -> int:
        """How many there are more now, however they were made."""
        return self.rows["service_request"] + self.copied

    def as_dict(self) -> dict[str, Any]:
        """For people and machines; `copy_ratio`: our rate over that of a plain COPY of such rows."""
        filled, took = self.rows["service_request"], self.seconds
        ratio = (filled / took["fill"]) / (self.copied / took["copy"]) if self.copied and took["copy"] else None
        return {
            "requests": self.requests,
            "patterns": self.patterns,
            "rows": dict(self.rows),
            "seconds": {name: round(value, 3) for name, value in took.items()},
            "requests_per_second": round(filled / took["fill"]) if took["fill"] else None,
            "copied": self.copied,
            "copy_ratio": round(ratio, 3) if ratio else None,
            "left": self.left,
            "sample": self.sample,
        }


@dataclass
class Progress:
    """Who is told how far it is: the day that is being played, how many requests are to come, how many were made.

    Once `stopped`, no further step is played and no further chunk begun.
    """

    on_time: Callable[[datetime], None] = lambda _: None
    on_total: Callable[[int], None] = lambda _: None
    on_done: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False


async def fill(
    here: Installation, orders: int, *, seed: int, compare: bool, progress: Progress | None = None
) -> Filled:
    """Add `orders` requests with all that belongs to them; raises CastError, PatternError.

    Restart-safe: what was made stays, a further call adds. With `compare` every other chunk comes by plain COPY.
    """
    progress, filled, began = progress or Progress(), Filled(), time.perf_counter()
    families = await find_patterns(here, orders, seed, progress.on_time, progress.stopped)
    if not families:
        return Filled(left=orders)
    end = now()
    possible = Placements(families, here.reference.now.calendar, end - SPAN)
    filled.patterns, filled.seconds["patterns"] = len(families), time.perf_counter() - began
    standing = [Placement(family.born, family, 0) for family in families if family.is_open]
    progress.on_total(orders)
    async with workshop(here, families) as shop:
        callers = int(await shop.connection.fetchval("SELECT coalesce(max(id), 0) FROM service_request"))
        rng = random.Random(f"{seed}:{callers}")  # noqa: S311 - a play, no secret
        draw = Draw(here.keys, here.settings.zone, rng, callers)
        done, chunk = 0, _chunk(orders, compare=compare)
        while done < orders and not progress.stopped():
            size = min(chunk, orders - done)
            choice = possible.between(*(end - SPAN + SPAN * share for share in (done / orders, (done + size) / orders)))
            always = standing[: size // STANDING_SHARE] if done + size == orders else ()
            placements = draw.placements(choice, size, always)
            await _make(shop, draw, placements, filled, by_copy=compare and (done // chunk) % 2 == 1)
            done += size
            progress.on_done(size)
        filled.left = orders - done
        filled.sample = await _sample(shop, here.keys)
        began = time.perf_counter()
        for table in TABLES:
            await shop.connection.execute(f"VACUUM (ANALYZE) {table}")
        filled.seconds["tidy"] = time.perf_counter() - began
    return filled


def _chunk(orders: int, *, compare: bool) -> int:
    """Requests a transaction; a comparison needs at least a few of each kind."""
    return max(1, min(CHUNK, orders // 6)) if compare else CHUNK


async def _make(shop: Workshop, draw: Draw, placements: Sequence[Placement], filled: Filled, *, by_copy: bool) -> None:
    """One chunk, ours or by COPY."""
    if by_copy:
        took, xid = await copy_in(shop, draw, placements)
        filled.seconds["copy"] += took
        filled.copied += sum(len(placement.family.members) for placement in placements)
    else:
        began = time.perf_counter()
        made, xid = await shop.multiply(draw, placements)
        filled.rows.update(made)
        filled.seconds["fill"] += time.perf_counter() - began
    await pass_by(shop.connection, xid)


async def _sample(shop: Workshop, keys: KeyRing) -> list[dict[str, str]]:
    """Some from among all with their query codes, to look them up."""
    rows = await shop.connection.fetch(_SAMPLE, SAMPLE)
    return [{"ticket_no": row["ticket_no"], "code": code_of(keys, row["ticket_no"])} for row in rows]
