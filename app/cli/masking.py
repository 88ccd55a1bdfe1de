"""`hotline masking`: what would be hidden in a city's own texts, and how well masking does on written examples."""

import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app.cli.base import CommandError, JsonFlag, console, report
from app.domain.masking import mask_private, mask_text
from app.domain.personal_numbers import plain
from app.services.evaluating.files import ExamplesError, read_examples
from app.services.evaluating.masking import evaluate_masking

_LONGEST_LINE = 100_000
_SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Try masking on one's own texts.", no_args_is_help=True)
    group.command("check")(check)
    group.command("evaluate")(evaluate)
    app.add_typer(group, name="masking")


def check(
    file: Annotated[str, typer.Argument(help="A UTF-8 text or CSV file, or - for standard input.")],
    public: Annotated[bool, typer.Option(help="As on public pages, where land lines stay.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show every line in which something would be hidden, before and after; changes nothing."""
    mask = mask_private if public else mask_text
    lines = changed = 0
    for number, line in enumerate(_lines(file), 1):
        lines += 1
        masked = mask(line)
        if masked != plain(line):
            changed += 1
            if not as_json and changed <= _SHOWN:
                console.print(f"{number}: {line}", markup=False, highlight=False)
                console.print(f"{' ' * len(str(number))}→ {masked}", style="green", markup=False, highlight=False)
    report({"lines": lines, "changed": changed}, as_json=as_json)


def evaluate(
    file: Annotated[Path, typer.Argument(help="Examples in TOML, like tests/evaluation/masking.toml.")],
    as_json: JsonFlag = False,
) -> None:
    """Recall and over-masking on written examples, by sort, with every wrong line."""
    try:
        outcome = evaluate_masking(read_examples(file)).as_dict()
    except ExamplesError as error:
        raise CommandError(str(error)) from None
    if not as_json:
        for wrong in outcome.pop("wrong"):
            console.print(f"{wrong['sort']}: {wrong['text']} → {wrong['masked']}", markup=False, highlight=False)
    report(outcome, as_json=as_json)


def _lines(file: str) -> Iterator[str]:
    """The lines of a file, one at a time; a line longer than 100,000 characters is taken in pieces."""
    try:
        if file == "-":
            yield from _pieces(sys.stdin.buffer)
            return
        with Path(file).open("rb") as opened:
            yield from _pieces(opened)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read as UTF-8 text: {error}") from None


def _pieces(opened: BinaryIO) -> Iterator[str]:
    reader = TextIOWrapper(opened, "utf-8-sig", newline=None)
    while piece := reader.readline(_LONGEST_LINE):
        yield piece.rstrip("\n")
