"""Add attachments: what is known of each file, and how many a request has had."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "add_attachments"
down_revision: str | Sequence[str] | None = "add_messages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("service_request", sa.Column("attachments", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_table(
        "attachment",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("work_order_no", sa.Text(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_by_kind", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "uploaded_by_kind IN ('user', 'api_key', 'citizen', 'system')", name=op.f("ck_attachment_uploaded_by_kind")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size")),
        sa.CheckConstraint("storage_key IS NOT NULL OR removed_at IS NOT NULL", name=op.f("ck_attachment_storage_key")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_attachment_request_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_request_id"), "attachment", ["request_id"], unique=False)
    op.create_index("uq_attachment_storage_key", "attachment", ["storage_key"], unique=True)
    op.create_index(
        "ix_attachment_to_erase",
        "attachment",
        ["removed_at"],
        postgresql_where=sa.text("removed_at IS NOT NULL AND storage_key IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("attachment")
    op.drop_column("service_request", "attachments")
