"""What people corrected after the machine or a colleague: labels for later training (纠错样本).

Written when a return is approved, when an order goes to another unit, when a category is changed; never changed.
Lessons about routing are drawn from them; of a lesson only what people decided about it is kept.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, text
from sqlmodel import Field

from app.domain.records import CorrectionSource, LessonDecision
from app.models.base import Instant, Table, identity, instant, one_of


class Correction(Table, table=True):
    """One correction: what it was before and after."""

    __tablename__ = "correction"
    __table_args__ = (one_of("source", CorrectionSource), Index("ix_correction_at", "at"))

    id: int | None = identity()
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False, index=True))
    at: Instant = instant(nullable=False)
    source: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    category_before: str | None = Field(default=None, sa_type=Text)
    category_after: str | None = Field(default=None, sa_type=Text)
    unit_before: str | None = Field(default=None, sa_type=Text)
    unit_after: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class RoutingLessonDecision(Table, table=True):
    """A lesson dismissed or adopted (`rule_id`: the rule made of it), by whom; undone ones stay as history."""

    __tablename__ = "routing_lesson_decision"
    __table_args__ = (
        one_of("decision", LessonDecision),
        Index("uq_routing_lesson_decision_standing", "lesson", unique=True, postgresql_where=text("undone_at IS NULL")),
    )

    id: int | None = identity()
    lesson: str = Field(sa_type=Text)
    decision: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    rule_id: int | None = Field(default=None, sa_type=BigInteger)
    decided_by: str = Field(sa_type=Text)
    decided_at: Instant = instant(nullable=False)
    undone_by: str | None = Field(default=None, sa_type=Text)
    undone_at: Instant = instant()
