"""SQLModel tables, one aggregate a file: the one truth of the schema."""

from app.models import (
    application,
    attachment,
    catalogue,
    cluster,
    correction,
    event,
    identity,
    message,
    saved_filter,
    service_request,
    supervision,
    webhook,
    work_order,
)
from app.models.base import Table

metadata = Table.metadata
"""All tables; importing this package registers every one of them."""

__all__ = [
    "application",
    "attachment",
    "catalogue",
    "cluster",
    "correction",
    "event",
    "identity",
    "message",
    "metadata",
    "saved_filter",
    "service_request",
    "supervision",
    "webhook",
    "work_order",
]
