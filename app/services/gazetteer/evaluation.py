"""Puts a gazetteer to the test with written addresses whose area is known, as anyone can with their own file.

A doubtful address only counts as right when it is asked about: a lucky guess is a wrong answer.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.understanding import Gazetteer, PlaceMatch
from app.services.intake.tables import FileError, delimiter_of, guess_encoding

ASK, NONE = "ask", "none"
_COLUMNS = ("address", "text", "expected")


@dataclass(frozen=True, slots=True)
class Case:
    """A written address. `expected`: an area code, `none`, or `ask`, with the codes that have to be offered."""

    line: int
    address: str
    text: str
    expected: str
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was answered to a case: right, wrong, missed, guessed, asked_wrongly."""

    case: Case
    match: PlaceMatch
    outcome: str


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a CSV with the columns address, text and expected; raises FileError."""
    if not path.is_file():
        raise FileError(f"{path} is not a file")
    with path.open(encoding=guess_encoding(path), newline="") as file:
        delimiter = delimiter_of(file.readline())
        file.seek(0)
        reader = csv.DictReader(file, delimiter=delimiter)
        if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
            raise FileError(f"{path.name} has no column {', '.join(missing)}")
        for row in reader:
            cells = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str)}
            expected = cells.get("expected", "")
            words = expected.split()
            codes = words[1:] if words[:1] == [ASK] else [] if words == [NONE] else words
            if not words or any(not (code.isdigit() and len(code) == 12) for code in codes) or len(words) > 6:
                raise FileError(f"{path.name}, line {reader.line_num}: expected is a 12-digit code, ask or none")
            yield Case(
                reader.line_num, cells.get("address", ""), cells.get("text", ""), expected, bool(cells.get("held_out"))
            )


def judge(gazetteer: Gazetteer, case: Case) -> Verdict:
    """Ask the gazetteer and compare."""
    match = gazetteer.find(case.address, case.text)
    return Verdict(case, match, _outcome(case.expected, match))


def _outcome(expected: str, match: PlaceMatch) -> str:
    offered = {choice.code for choice in match.alternatives}
    if expected.startswith(ASK):
        if offered:
            return "right" if offered.issuperset(expected.split()[1:]) else "asked_wrongly"
        return "guessed" if match.area_code else "missed"
    if offered:
        return "asked_wrongly"
    if expected == NONE:
        return "guessed" if match.area_code else "right"
    if match.area_code == expected:
        return "right"
    return "wrong" if match.area_code else "missed"


def summary(verdicts: Iterable[Verdict]) -> dict[str, float | int]:
    """Share of right answers in all and among the held-out cases, and how the others went wrong."""
    listed = list(verdicts)
    counts = Counter(verdict.outcome for verdict in listed)
    held_out = [verdict for verdict in listed if verdict.case.held_out]
    asked = [verdict for verdict in listed if verdict.case.expected.startswith(ASK)]
    return {
        "read": len(listed),
        "accuracy": _share(listed),
        "held_out": len(held_out),
        "held_out_accuracy": _share(held_out),
        "to_be_asked": len(asked),
        "asked_rightly": sum(verdict.outcome == "right" for verdict in asked),
        **{name: counts[name] for name in ("asked_wrongly", "missed", "wrong", "guessed")},
    }


def _share(verdicts: list[Verdict]) -> float:
    return round(sum(verdict.outcome == "right" for verdict in verdicts) / len(verdicts), 4) if verdicts else 0.0
