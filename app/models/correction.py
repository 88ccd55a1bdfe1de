"""What people corrected after the machine or a colleague: labels for later training (纠错样本).

Written when a return is approved, when an order goes to another unit, when a category is changed; never changed.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Text
from sqlmodel import Field

from app.domain.records import CorrectionSource
from app.models.base import Instant, Table, identity, instant, one_of


class Correction(Table, table=True):
    """One correction: what it was before and after."""

    __tablename__ = "correction"
    __table_args__ = (one_of("source", CorrectionSource),)

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
