"""What a message is: by which channel it goes, in which state it stands, when it must wait for the morning.

A message tells that something happened and where to read on; it never carries personal data or the matter's text.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Audience(StrEnum):
    """Who is told (通知对象)."""

    UNIT = "unit"
    SUPERVISOR = "supervisor"
    CITIZEN = "citizen"


class MessageChannel(StrEnum):
    """The way a message goes: SMS by the city's gateway, e-mail by SMTP, group chats and the like by apprise."""

    SMS = "sms"
    EMAIL = "email"
    APPRISE = "apprise"


class TextClass(StrEnum):
    """Which text of a template a channel takes: a short one, or one with a title."""

    SMS = "sms"
    RICH = "rich"


class Language(StrEnum):
    """Languages that texts exist in."""

    ZH = "zh"
    EN = "en"


class MessageState(StrEnum):
    """Life of a message. `replaced`: a newer one about the same matter went in its place."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


RETRIABLE = (MessageState.FAILED, MessageState.SKIPPED, MessageState.CANCELLED)
"""States from which a person may have a message tried again."""
MAX_ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
SUPERVISOR_ROLE = "supervisor"


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: a minute, two, four … an hour."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of the day in the city's zone when nobody is disturbed without need; it may pass midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def holds(self, instant: datetime) -> bool:
        """Whether it is quiet at the instant; the end is no longer quiet."""
        local = instant.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def parse_quiet_hours(text: str, zone: ZoneInfo) -> QuietHours | None:
    """Read `21:30-08:00`; None for an empty text. Raises ValueError."""
    if not text.strip():
        return None
    start, separator, end = text.partition("-")
    if not separator:
        raise ValueError(text)
    hours = QuietHours(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()), zone)
    if hours.start == hours.end or hours.start.tzinfo or hours.end.tzinfo:
        raise ValueError(text)
    return hours
