"""Webhooks: each a reader of the history with a place of its own, and the messages that its receiver refused.

A row is cursor, lease and back-off in one: there is no second queue that could disagree with the history.
"""

from sqlalchemy import ARRAY, BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlmodel import Field

from app.domain.delivery import WebhookState
from app.models.base import Instant, Table, count, identity, instant, one_of


class Webhook(Table, table=True):
    """Sends what its user would see in the feed after `position` (a feed cursor) to `url`; `events` empty: all kinds.

    `secret` and `previous_secret` are encrypted. Only the worker that holds the lease sends; `failures` and
    `refusals` count attempts at the message that is next.
    """

    __tablename__ = "webhook"
    __table_args__ = (one_of("state", WebhookState),)

    id: int | None = identity()
    name: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    user_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    events: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    state: str = Field(sa_type=Text)
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    previous_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    previous_until: Instant = instant()
    position: str = Field(sa_type=Text)
    leased_by: str | None = Field(default=None, sa_type=Text)
    leased_until: Instant = instant()
    failures: int = count()
    refusals: int = count()
    next_attempt_at: Instant = instant()
    failing_since: Instant = instant()
    last_error: str | None = Field(default=None, sa_type=Text)
    last_success_at: Instant = instant()
    created_at: Instant = instant(nullable=False, now=True)


class WebhookDeadLetter(Table, table=True):
    """A message that was refused several times (死信); `position` is its event's cursor."""

    __tablename__ = "webhook_dead_letter"
    __table_args__ = (Index("ix_webhook_dead_letter_webhook_id", "webhook_id", "id"),)

    id: int | None = identity()
    webhook_id: int = Field(sa_column=Column(BigInteger, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False))
    position: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    ticket_no: str = Field(sa_type=Text)
    status: int | None = Field(default=None, sa_type=SmallInteger)
    response: str = Field(sa_type=Text)
    at: Instant = instant(nullable=False, now=True)
