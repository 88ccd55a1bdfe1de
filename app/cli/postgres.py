"""`hotline postgres`, `hotline restored`: save the database, look into it, and go on with one that was restored.

The programs of the built-in PostgreSQL lie in the installed wheel, and its server runs only while somebody uses it.
"""

import asyncio
import os
import signal
import subprocess
from functools import partial
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

import typer

from app.cli.base import CommandError, JsonFlag, explained, notes, report
from app.core.embedded_postgres.binaries import locate
from app.services.installation import database_url
from app.services.restoring import begin_anew
from app.settings import settings_or_exit

_EVERYTHING_AFTER = {"allow_interspersed_args": False}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(context_settings=_EVERYTHING_AFTER)(postgres)
    app.command()(restored)


def postgres(
    program: Annotated[str, typer.Argument(help="psql, pg_dump, pg_restore …")],
    arguments: Annotated[list[str] | None, typer.Argument(help="What is passed to it.")] = None,
) -> None:
    """Run a program of the built-in PostgreSQL, logged in to its database; starts the server for as long as it takes.

    Example: hotline postgres pg_dump --format=custom --file=hotline.dump
    """
    settings = settings_or_exit()
    if settings.database_url:
        raise CommandError("HOTLINE_DATABASE_URL names a PostgreSQL of your own; use the programs that came with it.")
    found = locate(None) / program
    if found.name != program or not found.is_file():
        raise typer.BadParameter(f"{found.parent} holds no program '{program}'")
    with explained(settings), database_url(settings) as url:
        code = _run([str(found), *(arguments or ())], _login(url))
    raise typer.Exit(code)


def _run(command: list[str], login: dict[str, str]) -> int:
    """The program's exit code. Ctrl-C is the program's own business: psql ends a query by it, not itself."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.call(command, env=os.environ | login, preexec_fn=hear)  # noqa: S603 - of PostgreSQL
    finally:
        signal.signal(signal.SIGINT, before)


def _login(url: str) -> dict[str, str]:
    """The database's URL in the words of PostgreSQL's programs; not as an argument, which others could read."""
    parts = urlsplit(url)
    where = parse_qs(parts.query)
    return {
        "PGHOST": where["host"][0],
        "PGPORT": where["port"][0],
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.removeprefix("/"),
    }


def restored(as_json: JsonFlag = False) -> None:
    """Go on with a database that was restored from a backup. Once, after `hotline migrate`, before the service starts.

    Cursors of the feed from before are refused (clients begin again), webhooks wait until they are resumed.
    """
    settings = settings_or_exit()
    with explained(settings), database_url(settings) as url:
        outcome = asyncio.run(begin_anew(url, _say))
    report(outcome, as_json=as_json)


def _say(ahead: int) -> None:
    notes.print(f"Catching up with {ahead:,} transactions of the old server; 10 million take about a minute.")
