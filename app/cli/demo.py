"""`hotline demo`: a city to look at, on any machine, with one command."""

import asyncio
from typing import Annotated

import typer

from app.cli.base import notes
from app.cli.serving import begin, listen, serve_on
from app.cli.setup import run_seed
from app.core.web_server import url_of
from app.services.installation import database_url, open_installation
from app.services.migrating import migrate_to_head
from app.services.simulation.demo import make_demo_lives
from app.settings import Settings

LIVES = 60
STAFF = "operator dispatcher expert callback supervisor discipline auditor admin"
DEFAULT_PASSWORD = str(Settings.model_fields["demo_password"].default)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    requests: Annotated[int, typer.Option(min=0, max=10_000, help="Living requests of the past weeks.")] = LIVES,
) -> None:
    """Prepare the fictional demo city with living requests, and serve it with its worker."""
    settings = begin()
    listen(settings).close()  # a port in use is better known before the work than after
    with database_url(settings) as url:
        notes.print("Preparing the demo city …")
        migrate_to_head(url)
        asyncio.run(_prepare(url, settings, requests))
        sock = listen(settings)
        password = settings.demo_password if settings.demo_password == DEFAULT_PASSWORD else "as set"
        print(
            f"Open     {url_of(sock)}\nUsers    {STAFF}, unit-<unit code>\nPassword {password} (HOTLINE_DEMO_PASSWORD)"
        )
        serve_on(sock, settings, workers=1, with_worker=True)


async def _prepare(url: str, settings: Settings, requests: int) -> None:
    async with open_installation(url, settings) as here:
        await run_seed(here, demo=True)
        await here.reference.refresh()
        made = await make_demo_lives(here, requests)
    if made:
        notes.print(f"Made {made} living requests.")
