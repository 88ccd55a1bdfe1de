"""What any suggester of categories answers, so that a trained one can take the place of the first.

The answer always carries confidence and evidence: a suggestion that cannot be explained will not be trusted.
"""

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

    def classify(self, text: str) -> Classification:
        """Return the likeliest categories of `text`; raises nothing, whatever the text."""
        ...
