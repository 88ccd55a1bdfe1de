"""`hotline ledger`: hold the whole history against the rows, and say whether it balances."""

from datetime import datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import JsonFlag, console, report, with_installation
from app.services.installation import Installation
from app.services.ledger.balance import Ledger, balance
from app.services.ledger.reading import Scope


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ledger)


def ledger(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only requests filed from this day on.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Replay every request's history, hold it against the rows and recompute every clock; changes nothing.

    Prints what came in, how it ended and what is open, and at most 100 discrepancies; exit code 1 when there is one.
    """
    found = with_installation(lambda here: _balance(here, since))
    report(found.as_dict(), as_json=as_json)
    if not found.balanced:
        raise typer.Exit(1)


async def _balance(here: Installation, since: datetime | None) -> Ledger:
    return await balance_with_progress(here, Scope(since.replace(tzinfo=here.settings.zone) if since else None))


async def balance_with_progress(here: Installation, scope: Scope) -> Ledger:
    """Balance with a progress bar over the requests."""
    with Progress(
        TextColumn("Balancing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("balancing", total=None)
        return await balance(
            here,
            scope,
            on_total=lambda total: progress.update(task, total=total),
            on_done=lambda done: progress.advance(task, done),
        )
