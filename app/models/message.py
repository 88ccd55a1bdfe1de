"""Messages to units, supervisors and citizens: the outbox, its texts, where they go, and how far events were read.

A message holds no address and no personal data: where it goes is read when it is sent, from the contact point or
from the request, so that what was erased there is erased here.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.domain.messages import Audience, Language, MessageChannel, MessageState, TextClass
from app.models.base import Instant, Table, count, flag, identity, instant, one_of
from app.models.event import Xid8


class Consumer(Table, table=True):
    """How far a reader of the history has come, in commit order; of `epoch` (see Installation)."""

    __tablename__ = "consumer"

    name: str = Field(sa_type=Text, primary_key=True)
    epoch: int = Field(sa_type=SmallInteger)
    xid: int = Field(sa_column=Column(Xid8, nullable=False))
    id: int = Field(sa_type=BigInteger)


class MessageTemplate(Table, table=True):
    """The words of a message (通知模板): one row for each key, class of channel and language."""

    __tablename__ = "message_template"
    __table_args__ = (one_of("channel", TextClass), one_of("language", Language))

    code: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    title: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)
    active: bool = True


class ContactPoint(Table, table=True):
    """Where a unit, or the holders of a role, are told (联系渠道). The address is sealed: it may be a secret of its own."""

    __tablename__ = "contact_point"
    __table_args__ = (
        one_of("kind", MessageChannel),
        one_of("language", Language),
        CheckConstraint("(unit_code IS NULL) <> (role_code IS NULL)", name="one_owner"),
        Index("uq_contact_point_address", "unit_code", "role_code", "address_hash", unique=True,
              postgresql_nulls_not_distinct=True),
        Index("ix_contact_point_role_code", "role_code", postgresql_where=text("role_code IS NOT NULL")),
    )  # fmt: skip

    id: int | None = identity()
    name: str = Field(sa_type=Text)
    unit_code: str | None = Field(default=None, sa_type=Text, foreign_key="unit.code")
    role_code: str | None = Field(default=None, sa_type=Text, foreign_key="role.code")
    kind: str = Field(sa_type=Text)
    address: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    address_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    language: str = Field(default="zh", sa_type=Text)
    active: bool = True
    created_at: Instant = instant(nullable=False, now=True)


class Message(Table, table=True):
    """One message to one recipient about one request; `uid` names it to gateways, again and again the same.

    `recipient` is `citizen` or `contact:<id>`. While one waits, what happens further joins it: `joined` counts the events,
    `event_id` is the one whose words it has.
    """

    __tablename__ = "message"
    __table_args__ = (
        one_of("audience", Audience),
        one_of("channel", MessageChannel),
        one_of("state", MessageState),
        Index("uq_message_waiting", "recipient", "request_id", unique=True, postgresql_where=text("state = 'waiting'")),
        Index("ix_message_due", "channel", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_message_leased", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_message_request_id", "request_id", "recipient"),
        Index("ix_message_state", "state", "id"),
        Index("ix_message_unit_code", "unit_code", "id", postgresql_where=text("unit_code IS NOT NULL")),
        Index("ix_message_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = identity()
    uid: UUID = Field(sa_column=Column(Uuid, nullable=False, unique=True, server_default=text("gen_random_uuid()")))
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False))
    recipient: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    contact_point_id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, ForeignKey("contact_point.id", ondelete="SET NULL"), nullable=True, index=True),
    )
    unit_code: str | None = Field(default=None, sa_type=Text)
    channel: str = Field(sa_type=Text)
    template: str = Field(sa_type=Text)
    weight: int = Field(sa_type=SmallInteger)
    urgent: bool = flag()
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    event_id: int = Field(sa_type=BigInteger)
    joined: int = Field(sa_type=SmallInteger)
    state: str = Field(sa_type=Text)
    attempts: int = count()
    due_at: Instant = instant(nullable=False)
    lease_until: Instant = instant()
    reason: str | None = Field(default=None, sa_type=Text)
    title: str | None = Field(default=None, sa_type=Text)
    body: str | None = Field(default=None, sa_type=Text)
    gateway_id: str | None = Field(default=None, sa_type=Text)
    created_at: Instant = instant(nullable=False)
    done_at: Instant = instant()
