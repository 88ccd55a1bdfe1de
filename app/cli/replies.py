"""`hotline replies check FILE`: how good the replies in a file are, to calibrate the check on a city's own."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.cli.base import CommandError, JsonFlag, report
from app.domain.reply_quality import Matter
from app.services.replies import survey

LONGEST_CELL = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    commands = typer.Typer(no_args_is_help=True, help="The quality of replies.")
    commands.command("check")(check_file)
    app.add_typer(commands, name="replies")


def check_file(
    file: Annotated[Path, typer.Argument(help="CSV with the columns text and reply, and title if there is one.")],
    as_json: JsonFlag = False,
) -> None:
    """Check every reply of FILE; prints verdicts, scores and the commonest findings, and keeps nothing."""
    report(survey(_pairs(file)), as_json=as_json)


def _pairs(file: Path) -> Iterator[tuple[Matter, str]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows = csv.DictReader(io.StringIO(_decoded(file)))
        missing = {"text", "reply"} - set(rows.fieldnames or ())
        if missing:
            raise CommandError(f"{file} has no column {' and no column '.join(sorted(missing))}.")
        for row in rows:
            yield Matter(row["text"] or "", row.get("title") or "", row.get("kind") or ""), row["reply"] or ""
    except csv.Error as error:
        raise CommandError(f"{file} is no CSV: {error}.") from None


def _decoded(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CommandError(f"{file} is neither UTF-8 nor GB 18030.")
