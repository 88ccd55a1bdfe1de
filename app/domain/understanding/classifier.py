"""What any suggester of categories answers, so that a trained one can take the place of the first.

The answer always carries confidence and evidence: a suggestion that cannot be explained will not be trusted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible category: its code, how sure (0 to 1) and the words of the text that spoke for it."""

    category_code: str
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classification:
    """The likeliest category (None when the text says nothing), the next ones, and which method answered."""

    best: Candidate | None
    alternatives: tuple[Candidate, ...]
    method: str


class Classifier(Protocol):
    """Anything that can suggest the category of a text."""

    def classify(self, text: str, title: str = "") -> Classification:
        """Return the likeliest categories of `text`; raises nothing, whatever the text.

        Without a `title` the beginning of the text serves as one.
        """
        ...

    def classify_many(self, texts: Sequence[str], titles: Sequence[str]) -> list[list[tuple[str, float]]]:
        """For each text its likeliest categories with their confidence, best first, without evidence."""
        ...


TITLE_LENGTH = 30


def title_of(text: str) -> str:
    """The beginning of the text up to the first full stop, at most 30 characters, cut between clauses if it can be."""
    first = text.replace("\n", " ").split("。")[0]
    if len(first) <= TITLE_LENGTH:
        return first
    clauses = max(first.rfind(mark, 0, TITLE_LENGTH) for mark in "，,；;、！？ ")
    return first[:clauses] if clauses >= TITLE_LENGTH // 3 else first[: TITLE_LENGTH - 1] + "…"
