"""The outbox, its texts, contact points, how far the history was read; whether a citizen wants to be told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models.event import Xid8

revision: str = "add_messages"
down_revision: str | Sequence[str] | None = "add_webhooks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MANAGERS = "code IN ('supervisor', 'admin')"


def upgrade() -> None:
    _create_consumer()
    _create_texts_and_contacts()
    _create_message()
    op.add_column("service_request", sa.Column("notify", sa.Boolean(), server_default="true", nullable=False))
    op.execute(
        f"UPDATE role SET permissions = permissions || '{{message.manage}}' "
        f"WHERE {MANAGERS} AND NOT 'message.manage' = ANY(permissions)"
    )


def _create_consumer() -> None:
    op.create_table(
        "consumer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consumer")),
    )
    # What happened before there were messages is told to nobody.
    op.execute(
        """
        INSERT INTO consumer (name, epoch, xid, id)
        SELECT 'messages', epoch, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, 9223372036854775807
        FROM installation
        """
    )


def _create_texts_and_contacts() -> None:
    op.create_table(
        "message_template",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'rich')", name=op.f("ck_message_template_channel")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_message_template_language")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_message_template")),
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("role_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('sms', 'email', 'apprise')", name=op.f("ck_contact_point_kind")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_contact_point_language")),
        sa.CheckConstraint("(unit_code IS NULL) <> (role_code IS NULL)", name=op.f("ck_contact_point_one_owner")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_contact_point_unit_code")),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_contact_point_role_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(
        "uq_contact_point_address",
        "contact_point",
        ["unit_code", "role_code", "address_hash"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_contact_point_role_code",
        "contact_point",
        ["role_code"],
        postgresql_where=sa.text("role_code IS NOT NULL"),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("uid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("joined", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience IN ('unit', 'supervisor', 'citizen')", name=op.f("ck_message_audience")),
        sa.CheckConstraint("channel IN ('sms', 'email', 'apprise')", name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'skipped', 'cancelled', 'replaced')",
            name=op.f("ck_message_state"),
        ),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_message_request_id")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_message_contact_point_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("uid", name=op.f("uq_message_uid")),
    )
    _create_message_indexes()


def _create_message_indexes() -> None:
    for name, columns, where in (
        ("ix_message_contact_point_id", ["contact_point_id"], None),
        ("ix_message_due", ["channel", "due_at"], "state = 'waiting'"),
        ("ix_message_leased", ["lease_until"], "state = 'sending'"),
        ("ix_message_request_id", ["request_id", "recipient"], None),
        ("ix_message_state", ["state", "id"], None),
        ("ix_message_unit_code", ["unit_code", "id"], "unit_code IS NOT NULL"),
        ("ix_message_done_at", ["done_at"], "done_at IS NOT NULL"),
    ):
        op.create_index(name, "message", columns, postgresql_where=sa.text(where) if where else None)
    op.create_index(
        "uq_message_waiting",
        "message",
        ["recipient", "request_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.execute(f"UPDATE role SET permissions = array_remove(permissions, 'message.manage') WHERE {MANAGERS}")
    op.drop_column("service_request", "notify")
    op.drop_table("message")
    op.drop_table("contact_point")
    op.drop_table("message_template")
    op.drop_table("consumer")
