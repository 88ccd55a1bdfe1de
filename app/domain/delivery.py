"""Delivering to webhooks: what an answer means, how long to wait, when to give up. Pure rules, no sending.

A receiver that is down holds up its own messages only, in order, for days; a message that it does not want is
put aside after a few tries, so that the others can go on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Seconds before the second attempt, and at most between two."""
LONGEST_ASKED = 86_400.0
"""A receiver may ask for more patience (Retry-After), within reason."""
REFUSALS = 3
"""Attempts at a message that the receiver refuses."""
GIVE_UP = timedelta(days=5)
"""A webhook that has failed for so long is disabled."""
OVERLAP = timedelta(hours=24)
"""How long a replaced secret signs along with the new one."""
MOST_WEBHOOKS = 500
EXCERPT = 500
"""Signs of an answer that are kept."""


class WebhookState(StrEnum):
    """`paused` by a person, `disabled` by the machine; both keep their place in the history."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Verdict(StrEnum):
    """What an attempt came to. `failed`: try again; `refused`: this message is not wanted; `gone`: none ever is."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    GONE = "gone"


def judge(status: int | None) -> Verdict:
    """The meaning of an answer's status, None when there was no answer. Redirects are not followed: they fail."""
    if status is None or status < 200 or 300 <= status < 400 or status >= 500 or status in (408, 425, 429):
        return Verdict.FAILED
    if status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.REFUSED


def pause(failures: int, chance: float, asked: float = 0.0) -> float:
    """Seconds until the next attempt after `failures` in a row; `chance` (0 to 1) spreads those who failed together.

    `asked` is what the receiver wants at least.
    """
    doubled = FIRST_PAUSE * 2.0 ** min(failures - 1, 20)
    return max(min(doubled * (1 + chance / 4), LONGEST_PAUSE), min(asked, LONGEST_ASKED))


def asked_pause(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that an answer asks for by `Retry-After` (seconds or a date); 0 when it does not, or unreadably."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


def excerpt(text: str) -> str:
    """The beginning of an answer, fit to be stored."""
    return text[:EXCERPT].replace("\x00", "\ufffd")
