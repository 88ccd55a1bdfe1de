"""The service request (诉求): what a citizen asked, its public life, and the head of its work orders.

The row is also the lock of the whole aggregate: every step locks it first (`services/workflow/door.py`).
`restricted`: a discipline lead for few eyes; `accused_units`: shut out, with all units below them (domain guide §6).
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Double,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from app.domain.catalogue import Channel, RequestKind, Urgency
from app.domain.states import Desk, RequestState
from app.models.base import CHANGES, Instant, Table, count, flag, instant, one_of

_DISPATCH_ALARM = """
CASE WHEN state = 'received' THEN least(
    CASE WHEN dispatch_soon_at > alarmed_until THEN dispatch_soon_at END,
    CASE WHEN dispatch_due_at > alarmed_until THEN dispatch_due_at END) END
"""


class ServiceRequest(Table, table=True):
    """One request of one citizen; `version` is the sequence number of its newest event."""

    __tablename__ = "service_request"
    __table_args__ = (
        one_of("state", RequestState),
        one_of("kind", RequestKind),
        one_of("urgency", Urgency),
        one_of("channel", Channel),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        CheckConstraint("resolved_answer IN ('yes', 'partly', 'no')", name="resolved_answer"),
        CheckConstraint("callback_outcome IN ('reached', 'unreachable', 'refused')", name="callback_outcome"),
        Index("uq_service_request_channel_external_ref", "channel", "external_ref", unique=True,
              postgresql_where=text("external_ref IS NOT NULL")),
        Index("ix_service_request_state", "state", "id"),
        Index("ix_service_request_filed_by", "filed_by", "id"),
        Index("ix_service_request_created_at", "created_at"),
        Index("ix_service_request_category_code", "category_code", "id"),
        Index("ix_service_request_area_code", "area_code", "id"),
        Index("ix_service_request_phone_hash", "phone_hash", "id", postgresql_where=text("phone_hash IS NOT NULL")),
        Index("ix_service_request_alarm_at", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
        Index("ix_service_request_callback", "callback_due_at", "id",
              postgresql_where=text("state = 'resolved' AND callback_outcome IS NULL")),
        Index("ix_service_request_search", "search", postgresql_using="gin",
              postgresql_with={"gin_pending_list_limit": 1024}),
        Index("ix_service_request_restricted", "id", postgresql_where=text("restricted")),
        one_of("desk", Desk, nullable=True),
        Index("ix_service_request_desk", "desk", "id", postgresql_where=text("desk IS NOT NULL")),
        Index("ix_service_request_master_no", "master_no", postgresql_where=text("master_no IS NOT NULL")),
        Index("ix_service_request_erasable", "closed_at",
              postgresql_where=text("closed_at IS NOT NULL AND erased_at IS NULL")),
        CHANGES,
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    ticket_no: str = Field(sa_type=Text, unique=True)
    state: str = Field(sa_type=Text)
    version: int
    round: int = Field(sa_type=SmallInteger)
    kind: str = Field(sa_type=Text)
    urgency: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    original_text: str | None = Field(default=None, sa_type=Text)
    category_code: str | None = Field(default=None, sa_type=Text, foreign_key="category.code")
    area_code: str | None = Field(default=None, sa_type=Text, foreign_key="area.code")
    lat: float | None = Field(default=None, sa_type=Double)
    lon: float | None = Field(default=None, sa_type=Double)
    requester: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    id_number_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    confidential: bool
    anonymous: bool
    publish_consent: bool
    notify: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default="true"))
    external_ref: str | None = Field(default=None, sa_type=Text)
    filed_by: str = Field(sa_type=Text)
    query_code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    classification: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    routing: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    lead_order_no: str | None = Field(default=None, sa_type=Text)
    orders_opened: int = Field(sa_type=SmallInteger)
    dispatch_soon_at: Instant = instant()
    dispatch_due_at: Instant = instant()
    alarmed_until: Instant = instant(nullable=False)
    alarm_at: Instant = instant(computed=Computed(_DISPATCH_ALARM, persisted=True))
    held_at: Instant = instant()
    hold_review_on: date | None = None
    result: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    resolved_at: Instant = instant()
    callback_due_at: Instant = instant()
    callback_attempts: int = Field(sa_type=SmallInteger)
    called_at: Instant = instant()
    callback_outcome: str | None = Field(default=None, sa_type=Text)
    resolved_answer: str | None = Field(default=None, sa_type=Text)
    satisfaction: int | None = Field(default=None, sa_type=SmallInteger)
    contacted_in_time: bool | None = None
    rating_comment: str | None = Field(default=None, sa_type=Text)
    rated_at: Instant = instant()
    closed_at: Instant = instant()
    desk: str | None = Field(default=None, sa_type=Text)
    restricted: bool = flag()
    accused_units: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    returns_in_round: int = count()
    extensions_in_round: int = count()
    holds_in_round: int = count()
    reminded_on: date | None = None
    reminders_today: int = count()
    master_no: str | None = Field(default=None, sa_type=Text)
    followers: int = count()
    resolved_unit_code: str | None = Field(default=None, sa_type=Text)
    left_unit_code: str | None = Field(default=None, sa_type=Text)
    dispatched_at: Instant = instant()
    slips_opened: int = count()
    callback_claimed_by: str | None = Field(default=None, sa_type=Text)
    callback_claimed_until: Instant = instant()
    rating_excluded: str | None = Field(default=None, sa_type=Text)
    erased_at: Instant = instant()
    attachments: int = count()
    created_at: Instant = instant(nullable=False)
    updated_at: Instant = instant(nullable=False)
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR))
