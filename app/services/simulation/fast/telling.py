"""Marks in the patterns' event payloads what differs from copy to copy: instants, days, ticket numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from app.services.simulation.fast.patterns import TICKET
from app.services.simulation.fast.statements import mark

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class Told:
    """A payload with marks, and what they stood for."""

    family: Sequence[str]
    moments: list[datetime] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    tickets: bool = False

    def marked(self, payload: Any) -> str | None:
        """The payload as text with marks; None when it is the same in every copy."""
        text = orjson.dumps(self._mark(payload)).decode()
        return text if self.moments or self.dates or self.tickets else None

    def _mark(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._mark(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._mark(inner) for inner in value]
        return self._words(value) if isinstance(value, str) else value

    def _words(self, text: str) -> str:
        if _INSTANT.fullmatch(text):
            self.moments.append(datetime.fromisoformat(text))
            return mark("moment", len(self.moments))
        if _DAY.fullmatch(text):
            self.dates.append(date.fromisoformat(text))
            return mark("date", len(self.dates))
        return TICKET.sub(self._ticket, text)

    def _ticket(self, found: re.Match[str]) -> str:
        self.tickets = True
        return mark("ticket", self.family.index(found[0]) + 1)
