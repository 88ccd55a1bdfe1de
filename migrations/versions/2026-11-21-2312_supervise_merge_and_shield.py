"""Slips and instructions, merged requests, desks, restricted matters, accused units, erasure."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "supervise_merge_and_shield"
down_revision: str | Sequence[str] | None = "let_several_units_act"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "supervision",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("work_order_no", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("leader", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_by", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('slip', 'instruction')", name=op.f("ck_supervision_kind")),
        sa.CheckConstraint("level IN ('blue', 'orange', 'red')", name=op.f("ck_supervision_level")),
        sa.CheckConstraint("state IN ('open', 'replied', 'accepted')", name=op.f("ck_supervision_state")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_supervision_request_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_supervision_unit_code")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_supervision")),
    )
    op.create_index(op.f("ix_supervision_request_id"), "supervision", ["request_id"], unique=False)
    op.create_index(
        "ix_supervision_running",
        "supervision",
        ["reply_by"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND overdue_at IS NULL"),
    )
    op.create_index("ix_supervision_state", "supervision", ["state", "number"], unique=False)
    op.create_index("ix_supervision_unit_code", "supervision", ["unit_code", "number"], unique=False)
    op.add_column("category", sa.Column("restricted", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("service_request", sa.Column("desk", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("restricted", sa.Boolean(), server_default="false", nullable=False))
    op.add_column(
        "service_request", sa.Column("accused_units", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("service_request", sa.Column("reminded_on", sa.Date(), nullable=True))
    op.add_column(
        "service_request", sa.Column("reminders_today", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("service_request", sa.Column("master_no", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("followers", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("service_request", sa.Column("resolved_unit_code", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("left_unit_code", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(  # of requests that are there already: when the order that leads was opened
        "UPDATE service_request r SET dispatched_at = o.created_at FROM work_order o WHERE o.work_order_no = r.lead_order_no"
    )
    op.add_column("service_request", sa.Column("slips_opened", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("service_request", sa.Column("callback_claimed_by", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("callback_claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("service_request", sa.Column("rating_excluded", sa.Text(), nullable=True))
    op.add_column("service_request", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_service_request_desk",
        "service_request",
        ["desk", "id"],
        unique=False,
        postgresql_where=sa.text("desk IS NOT NULL"),
    )
    op.create_index(
        "ix_service_request_erasable",
        "service_request",
        ["closed_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL AND erased_at IS NULL"),
    )
    op.create_index(
        "ix_service_request_master_no",
        "service_request",
        ["master_no"],
        unique=False,
        postgresql_where=sa.text("master_no IS NOT NULL"),
    )
    op.add_column("work_order", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_work_order_escalated_at",
        "work_order",
        ["escalated_at"],
        unique=False,
        postgresql_where=sa.text("escalated_at IS NOT NULL"),
    )
    op.create_check_constraint("desk", "service_request", "desk IS NULL OR desk IN ('expert')")
    op.create_index(
        "ix_event_revealed", "event", ["id"], unique=False, postgresql_where=sa.text("kind = 'identity.revealed'")
    )


def downgrade() -> None:
    op.drop_index("ix_event_revealed", table_name="event")
    op.drop_constraint("ck_service_request_desk", "service_request")
    op.drop_index(
        "ix_work_order_escalated_at", table_name="work_order", postgresql_where=sa.text("escalated_at IS NOT NULL")
    )
    op.drop_column("work_order", "escalated_at")
    op.drop_index(
        "ix_service_request_master_no", table_name="service_request", postgresql_where=sa.text("master_no IS NOT NULL")
    )
    op.drop_index(
        "ix_service_request_erasable",
        table_name="service_request",
        postgresql_where=sa.text("closed_at IS NOT NULL AND erased_at IS NULL"),
    )
    op.drop_index("ix_service_request_desk", table_name="service_request", postgresql_where=sa.text("desk IS NOT NULL"))
    op.drop_column("service_request", "erased_at")
    op.drop_column("service_request", "rating_excluded")
    op.drop_column("service_request", "callback_claimed_until")
    op.drop_column("service_request", "callback_claimed_by")
    op.drop_column("service_request", "slips_opened")
    op.drop_column("service_request", "dispatched_at")
    op.drop_column("service_request", "left_unit_code")
    op.drop_column("service_request", "resolved_unit_code")
    op.drop_column("service_request", "followers")
    op.drop_column("service_request", "master_no")
    op.drop_column("service_request", "reminders_today")
    op.drop_column("service_request", "reminded_on")
    op.drop_column("service_request", "accused_units")
    op.drop_column("service_request", "restricted")
    op.drop_column("service_request", "desk")
    op.drop_column("category", "restricted")
    op.drop_index("ix_supervision_unit_code", table_name="supervision")
    op.drop_index("ix_supervision_state", table_name="supervision")
    op.drop_index(
        "ix_supervision_running",
        table_name="supervision",
        postgresql_where=sa.text("state = 'open' AND overdue_at IS NULL"),
    )
    op.drop_index(op.f("ix_supervision_request_id"), table_name="supervision")
    op.drop_table("supervision")
