"""Let people save filters; find requests by the time they were filed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "add_saved_filters"
down_revision: str | Sequence[str] | None = "add_attachments"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("noun IN ('requests', 'work-orders')", name=op.f("ck_saved_filter_noun")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_saved_filter_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_filter_owner_id_name")),
    )
    op.create_index("ix_saved_filter_shared", "saved_filter", ["id"], postgresql_where=sa.text("shared"))
    op.create_index(op.f("ix_service_request_created_at"), "service_request", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_service_request_created_at"), table_name="service_request")
    op.drop_index("ix_saved_filter_shared", table_name="saved_filter", postgresql_where=sa.text("shared"))
    op.drop_table("saved_filter")
