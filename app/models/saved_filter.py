"""What people look for again and again: the filters of a list under a name (常用筛选)."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.domain.records import FilterNoun
from app.models.base import Instant, Table, flag, identity, instant, one_of


class SavedFilter(Table, table=True):
    """One saved filter; `query` holds the parameters of its list as a query string would."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        one_of("noun", FilterNoun),
        UniqueConstraint("owner_id", "name"),
        Index("ix_saved_filter_shared", "id", postgresql_where=text("shared")),
    )

    id: int | None = identity()
    owner_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False)
    )
    name: str = Field(sa_type=Text)
    noun: str = Field(sa_type=Text)
    query: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    shared: bool = flag()
    created_at: Instant = instant(nullable=False)
    updated_at: Instant = instant(nullable=False)
