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

T = TypeVar("T")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]


def __getattr__(name: str) -> Any:
    """`console`: made when a command first imports it; one that keeps running has nothing to say in colours."""
    if name != "console":
        raise AttributeError(name)
    return _console()


@cache
def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True)


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
    for name, value in outcome.items():
        if isinstance(value, dict):
            _console().print(f"[bold]{name}[/bold]")
            for key, count in value.items():
                _console().print(f"  {key}: {count}")
        else:
            _console().print(f"{name}: {value}")
