"""The one append-only history: who did what when, from which state to which, and what a citizen may read.

The database refuses UPDATE, DELETE and TRUNCATE (a trigger in the migrations) and rings `hotline_events` on
insert. `seq` counts the events of one request without a gap: its history is a straight line. `from_state` and `to_state` are
those of what the kind names (a `work_order.…` event tells the order's); `request_state` is the request's afterwards.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

from app.models.base import GROWS, Instant, Table, instant


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which orders rows by commit visibility."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in DDL."""
        return "xid8"


class Event(Table, table=True):
    """One thing that happened to a request or one of its orders."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("request_id", "seq"),
        Index("ix_event_commit_order", "xid", "id"),
        Index("ix_event_unit_commit_order", "unit_code", "xid", "id", postgresql_where=text("unit_code IS NOT NULL")),
        Index("ix_event_dispatched", "at", postgresql_where=text("kind = 'request.dispatched'")),
        Index("ix_event_rated", "request_id", postgresql_where=text("kind = 'request.rated'")),
        Index("ix_event_revealed", "id", postgresql_where=text("kind = 'identity.revealed'")),
        GROWS,
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    xid: int | None = Field(
        default=None, sa_column=Column(Xid8, nullable=False, server_default=text("pg_current_xact_id()"))
    )
    at: Instant = instant(nullable=False)
    kind: str = Field(sa_type=Text)
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False))
    seq: int
    work_order_no: str | None = Field(default=None, sa_type=Text)
    unit_code: str | None = Field(default=None, sa_type=Text)
    actor_kind: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    from_state: str | None = Field(default=None, sa_type=Text)
    to_state: str | None = Field(default=None, sa_type=Text)
    request_state: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
