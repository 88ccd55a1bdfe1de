"""`hotline simulate --rules`: a month of the county in minutes, with every rule in use, and the ledger at its end."""

from datetime import datetime, timedelta
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import CommandError, notes
from app.cli.stopping import Stop
from app.core.clock import now
from app.services.installation import Installation
from app.services.simulation.month.run import play_month

DAY = 86_400
LIVES = 600


async def simulate_rules(
    here: Installation, begin: datetime | None, days: int, requests: int, seed: int, stop: Stop
) -> dict[str, Any]:
    """Play `days` days from the day `begin`, or up to now, with a progress bar over the days.

    Raises CommandError when the period does not lie in the past.
    """
    start = begin.replace(tzinfo=here.settings.zone) if begin else now() - timedelta(days=days)
    end = start + timedelta(days=days)
    if end > now():
        raise CommandError(
            f"{days} days from {start:%Y-%m-%d} reach into the future; begin earlier or play fewer days."
        )
    with Progress(TextColumn("Day"), BarColumn(), TextColumn("{task.fields[day]}"), TimeRemainingColumn(),
                  console=notes) as progress:  # fmt: skip
        task = progress.add_task("days", total=days, day="")

        def on_time(at: datetime) -> None:
            gone = (at - start).total_seconds() / DAY
            progress.update(task, completed=gone, day=f"{at.astimezone(here.settings.zone):%Y-%m-%d}")

        outcome = await play_month(
            here, start, end, requests=requests, seed=seed, on_time=on_time, stopped=lambda: stop.asked
        )
    return outcome.as_dict()
