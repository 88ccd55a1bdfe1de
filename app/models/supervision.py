"""Rectification slips and leaders' instructions (督办单、批示): what a unit must answer, by when, and whether it was enough."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, text
from sqlmodel import Field

from app.domain.records import SlipKind, SlipLevel, SlipState
from app.models.base import Instant, Table, instant, one_of


class Supervision(Table, table=True):
    """One slip or instruction; `number` is `<ticket number>-S<n>`."""

    __tablename__ = "supervision"
    __table_args__ = (
        one_of("kind", SlipKind),
        one_of("level", SlipLevel),
        one_of("state", SlipState),
        Index("ix_supervision_state", "state", "number"),
        Index("ix_supervision_unit_code", "unit_code", "number"),
        Index("ix_supervision_running", "reply_by", postgresql_where=text("state = 'open' AND overdue_at IS NULL")),
    )

    number: str = Field(sa_type=Text, primary_key=True)
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False, index=True))
    work_order_no: str | None = Field(default=None, sa_type=Text)
    unit_code: str = Field(sa_type=Text, foreign_key="unit.code")
    kind: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    leader: str | None = Field(default=None, sa_type=Text)
    text: str = Field(sa_type=Text)
    reply_by: Instant = instant(nullable=False)
    issued_by: str = Field(sa_type=Text)
    issued_at: Instant = instant(nullable=False)
    reply: str | None = Field(default=None, sa_type=Text)
    replied_by: str | None = Field(default=None, sa_type=Text)
    replied_at: Instant = instant()
    overdue_at: Instant = instant()
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: Instant = instant()
    decision_reason: str | None = Field(default=None, sa_type=Text)
