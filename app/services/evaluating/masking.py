"""Holds masking against written examples: is every secret gone, and does what is no secret stay?

Both maskings are measured. What the milder one leaves on purpose (land lines, doors in streets) is not asked of it,
and long running numbers, which the stricter one hides on purpose, are not asked to stay.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.domain.masking import mask_private, mask_text
from app.domain.personal_name_words import COMPOUND
from app.domain.personal_numbers import plain, skeleton
from app.services.evaluating.files import Example

ORDINARY = "ordinary"
MASKS: dict[str, Callable[[str], str]] = {"mask_text": mask_text, "mask_private": mask_private}
_LEFT_BY_PRIVATE = ("landline", "door")
_LONG_NUMBER = re.compile(r"\d(?:[ .\-]?\d){6}")
MOST_WRONG = 500


@dataclass(slots=True)
class MaskingFigures:
    """How often a secret had to go and went, and an ordinary sentence had to stay and stayed; every wrong line."""

    asked: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of examples of which nothing is left."""
        asked = self.asked.total() - self.asked[ORDINARY]
        return 1 - (self.failed.total() - self.failed[ORDINARY]) / asked if asked else 1.0

    @property
    def over_masked(self) -> float:
        """The share of ordinary sentences that were changed."""
        return self.failed[ORDINARY] / self.asked[ORDINARY] if self.asked[ORDINARY] else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        sorts = {sort: f"{count - self.failed[sort]}/{count}" for sort, count in self.asked.items()}
        return {
            "recall": round(self.recall, 4), "over_masked": round(self.over_masked, 4), "sorts": sorts,
            "wrong": self.wrong[:MOST_WRONG],
        }  # fmt: skip


def evaluate_masking(examples: Iterable[Example]) -> MaskingFigures:
    """Mask every example in both ways and count."""
    figures = MaskingFigures()
    for example in examples:
        for name, mask in MASKS.items():
            if not _asked(example, name):
                continue
            masked = mask(example.text)
            figures.asked[example.sort] += 1
            if _is_wrong(example, masked):
                figures.failed[example.sort] += 1
                figures.wrong.append({"sort": example.sort, "mask": name, "text": example.text, "masked": masked})
    return figures


def _asked(example: Example, mask: str) -> bool:
    if example.sort == ORDINARY:
        return mask == "mask_private" or not _LONG_NUMBER.search(skeleton(plain(example.text)))
    return mask == "mask_text" or example.sort not in _LEFT_BY_PRIVATE


def _is_wrong(example: Example, masked: str) -> bool:
    if example.sort == ORDINARY:
        return masked != plain(example.text)
    return any(_shows(masked, plain(secret)) for secret in example.secret)


def _shows(masked: str, secret: str) -> bool:
    """Whether more than a third of a secret stands in the text in one piece; surnames may."""
    secret = secret[1:] if secret.startswith(COMPOUND) else secret
    size = min(len(secret), max(1, len(secret) // 3) + 1)
    return any(secret[start : start + size] in masked for start in range(len(secret) - size + 1))
