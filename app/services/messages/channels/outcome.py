"""What may become of an attempt to send, and the figures of it. Reasons are codes: a gateway's words may hold a number."""

from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Counter

from app.domain.messages import MessageChannel

MESSAGES = Counter(
    "hotline_messages", "Attempts to send a message, by how they ended.", ["channel", "outcome"], registry=None
)
SEND_SECONDS = 15.0
"""How long one attempt may take in all."""


class Result(StrEnum):
    """How an attempt ended: taken, refused for good, to be tried again, or nothing to be done."""

    SENT = "sent"
    REFUSED = "refused"
    RETRY = "retry"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, why (a code), and what the gateway calls the message."""

    result: Result
    reason: str | None = None
    gateway_id: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out. `uid` is the same at every attempt, so that the other side can tell a repetition."""

    uid: str
    channel: MessageChannel
    address: str
    title: str
    text: str


OFF = Outcome(Result.SKIPPED, "channel-off")
TIMEOUT = Outcome(Result.RETRY, "timeout")


def retry(reason: str) -> Outcome:
    """To be tried again later."""
    return Outcome(Result.RETRY, reason)


def refused(reason: str) -> Outcome:
    """Not to be tried again by itself."""
    return Outcome(Result.REFUSED, reason)
