"""`hotline simulate`: play units, citizens and call-backs until every life in scope is closed."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.base import CommandError, JsonFlag, notes, report, with_installation
from app.cli.ledger import show
from app.cli.progress import progress_bar
from app.cli.simulate_fast import MOST, for_people, simulate_fast
from app.cli.simulate_rules import LIVES, simulate_rules
from app.cli.stopping import INTERRUPTED, Stop, stoppable
from app.core.clock import now
from app.domain.actors import SIMULATOR
from app.services.installation import Installation
from app.services.simulation.cast import CastError
from app.services.simulation.demo import make_demo_lives
from app.services.simulation.run import play_all
from app.services.simulation.summary import summary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    requests: Annotated[
        int | None,
        typer.Option(min=0, max=100_000, help=f"First file this many demo requests (default 0; with --rules {LIVES})."),
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="Steps a second over all players; 0: as fast as it goes.")] = 0,
    players: Annotated[int, typer.Option(min=1, max=64, help="Lives played at once.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed decides the same.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Do it although this is not a demo installation.")] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Play a month with every rule in use, then balance it.")
    ] = False,
    days: Annotated[int, typer.Option(min=5, max=365, help="With --rules: so many days.")] = 30,
    begin: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="With --rules: the first day; else it ends now."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Fill the database with --orders lives of two years.")] = False,
    orders: Annotated[int | None, typer.Option(min=1, max=MOST, help="With --fast: so many requests more.")] = None,
    compare_copy: Annotated[
        bool, typer.Option("--compare-copy", help="With --fast: bring every other chunk in by COPY, and compare.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Play imported and simulated requests to the end of their lives, and print what came out.

    Touches only what came in by the channel `import` and what it filed itself. Refuses a city's own installation.
    Goes on where an interrupted run stopped; Ctrl-C lets the step in hand end and says what is left. With --rules it
    files requests of its own and plays a month of virtual time with them; the exit code is 1 when the ledger over them
    does not balance. With --fast it plays some hundred and multiplies their rows: closed ones over two years, open ones
    of these days, nobody is told of them.
    Example: hotline import messages.csv && hotline simulate --speed 50
    """
    if fast is (orders is None):
        raise typer.BadParameter("--fast and --orders go together: hotline simulate --fast --orders 100000")

    async def work(here: Installation) -> dict[str, Any]:
        await _only_in_a_demo(here, yes=yes)
        if orders is not None:
            return await simulate_fast(here, orders, seed, stop, compare=compare_copy)
        if rules:
            return await simulate_rules(here, begin, days, LIVES if requests is None else requests, seed, stop)
        return await _simulate(here, requests or 0, players, speed, seed, stop)

    with stoppable() as stop:
        outcome = with_installation(lambda here: _cast(work(here)))
    _end(outcome, stop, as_json=as_json)


def _end(outcome: dict[str, Any], stop: Stop, *, as_json: bool) -> None:
    """Report what came out; the exit code says whether it was stopped, or something is wrong."""
    if "balanced" in outcome:
        show(outcome, as_json=as_json)
    else:
        report(outcome if as_json else for_people(outcome), as_json=as_json)
    stopped = stop.asked and outcome["left"]
    if stopped:
        notes.print("Stopped before its end.", style="yellow")
    wrong = not outcome.get("balanced", True) or outcome.get("stuck")
    if wrong or (outcome.get("unfinished") and not stopped):
        raise typer.Exit(1)
    if stopped:
        raise typer.Exit(INTERRUPTED)


async def _cast(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """The play; a part that nobody can fill is told in a sentence."""
    try:
        return await work
    except* CastError as group:
        raise CommandError(str(group.exceptions[0])) from None


async def _only_in_a_demo(here: Installation, *, yes: bool) -> None:
    async with here.database.connection() as connection:
        demo = await connection.fetchval("SELECT demo FROM installation")
    if not (demo or yes):
        raise CommandError("This is no demo installation; playing would answer and close real requests. --yes does it.")


async def _simulate(
    here: Installation, requests: int, players: int, speed: float, seed: int, stop: Stop
) -> dict[str, Any]:
    made = await make_demo_lives(here, requests, await count_own(here), lambda: stop.asked) if requests else 0
    with progress_bar() as progress:
        task = progress.add_task("Living", total=None)
        played = await play_all(
            here,
            players=players,
            speed=speed,
            seed=seed,
            on_life=lambda: progress.advance(task),
            on_total=lambda total: progress.update(task, total=total),
            stopped=lambda: stop.asked,
        )
    figures = await summary(here, now())
    return {
        "made": made,
        "lives": played.lives,
        "steps": played.steps,
        "unfinished": played.unfinished,
        "left": played.left + requests - made,
        **figures,
    }


async def count_own(here: Installation) -> int:
    """How many requests the simulator has filed so far."""
    async with here.database.connection() as connection:
        return int(
            await connection.fetchval("SELECT count(*) FROM service_request WHERE filed_by = $1", SIMULATOR.name)
        )
