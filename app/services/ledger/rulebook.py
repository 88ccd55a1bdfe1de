"""The rules that held for one request at each moment: its kind, urgency and matter pick the policy, and may change."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.catalogue import RequestKind, SlaPolicy, Urgency
from app.domain.clocks import choose_policy
from app.domain.events import EventKind as E
from app.services.ledger.life import Values

FACTS = ("kind", "urgency", "category_code")
"""What picks the policy."""


class Rulebook:
    """Follows the corrections of one request; `policy` is the one that holds at the event being replayed."""

    def __init__(self, policies: Sequence[SlaPolicy], request: Mapping[str, Any], events: Sequence[Values]) -> None:
        self._policies = policies
        self._facts = {name: request[name] for name in FACTS}
        for event in reversed(events):  # back to what it was when it was filed
            if event["kind"] == E.REQUEST_CLASSIFIED:
                self._take(event["payload"]["before"])
        self.policy = self._choose()

    def _take(self, told: Mapping[str, Any]) -> None:
        self._facts.update({name: told[name] for name in FACTS if name in told})

    def _choose(self) -> SlaPolicy:
        kind, urgency = RequestKind(self._facts["kind"]), Urgency(self._facts["urgency"])
        return choose_policy(self._policies, kind, urgency, self._facts["category_code"])

    def follow(self, event: Values) -> None:
        """Take in a correction."""
        if event["kind"] == E.REQUEST_CLASSIFIED:
            self._take(event["payload"]["after"])
            self.policy = self._choose()
