"""Attachments of a request (附件): photos, recordings, documents. The row tells about the file; the file lies elsewhere.

A removed attachment keeps its row, so that the history's number still means something; its file is erased, and
`storage_key` is empty once that is done.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlmodel import Field

from app.domain.actors import ActorKind
from app.models.base import Instant, Table, instant, one_of


class Attachment(Table, table=True):
    """One file; `number` is `<ticket number>-F<n>`."""

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("uploaded_by_kind", ActorKind),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("storage_key IS NOT NULL OR removed_at IS NOT NULL", name="storage_key"),
        Index("uq_attachment_storage_key", "storage_key", unique=True),
        Index("ix_attachment_to_erase", "removed_at",
              postgresql_where=text("removed_at IS NOT NULL AND storage_key IS NOT NULL")),
    )  # fmt: skip

    number: str = Field(sa_type=Text, primary_key=True)
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False, index=True))
    work_order_no: str | None = Field(default=None, sa_type=Text)
    filename: str = Field(sa_type=Text)
    content_type: str = Field(sa_type=Text)
    size: int
    sha256: str = Field(sa_type=Text)
    storage_key: str | None = Field(default=None, sa_type=Text)
    public: bool
    note: str | None = Field(default=None, sa_type=Text)
    uploaded_by: str = Field(sa_type=Text)
    uploaded_by_kind: str = Field(sa_type=Text)
    uploaded_at: Instant = instant(nullable=False)
    removed_at: Instant = instant()
    removed_by: str | None = Field(default=None, sa_type=Text)
