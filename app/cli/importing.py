"""`hotline import FILE`: file many requests from a spreadsheet or JSON lines."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import CommandError, JsonFlag, console, explained, report, with_installation
from app.core.logging import configure_logging
from app.domain.actors import IMPORTER
from app.services.installation import Installation, database_url
from app.services.intake.bulk.chunk import CHUNK, Importing
from app.services.intake.bulk.lines import Numbered
from app.services.intake.bulk.results import Result
from app.services.intake.bulk.workers import cores, in_chunks, started
from app.services.intake.files import FileError, Source, open_source
from app.settings import settings_or_exit

SHOWN_FAILURES = 20
SMALL = 4 * CHUNK
"""Rows that are filed sooner than further processes are at work."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON lines.")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, e.g. --map text=诉求内容. May be repeated.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Name put before the file's own references; the file's name unless given.")
    ] = "",
    encoding: Annotated[
        str | None, typer.Option(help="Of a CSV; UTF-8, GB 18030, or UTF-16 with its mark is found out by itself.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, max=64, help="That read and file at the same time; 0: one for each core.")
    ] = 0,
    as_json: JsonFlag = False,
) -> None:
    """File every row of FILE exactly once; run it again after an interruption.

    Example: hotline import messages.csv --map text=留言详情 --map title=留言主题
    """
    try:
        opened = open_source(file, _pairs(columns or []), encoding)
        total = sum(1 for _ in open_source(file, _pairs(columns or []), encoding).rows)
    except FileError as error:
        raise CommandError(str(error)) from None
    if opened.unused:
        console.print(f"Columns that are not imported: {', '.join(opened.unused)}")
    prefix = source or file.stem
    console.print(f"References are kept as '{prefix}:…'; give --source {prefix} should the file get another name.")
    outcome = _file_all(opened, prefix, total, processes or cores())
    for failure in outcome.failures:
        column = opened.mapping.get(failure.get("pointer", "/")[1:].replace("/", "."), failure.get("pointer", ""))
        console.print(f"data row {failure['line']}: {column} {failure['message']}", style="yellow")
    failed = outcome.counts["failed"]
    if failed > SHOWN_FAILURES:
        console.print(f"… and {failed - SHOWN_FAILURES} more rows that failed", style="yellow")
    counts = {name: outcome.counts[name] for name in ("filed", "already", "failed")}
    report({"read": total, **counts}, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _pairs(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    if any(not column for _, _, column in pairs):
        raise typer.BadParameter("write --map FIELD=COLUMN")
    return {field: column for field, _, column in pairs}


@dataclass
class _Outcome:
    """What became of the rows, and the first of those that failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Result] = field(default_factory=list)


def _file_all(opened: Source, prefix: str, total: int, processes: int) -> _Outcome:
    """File all rows: a file of some size by several processes, which are begun before anything they might inherit."""
    lines = enumerate(opened.forms(prefix), 1)
    if processes == 1 or total <= SMALL:
        return with_installation(lambda here: _follow(_in_this_process(here, lines), total))
    settings = settings_or_exit()
    configure_logging("warning" if settings.log_level == "info" else settings.log_level, settings.log_format)
    with explained(settings), started(processes) as workers, database_url(settings) as url, workers.ended_first():
        return asyncio.run(_follow(workers.file_all(url, settings, IMPORTER, lines), total))


async def _in_this_process(here: Installation, lines: Iterable[Numbered]) -> AsyncIterator[list[Result]]:
    importing = Importing(here, IMPORTER)
    for chunk in in_chunks(lines):
        yield await importing.file(chunk)


async def _follow(chunks: AsyncIterator[list[Result]], total: int) -> _Outcome:
    """Count the results and show how far it is."""
    outcome = _Outcome()
    with Progress(
        TextColumn("Filing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("filing", total=total)
        async for results in chunks:
            outcome.counts.update(result["status"] for result in results)
            failed = (result for result in results if result["status"] == "failed")
            outcome.failures += islice(failed, SHOWN_FAILURES - len(outcome.failures))
            progress.advance(task, len(results))
    return outcome
