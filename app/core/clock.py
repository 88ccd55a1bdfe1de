"""The present instant, in UTC; the one place that asks."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant with zone."""
    return datetime.now(UTC)
