"""How numbers and instants are written for people: grouped to be read out, times in the city's zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GROUPS = {14: (4, 4, 6), 9: (3, 3, 3)}
"""Length of a number → its groups: a ticket number is a date and a sequence, a query code three breaths."""


def grouped(number: str) -> str:
    """`20261121000017` → `2026 1121 000017`; blanks are ignored when a number is typed back in."""
    parts, start = [], 0
    for size in _GROUPS.get(len(number), (len(number),)):
        parts.append(number[start : start + size])
        start += size
    return " ".join(parts)


def size_text(size: int) -> str:
    """`278 KB`, `1.2 MB`."""
    return f"{size / 2**20:.3g} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"


def instant(value: datetime | str) -> datetime:
    """An instant of an answer, whether it has been through JSON or not."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def day_text(day: date, today: date, language: str) -> str:
    """`11月21日`, `21 Nov`; with the year when it is not this one."""
    other_year = day.year != today.year
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if other_year else "")
    return (f"{day.year}年" if other_year else "") + f"{day.month}月{day.day}日"


def time_text(value: datetime | str, at: datetime, zone: ZoneInfo, language: str) -> str:
    """`11月21日 15:04`, `21 Nov, 15:04`, in the city's zone."""
    local = instant(value).astimezone(zone)
    day = day_text(local.date(), at.astimezone(zone).date(), language)
    return f"{day}{', ' if language == 'en' else ' '}{local:%H:%M}"


def limit_text(value: datetime | str, at: datetime, zone: ZoneInfo, language: str, day_end: str) -> str:
    """The same for a limit; one at midnight is the end of the day before, as `day_end` says it of a `{day}`."""
    local = instant(value).astimezone(zone)
    if (local.hour, local.minute) != (0, 0):
        return time_text(value, at, zone, language)
    today = at.astimezone(zone).date()
    return day_end.format(day=day_text(local.date() - timedelta(days=1), today, language))
