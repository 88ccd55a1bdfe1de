"""Mornings and afternoons in the city: a call that nobody answers is tried again in another half of a day."""

from datetime import datetime, time, tzinfo

NOON = time(12)


def half_day_start(instant: datetime, zone: tzinfo) -> datetime:
    """When the half-day that the instant lies in began in this zone: midnight or noon."""
    local = instant.astimezone(zone)
    start = NOON if local.time() >= NOON else time.min
    return datetime.combine(local.date(), start, zone)
