"""`hotline ledger`: hold the whole history against the rows, and say whether it balances."""

from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.base import JsonFlag, console, report, with_installation
from app.cli.progress import progress_bar
from app.schemas.common import EARLIEST
from app.services.installation import Installation
from app.services.ledger.balance import Ledger, balance
from app.services.ledger.reading import Scope

_VERDICT = ("balanced", "discrepancies", "first")


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
    if since is not None and since.year < EARLIEST:
        raise typer.BadParameter(f"--since must not be before the year {EARLIEST}")
    found = with_installation(lambda here: _balance(here, since))
    show(found.as_dict(), as_json=as_json)
    if not found.balanced:
        raise typer.Exit(1)


def show(outcome: dict[str, Any], *, as_json: bool) -> None:
    """Print what a balance came to; for people the verdict is a sentence at the end, below what does not agree."""
    if as_json:
        report(outcome, as_json=True)
        return
    figures = {name: value for name, value in outcome.items() if name not in _VERDICT and value not in ({}, [])}
    report({n: ", ".join(v) if isinstance(v, list) else v for n, v in figures.items()}, as_json=False)
    for line in outcome["first"]:
        console.print(line, style="yellow", markup=False, soft_wrap=True)
    unchecked = _unchecked(**outcome["clocks"])
    count, told = outcome["discrepancies"], len(outcome["first"])
    if outcome["balanced"]:
        agree = "history and rows agree." if unchecked else "history, rows and clocks agree."
        console.print(f"It balances: {agree}", style="green")
    else:
        console.print(
            f"It does not balance; discrepancies: {count}{f', the first {told} above' if told < count else ''}."
        )
    if unchecked:
        console.print(unchecked, style="yellow", soft_wrap=True)


def _unchecked(explained: int, under_earlier_rules: int) -> str:
    """Which clocks were not recomputed, and why; empty when all were."""
    if not under_earlier_rules:
        return ""
    which = f"The clocks of {under_earlier_rules} requests were not recomputed" if explained else "No clock was checked"
    return f"{which}: time limits or calendar were written later, by a change or by the restore of a dump."


async def _balance(here: Installation, since: datetime | None) -> Ledger:
    return await balance_with_progress(here, Scope(since.replace(tzinfo=here.settings.zone) if since else None))


async def balance_with_progress(here: Installation, scope: Scope) -> Ledger:
    """Balance with a progress bar over the requests."""
    with progress_bar() as progress:
        task = progress.add_task("Balancing", total=None)
        return await balance(
            here,
            scope,
            on_total=lambda total: progress.update(task, total=total),
            on_done=lambda done: progress.advance(task, done),
        )
