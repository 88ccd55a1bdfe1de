"""`hotline simulate`: play units, citizens and call-backs until every life in scope is closed."""

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import CommandError, JsonFlag, console, report, with_installation
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
    requests: Annotated[int, typer.Option(min=0, max=100_000, help="First file this many demo requests.")] = 0,
    speed: Annotated[float, typer.Option(min=0, help="Steps a second over all players; 0: as fast as it goes.")] = 0,
    players: Annotated[int, typer.Option(min=1, max=64, help="Lives played at once.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed decides the same.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Do it although this is not a demo installation.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Play imported and simulated requests to the end of their lives, and print what came out.

    Touches only what came in by the channel `import` and what it filed itself. Refuses a city's own installation.
    Goes on where an interrupted run stopped.
    Example: hotline import messages.csv && hotline simulate --speed 50
    """
    outcome = with_installation(lambda here: _simulate(here, requests, players, speed, seed, yes=yes))
    report(outcome, as_json=as_json)
    if outcome["unfinished"]:
        raise typer.Exit(1)


async def _simulate(
    here: Installation, requests: int, players: int, speed: float, seed: int, *, yes: bool
) -> dict[str, Any]:
    async with here.database.connection() as connection:
        demo = await connection.fetchval("SELECT demo FROM installation")
    if not (demo or yes):
        raise CommandError("This is no demo installation; playing would answer and close real requests. --yes does it.")
    try:
        made = await make_demo_lives(here, requests, await count_own(here)) if requests else 0
        with Progress(
            TextColumn("Living"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        ) as progress:
            task = progress.add_task("living", total=None)
            played = await play_all(
                here,
                players=players,
                speed=speed,
                seed=seed,
                on_life=lambda: progress.advance(task),
                on_total=lambda total: progress.update(task, total=total),
            )
    except* CastError as group:
        raise CommandError(str(group.exceptions[0])) from None
    async with here.database.connection() as connection:
        figures = await summary(connection)
    return {
        "made": made,
        "lives": played.lives,
        "steps": played.steps,
        "unfinished": played.unfinished,
        **figures,
    }


async def count_own(here: Installation) -> int:
    """How many requests the simulator has filed so far."""
    async with here.database.connection() as connection:
        return int(
            await connection.fetchval("SELECT count(*) FROM service_request WHERE filed_by = $1", SIMULATOR.name)
        )
