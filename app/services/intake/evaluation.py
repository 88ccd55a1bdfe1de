"""How well likeness finds duplicates in anybody's labelled pairs: precision, recall, and where it was most wrong.

Works on files alone: categories come from the file or from the classifier that ships with the product.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.likeness import SAME, Matter, compare, read_matter
from app.domain.understanding.classifier import title_of
from app.services.classifier.delivered import delivered_classifier
from app.services.intake.candidates import levels_in_common

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, SAME, 0.8, 0.9)
MOST_ROWS = 1_000_000
_YES, _NO = ("1", "yes", "true", "same", "是"), ("0", "no", "false", "different", "否")


class PairsError(ValueError):
    """A file cannot be evaluated; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled pair with its score."""

    a: str
    b: str
    same: bool
    score: float


def evaluate(messages: Path, pairs: Path) -> list[Judged]:
    """Score every pair. Raises PairsError for a missing column, an unknown id or a label that is none."""
    labelled = [_label(row, line) for line, row in _rows(pairs, ("a", "b", "same"))]
    if not labelled:
        raise PairsError(f"{pairs.name} has no pair.")
    wanted = {name for a, b, _ in labelled for name in (a, b)}
    texts = {row["id"]: row for _, row in _rows(messages, ("id", "text")) if row["id"] in wanted}
    if unknown := sorted(wanted - texts.keys()):
        raise PairsError(f"{messages.name} has no message with id {unknown[0]} ({len(unknown)} ids are missing).")
    read = {
        name: (read_matter(row.get("title") or title_of(row["text"]), row["text"]), topic)
        for name, row, topic in _topics(texts)
    }
    return [Judged(a, b, same, _score(read[a], read[b])) for a, b, same in labelled]


def curve(judged: Sequence[Judged]) -> list[dict[str, float | None]]:
    """Precision and recall at each threshold; None where there is nothing to divide by."""
    real = sum(pair.same for pair in judged)
    points: list[dict[str, float | None]] = []
    for threshold in THRESHOLDS:
        shown = [pair.same for pair in judged if pair.score >= threshold]
        points.append({
            "threshold": threshold,
            "shown": len(shown),
            "precision": round(sum(shown) / len(shown), 4) if shown else None,
            "recall": round(sum(shown) / real, 4) if real else None,
        })  # fmt: skip
    return points


def worst(judged: Sequence[Judged], most: int) -> list[Judged]:
    """Pairs on the wrong side of the threshold, the furthest from it first."""
    wrong = [pair for pair in judged if (pair.score >= SAME) != pair.same]
    return sorted(wrong, key=lambda pair: -abs(pair.score - SAME))[:most]


def _score(one: tuple[Matter, str | None], other: tuple[Matter, str | None]) -> float:
    return compare(one[0], other[0], levels=levels_in_common(one[1], other[1])).score


def _label(row: Mapping[str, str], line: int) -> tuple[str, str, bool]:
    word = row["same"].strip().lower()
    if word not in _YES + _NO:
        raise PairsError(f"line {line}: 'same' is {word!r}; write 1 or 0.")
    return row["a"], row["b"], word in _YES


def _topics(texts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Mapping[str, str], str | None]]:
    classifier = delivered_classifier()
    for name, row in texts.items():
        best = classifier.classify(f"{row.get('title') or ''}\n{row['text']}", row.get("title") or "").best
        yield name, row, row.get("category_code") or (best.category_code if best else None)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise PairsError(f"{path.name} has no column {missing[0]!r}; it needs {', '.join(columns)}.")
            for line, row in enumerate(reader, 2):
                if line > MOST_ROWS:
                    raise PairsError(f"{path.name} has more than {MOST_ROWS} rows.")
                yield line, {key: value or "" for key, value in row.items() if key is not None}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PairsError(f"{path.name} cannot be read: {error}") from None
