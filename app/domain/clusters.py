"""Clusters (集中诉求): one matter that several people ask about within a short time.

Who counts as a caller of his own is decided here: a city must not be alarmed by one man with much patience.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.states import RequestState
from app.domain.workflow import ALIVE


class ClusterState(StrEnum):
    """Life of a cluster: open → acknowledged ⇄ dismissed; over when nothing has come for a whole window."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    OVER = "over"


DECIDABLE = {
    ClusterState.ACKNOWLEDGED: (ClusterState.OPEN, ClusterState.DISMISSED),
    ClusterState.DISMISSED: (ClusterState.OPEN, ClusterState.ACKNOWLEDGED),
}
"""From which states a supervisor may decide so: who dismissed what was none may think again."""
COPIED = 0.9
"""Share of common character pairs from which on a text of another caller counts as copied."""
SAMPLE = 5
"""Ticket numbers that an alert shows."""
FAR_METRES = 2_000.0
"""Points further apart than this are two places."""
TOWNSHIP_DIGITS = 9
"""Digits of a division code that name the township."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Requests per hour in the newer and the older half of the window."""

    now_per_hour: float
    before_per_hour: float


def caller_of(phone_hash: bytes | None, channel: str, filed_at: datetime) -> bytes:
    """Who is taken for one caller: a phone number, or all that came without one by a channel on a day."""
    return phone_hash or f"{channel}:{filed_at:%Y%m%d}".encode()


def growth(newer: int, older: int, window: timedelta) -> Growth:
    """Speed of filing in the two halves of the window."""
    hours = window.total_seconds() / 7200
    return Growth(round(newer / hours, 3), round(older / hours, 3))


def fullest(asked: Sequence[tuple[datetime, bytes]], window: timedelta) -> tuple[datetime, datetime]:
    """Beginning and end of the window that holds the most callers, the first one being in it.

    `asked` are instants with callers; not more than a window lies between beginning and end.
    """
    new = asked[0][0]
    begins = sorted({at for at, _ in asked if new - window <= at <= new})
    best = max(begins, key=lambda begin: len({caller for at, caller in asked if begin <= at <= begin + window}))
    return best, best + window


def must_tell(callers: int, told: int, least: int) -> bool:
    """Whether supervisors are told: when it opens, then each time the callers have doubled."""
    return callers >= max(least, 2 * told)


def master_of(members: Sequence[tuple[str, str]]) -> tuple[str, list[str]] | None:
    """Of (ticket, state), oldest first, the proposed master and those that may follow it; None when nothing to merge."""
    alive = [ticket for ticket, state in members if RequestState(state) in ALIVE]
    return (alive[0], alive[1:]) if len(alive) > 1 else None
