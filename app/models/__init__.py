"""SQLModel tables, one aggregate a file: the one truth of the schema."""

from app.models import (
    application,
    catalogue,
    correction,
    event,
    identity,
    service_request,
    supervision,
    work_order,
)
from app.models.base import Table

metadata = Table.metadata
"""All tables; importing this package registers every one of them."""

__all__ = [
    "application",
    "catalogue",
    "correction",
    "event",
    "identity",
    "metadata",
    "service_request",
    "supervision",
    "work_order",
]
