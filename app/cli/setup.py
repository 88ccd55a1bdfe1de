"""Commands that set an installation up: migrate, seed."""

from typing import Annotated

import typer

from app.cli.base import CommandError, JsonFlag, explained, notes, report, with_installation
from app.core.clock import now
from app.core.database import Connection
from app.services.installation import Installation, database_url
from app.services.migrating import migrate_to_head
from app.services.seeding.catalogue import seed_catalogue
from app.services.seeding.demo_city import seed_demo_city
from app.services.seeding.people import seed_admin
from app.settings import settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.command()(seed)


def migrate(as_json: JsonFlag = False) -> None:
    """Bring the database to the newest schema. Safe to run again."""
    settings = settings_or_exit()
    with explained(settings), database_url(settings) as url:
        revision = migrate_to_head(url)
    report({"schema": revision}, as_json=as_json)


DemoFlag = Annotated[bool, typer.Option("--demo", help="Also the fictional demo city with units, rules and users.")]


def seed(demo: DemoFlag = False, as_json: JsonFlag = False) -> None:
    """Fill what is missing: categories, time limits, calendar, knowledge, the first administrator."""
    report(with_installation(lambda here: run_seed(here, demo=demo)), as_json=as_json)


async def run_seed(here: Installation, *, demo: bool) -> dict[str, int]:
    """Seed and say how many rows were added; prints a made-up administrator's password once."""
    today = now().astimezone(here.settings.zone).date()

    if demo:
        await refuse_real_city(here)

    async def work(connection: Connection) -> tuple[dict[str, int], str | None]:
        counts = await seed_catalogue(connection, today)
        if demo:
            counts |= await seed_demo_city(connection, here.settings)
        return counts, await seed_admin(connection, here.settings)

    counts, password = await here.database.transaction(work)
    if password:
        notes.print(f"Administrator: user [bold]admin[/bold], password [bold]{password}[/bold] (shown only now)")
    return counts


async def refuse_real_city(here: Installation) -> None:
    """Users with a known password have no place where a real city works; raises CommandError."""
    async with here.database.connection() as connection:
        real = await connection.fetchval(
            "SELECT NOT demo AND (EXISTS (SELECT FROM service_request) OR EXISTS (SELECT FROM unit)) FROM installation"
        )
    if real:
        raise CommandError(
            "This installation is a city's own and no demo; choose another HOTLINE_DATA_DIR for the demo."
        )
