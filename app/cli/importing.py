"""`hotline import FILE`: file many requests from a spreadsheet or JSON lines."""

import asyncio
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.base import CommandError, JsonFlag, console_for, explained, notes, report, with_installation
from app.cli.progress import progress_bar
from app.cli.stopping import INTERRUPTED, Stop, stoppable
from app.core.logging import configure_logging
from app.domain.actors import IMPORTER
from app.services.installation import Installation, database_url
from app.services.intake.bulk.checking import WOULD_FILE, Checking
from app.services.intake.bulk.chunk import CHUNK, Importing
from app.services.intake.bulk.failed_rows import FailedRows, another, failed_rows, reason
from app.services.intake.bulk.lines import Numbered
from app.services.intake.bulk.results import Result
from app.services.intake.bulk.workers import cores, in_chunks, started
from app.services.intake.columns import FIELDS
from app.services.intake.files import Source, open_source
from app.services.intake.tables import FileError
from app.settings import settings_or_exit

SHOWN_FAILURES = 20
MOST_OF_A_SOURCE = 100
SMALL = 4 * CHUNK
"""Rows that are filed sooner than further processes are at work."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX (formulas by their stored value) or JSON lines.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="FIELD=COLUMN, e.g. --map text=诉求内容; FIELD= takes no column for it. May be repeated. "
            f"Fields: {', '.join(FIELDS)}.",
        ),
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
    failed: Annotated[
        Path | None,
        typer.Option(
            "--failed",
            help="Write every row that failed here, with all reasons: correct it, import it again. "
            "A .csv when FILE is a CSV or XLSX, a .jsonl when it is JSON lines.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be filed and what is wrong; file nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """File every row of FILE exactly once per channel and reference; run it again after an interruption.

    Says first which columns are taken for which field, and which are not imported; the README lists the names that are
    known. Kinds, urgencies and channels may be written as pages show them (投诉, 特急, 电话) and other systems do (投诉类,
    加急, 来电), categories by name, yes and no as 是 and 否. What is imported are new requests, which count from their import;
    with another channel, or another --source, a row is another request. Rows that fail are skipped; --failed keeps all of
    them. Ctrl-C finishes what is in hand and says how many rows are left.
    Example: hotline import messages.csv --map text=留言详情 --map title=留言主题 --failed failed.csv
    """
    given = _pairs(columns or [])
    if len(source) > MOST_OF_A_SOURCE:
        raise typer.BadParameter(
            f"--source has at most {MOST_OF_A_SOURCE} characters: it stands before every reference"
        )
    try:
        opened = open_source(file, given, encoding)
        total = sum(1 for _ in open_source(file, given, encoding).rows)
        prefix = source or file.stem
        said = console_for(as_json=as_json)
        _tell_columns(said, opened, prefix)
        keeping = failed_rows(failed, open_source(file, given, encoding)) if failed else nullcontext()
        with keeping as kept, stoppable() as stop:
            outcome = _Outcome(total, kept, stop, WOULD_FILE if check else "filed")
            _file_all(opened, prefix, outcome, processes or cores(), stop)
    except FileError as error:
        raise CommandError(str(error)) from None
    options = ["--source", prefix, *(part for name, column in given.items() for part in ("--map", f"{name}={column}"))]
    _tell_failures(said, outcome, opened, shlex.join(["hotline", "import", str(failed), *options]) if failed else "")
    _end(outcome, opened, as_json=as_json)


def _end(outcome: "_Outcome", opened: Source, *, as_json: bool) -> None:
    """Report the figures; the exit code says whether rows are left or failed.

    Raises CommandError when failed rows could not be written.
    """
    figures = outcome.as_dict()
    report({**figures, "columns": opened.mapping, "ignored": opened.unused} if as_json else figures, as_json=as_json)
    if outcome.only_checked:
        console_for(as_json=as_json).print("Nothing was filed; without --check the rows that are right will be.")
    kept = outcome.kept
    if kept and kept.fault:
        raise CommandError(kept.fault)
    if outcome.left:
        instead = f", but with {another(kept.path)} (which gets all that fail)," if kept and kept.count else ""
        told = f"Interrupted: run the same command again{instead} for the rows that are left."
        notes.print(told, style="yellow", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    if figures["failed"]:
        raise typer.Exit(1)


def _pairs(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("write --map FIELD=COLUMN")
    return {field: column for field, _, column in pairs}


def _tell_columns(said: Console, opened: Source, prefix: str) -> None:
    """What the columns are taken for, and what is not imported."""
    for name, column in opened.mapping.items():
        said.print(f"column {column} → {name}", markup=False, highlight=False)
    if opened.unused:
        said.print(f"Columns that are not imported: {', '.join(opened.unused)}", markup=False)
        said.print(
            "(--map FIELD=COLUMN takes one, --map FIELD= leaves one out. "
            "No field keeps a date: requests count from their import.)"
        )
    said.print(f"References are kept as '{prefix}:…'; give --source {prefix} should the file get another name.")


def _tell_failures(said: Console, outcome: "_Outcome", opened: Source, again: str) -> None:
    """The first rows that failed, and where or how all of them are to be had."""
    for failure in outcome.failures:
        told = f"data row {failure['line']}: {reason(failure, opened.mapping)}"
        said.print(told, style="yellow", markup=False)
    more = outcome.counts["failed"] - len(outcome.failures)
    if more:
        said.print(f"… and {more} more rows that failed")
    if outcome.counts["failed"]:
        name = "failed.csv" if opened.columns else "failed.jsonl"
        keep = f"With --failed {name} all failed rows are kept in a file, to be corrected and imported again."
        hint = f"Correct the failed rows, then: {again}" if again else keep
        said.print(hint, markup=False, highlight=False, soft_wrap=True)


@dataclass
class _Outcome:
    """What became of the rows so far, and the first of those that failed."""

    total: int
    kept: FailedRows | None
    stop: Stop
    good: str = "filed"
    """Status of a row that is new, and right."""
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Result] = field(default_factory=list)

    @property
    def only_checked(self) -> bool:
        """Whether nothing is to be filed."""
        return self.good == WOULD_FILE

    @property
    def left(self) -> int:
        """Rows of which nothing is known, as the import was interrupted."""
        return self.total - self.counts.total()

    def add(self, results: list[Result]) -> None:
        """Count results, which come in the order of the rows."""
        self.counts.update(result["status"] for result in results)
        for result in results:
            if result["status"] == "failed":
                if len(self.failures) < SHOWN_FAILURES:
                    self.failures.append(result)
                if self.kept:
                    self.kept.add(result)
        if self.kept and self.kept.fault:
            self.stop.end()

    def as_dict(self) -> dict[str, int]:
        """The figures that are reported."""
        counts = {name: self.counts[name] for name in (self.good, "already", "failed")}
        return {"read": self.total, **counts, "left": self.left}


def _file_all(opened: Source, prefix: str, outcome: _Outcome, processes: int, stop: Stop) -> None:
    """File all rows; whatever ends it early, what was done until then is told."""
    try:
        with suppress(KeyboardInterrupt):  # somebody asked twice
            _file_rows(opened, prefix, outcome, processes, stop)
    except (CommandError, BrokenProcessPool) as error:
        notes.print(", ".join(f"{name}: {count}" for name, count in outcome.as_dict().items()))
        raise CommandError(f"{error} Run the import again for the rows that are left.") from None


def _file_rows(opened: Source, prefix: str, outcome: _Outcome, processes: int, stop: Stop) -> None:
    """A file of some size by several processes, which are begun before anything they might inherit."""
    lines, check = enumerate(opened.forms(prefix), 1), outcome.only_checked
    if processes == 1 or outcome.total <= SMALL or check:
        with_installation(lambda here: _follow(_in_this_process(here, lines, stop, check=check), outcome))
        return
    settings = settings_or_exit()
    configure_logging("warning" if settings.log_level == "info" else settings.log_level, settings.log_format)
    with explained(settings), started(processes) as workers, database_url(settings) as url, workers.ended_first():
        stop.tell(workers.stop)
        asyncio.run(_follow(workers.file_all(url, settings, IMPORTER, lines), outcome))


async def _in_this_process(
    here: Installation, lines: Iterable[Numbered], stop: Stop, *, check: bool
) -> AsyncIterator[list[Result]]:
    importing = Importing(here, IMPORTER, by_name=True, stopped=lambda: stop.asked)
    file = Checking(importing).file if check else importing.file
    for chunk in in_chunks(lines):
        if stop.asked:
            return
        yield await file(chunk)


async def _follow(chunks: AsyncIterator[list[Result]], outcome: _Outcome) -> None:
    """Count the results and show how far it is."""
    with progress_bar() as progress:
        task = progress.add_task("Checking" if outcome.only_checked else "Filing", total=outcome.total)
        async for results in chunks:
            outcome.add(results)
            progress.advance(task, len(results))
