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


class Suggestion(Protocol):
    """What a text seems to be about."""

    @property
    def likeliest(self) -> Sequence[tuple[str, float]]:
        """The likeliest categories with their confidence, best first; none when nothing in the text is known."""
        ...

    @property
    def classification(self) -> Classification:
        """The same with the words that spoke for each: they are looked for only when this is asked, and cost as much again."""
        ...


class Classifier(Protocol):
    """Anything that can suggest the category of a text."""

    def suggest(self, texts: Sequence[str], titles: Sequence[str]) -> Sequence[Suggestion]:
        """One for each text, as if it were alone, for less than what they cost one by one; raises nothing, whatever they say.

        Without a title ("") the beginning of the text serves as one.
        """
        ...

    def classify(self, text: str, title: str = "") -> Classification:
        """Return the likeliest categories of one text."""
        ...


TITLE_LENGTH = 30


def title_of(text: str) -> str:
    """The beginning of the text up to the first full stop, at most 30 characters, cut between clauses if it can be."""
    first = text.replace("\n", " ").split("。")[0]
    if len(first) <= TITLE_LENGTH:
        return first
    clauses = max(first.rfind(mark, 0, TITLE_LENGTH) for mark in "，,；;、！？ ")
    return first[:clauses] if clauses >= TITLE_LENGTH // 3 else first[: TITLE_LENGTH - 1] + "…"
