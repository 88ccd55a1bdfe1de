"""`hotline import FILE`: file many requests from a spreadsheet or JSON lines."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import CommandError, JsonFlag, console, report, with_installation
from app.domain.actors import IMPORTER
from app.services.installation import Installation
from app.services.intake.files import FileError, Source, open_source
from app.services.intake.importing import Job, import_one, in_order

SHOWN_FAILURES = 20


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
    outcome, failures = with_installation(lambda here: _import_all(here, opened, prefix, total))
    for failure in failures[:SHOWN_FAILURES]:
        column = opened.mapping.get(failure.get("pointer", "/")[1:].replace("/", "."), failure.get("pointer", ""))
        console.print(f"data row {failure['line']}: {column} {failure['message']}", style="yellow")
    if len(failures) > SHOWN_FAILURES:
        console.print(f"… and {len(failures) - SHOWN_FAILURES} more rows that failed", style="yellow")
    report(outcome, as_json=as_json)
    if failures:
        raise typer.Exit(1)


def _pairs(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    if any(not column for _, _, column in pairs):
        raise typer.BadParameter("write --map FIELD=COLUMN")
    return {field: column for field, _, column in pairs}


async def _import_all(
    here: Installation, opened: Source, prefix: str, total: int
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    counts: Counter[str] = Counter()
    failures: list[dict[str, Any]] = []

    async def jobs() -> AsyncIterator[Job]:
        for number, values in enumerate(opened.forms(prefix), 1):
            yield import_one(here, IMPORTER, number, values)

    with Progress(
        TextColumn("Filing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("filing", total=total)
        async for result in in_order(jobs()):
            counts[result["status"]] += 1
            if result["status"] == "failed":
                failures.append(result)
            progress.advance(task)
    return {"read": total, **{name: counts[name] for name in ("filed", "already", "failed")}}, failures
