"""`hotline simulate --fast`: fill a database with many lives, to see what grows with it."""

from typing import Any

from app.cli.base import CommandError
from app.cli.progress import progress_bar
from app.cli.stopping import Stop
from app.services.installation import Installation
from app.services.simulation.fast import fill as filling
from app.services.simulation.fast.patterns import PatternError

MOST = 100_000_000
_COMPARED = ("copied", "copy_ratio")


async def simulate_fast(here: Installation, orders: int, seed: int, stop: Stop, *, compare: bool) -> dict[str, Any]:
    """Fill with a progress bar; raises CommandError when nothing can be multiplied."""
    with progress_bar() as bar:
        task = bar.add_task("Living some lives", total=None)
        progress = filling.Progress(
            on_time=lambda at: bar.update(task, description=f"Living some lives ({at:%m-%d})"),
            on_total=lambda total: bar.update(task, description="Filling", total=total),
            on_done=lambda done: bar.advance(task, done),
            stopped=lambda: stop.asked,
        )
        try:
            filled = await filling.fill(here, orders, seed=seed, compare=compare, progress=progress)
        except PatternError as error:
            raise CommandError(f"Nothing was filled: {error}.") from None
    return filled.as_dict()


def for_people(outcome: dict[str, Any]) -> dict[str, Any]:
    """The outcome without the sample, which is for machines, and without figures of a comparison that was not made."""
    hidden = ("sample",) if outcome.get("copied") else ("sample", *_COMPARED)
    return {name: value for name, value in outcome.items() if name not in hidden}
