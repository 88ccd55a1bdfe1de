"""Reads what a trained classifier's evaluation wrote: a CSV of category, confidence and whether it was right."""

import csv
from pathlib import Path

from app.cli.base import CommandError
from app.domain.coverage import Judged

MOST_LINES = 2_000_000
_TRUE, _FALSE = {"1", "true", "yes"}, {"0", "false", "no"}


def read_judged_file(path: Path) -> list[Judged]:
    """Lines `category,confidence,correct` with a header; raises CommandError that names the first bad line."""
    found: list[Judged] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, line in enumerate(csv.DictReader(file), start=2):
                if number > MOST_LINES:
                    raise CommandError(f"{path.name} has more than {MOST_LINES} lines.")
                found.append(_judged(line, f"{path.name}, line {number}"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path.name} is no CSV in UTF-8: {error}.") from None
    if not found:
        raise CommandError(f"{path.name} holds no lines under the header category,confidence,correct.")
    return found


def _judged(line: dict[str, str | None], where: str) -> Judged:
    category, correct = (line.get("category") or "").strip(), (line.get("correct") or "").strip().lower()
    try:
        confidence = float(line.get("confidence") or "")
    except ValueError:
        confidence = -1.0
    if len(category) not in (2, 4) or not category.isascii() or not category.isdigit():
        raise CommandError(f"{where}: category must be a code of 2 or 4 digits.")
    if not 0 <= confidence <= 1:
        raise CommandError(f"{where}: confidence must be a number from 0 to 1.")
    if correct not in _TRUE | _FALSE:
        raise CommandError(f"{where}: correct must be 1 or 0.")
    right = correct in _TRUE
    return Judged(category[:2], round(confidence, 3), int(right), int(not right))
