"""What the commands share: the installation, output for people and machines."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import asyncpg
import orjson
import typer

from app.core.logging import configure_logging
from app.services.installation import Installation, database_url, open_installation
from app.settings import Settings, settings_or_exit

if TYPE_CHECKING:
    from rich.console import Console

    console: Console
    notes: Console

T = TypeVar("T")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else, on stdout.")]
WHOLE_LINES = 1_000_000
"""Columns of what is no terminal: a file, `grep` and `less` want lines and tables whole."""


def __getattr__(name: str) -> Any:
    """`console` for what came out, `notes` for bars and warnings on stderr; made when a command first imports them.

    One that keeps running has nothing to say in colours.
    """
    if name not in ("console", "notes"):
        raise AttributeError(name)
    return console_for(as_json=name == "notes")


@cache
def console_for(*, as_json: bool) -> "Console":
    """Where people read what came out: on stdout, or beside it on stderr when that is for the JSON object alone."""
    from rich.console import Console

    if as_json:
        return Console(stderr=True)
    return Console(width=None if sys.stdout.isatty() else WHOLE_LINES)


class CommandError(Exception):
    """The command cannot be carried out; the text says why and what to do."""


@contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """Turns the failures of opening an installation into a sentence for the administrator."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        hint = "check HOTLINE_DATABASE_URL" if settings.database_url else f"look into {settings.data_dir}"
        raise CommandError(f"The installation cannot be used ({reason}); {hint}, or run `hotline doctor`.") from error


def with_installation(work: Callable[[Installation], Awaitable[T]]) -> T:
    """Run `work` on the open installation."""
    settings = settings_or_exit()
    configure_logging("warning" if settings.log_level == "info" else settings.log_level, settings.log_format)

    async def run(url: str) -> T:
        async with open_installation(url, settings) as installation:
            return await work(installation)

    with explained(settings), database_url(settings) as url:
        return asyncio.run(run(url))


def report(outcome: dict[str, Any], *, as_json: bool) -> None:
    """Print the outcome: one JSON line, or a line a figure."""
    if as_json:
        sys.stdout.write(orjson.dumps(outcome).decode() + "\n")
        return
    console = console_for(as_json=False)
    for name, value in outcome.items():
        if isinstance(value, dict):
            console.print(f"[bold]{name}[/bold]")
            for key, count in value.items():
                console.print(f"  {key}: {count}")
        else:
            console.print(f"{name}: {value}")
