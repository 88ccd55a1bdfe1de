"""Applications of a unit about its order: to return it, to have more time, to put it on hold (退单、延期、挂账申请).

One may be open per order at a time; what was decided stays, with who asked, who decided, and why.
"""

from datetime import date

from sqlalchemy import BigInteger, Column, ForeignKey, Index, SmallInteger, Text, text
from sqlmodel import Field

from app.domain.records import ApplicationKind, ApplicationState, HoldGround, ReturnReason
from app.models.base import Instant, Table, instant, one_of


class Application(Table, table=True):
    """One application; `number` is `<work order number>-A<n>`."""

    __tablename__ = "application"
    __table_args__ = (
        one_of("kind", ApplicationKind),
        one_of("state", ApplicationState),
        one_of("return_reason", ReturnReason, nullable=True),
        one_of("ground", HoldGround, nullable=True),
        Index("uq_application_open", "work_order_no", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_application_state", "state", "number"),
        Index("ix_application_unit_code", "unit_code", "number"),
    )

    number: str = Field(sa_type=Text, primary_key=True)
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False, index=True))
    work_order_no: str = Field(sa_type=Text, index=True)
    unit_code: str = Field(sa_type=Text, foreign_key="unit.code")
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    round: int = Field(sa_type=SmallInteger)
    return_reason: str | None = Field(default=None, sa_type=Text)
    ground: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    suggestion: str | None = Field(default=None, sa_type=Text)
    suggested_unit_code: str | None = Field(default=None, sa_type=Text)
    until: Instant = instant()
    review_on: date | None = None
    applied_by: str = Field(sa_type=Text)
    applied_at: Instant = instant(nullable=False)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: Instant = instant()
    decision_reason: str | None = Field(default=None, sa_type=Text)
