"""Holds the advice on danger, and the suggested kind, against written examples.

`danger` must bring advice at once, `mild` must not. Whistle-blowing (`report`) must be asked about and never set.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.domain.catalogue import RequestKind
from app.domain.understanding import suggest_kind, suggest_urgency
from app.services.evaluating.files import Example, ExamplesError

DANGER, MILD = "danger", "mild"


@dataclass(slots=True)
class DangerFigures:
    """How many dangers were seen, how often the alarm was false, and every wrong line."""

    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, str]] = field(default_factory=list)

    def _missed(self, sort: str) -> int:
        return sum(line["sort"] == sort for line in self.wrong)

    @property
    def recall(self) -> float:
        """The share of dangers that bring advice."""
        return 1 - self._missed(DANGER) / self.asked[DANGER] if self.asked[DANGER] else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of harmless sentences that bring advice."""
        return self._missed(MILD) / self.asked[MILD] if self.asked[MILD] else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For people and machines."""
        return {
            "recall": round(self.recall, 4), "false_alarms": round(self.false_alarms, 4),
            "dangers": self.asked[DANGER], "harmless": self.asked[MILD], "wrong": self.wrong,
        }  # fmt: skip


def evaluate_danger(examples: Iterable[Example]) -> DangerFigures:
    """Read every example as an operator's preview would. Raises `ExamplesError` at a sort that is neither."""
    figures = DangerFigures()
    for example in examples:
        if example.sort not in (DANGER, MILD):
            raise ExamplesError(f"{example.sort} is neither {DANGER} nor {MILD}.")
        found = suggest_urgency(example.text, None)
        figures.asked[example.sort] += 1
        if bool(found.advice) != (example.sort == DANGER):
            figures.wrong.append({"sort": example.sort, "text": example.text, "because": "、".join(found.evidence)})
    return figures


@dataclass(slots=True)
class KindFigures:
    """How many kinds were suggested as a person would, and every wrong line."""

    asked: int = 0
    wrong: list[dict[str, str]] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """The share of right suggestions."""
        return 1 - len(self.wrong) / self.asked if self.asked else 1.0


def evaluate_kind(examples: Iterable[Example]) -> KindFigures:
    """Suggest the kind of every example without a category's help."""
    figures = KindFigures()
    for example in examples:
        found = suggest_kind(example.text, None)
        figures.asked += 1
        asked_about = found.kind is RequestKind.COMPLAINT and found.ask_report
        if not (asked_about if example.sort == RequestKind.REPORT else found.kind == example.sort):
            figures.wrong.append({"sort": example.sort, "text": example.text, "suggested": found.kind.value})
    return figures
