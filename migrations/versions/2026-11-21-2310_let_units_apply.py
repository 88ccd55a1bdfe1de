"""Let units apply to return, to extend, to hold; how often is a matter of policy; corrections are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "let_units_apply"
down_revision: str | Sequence[str] | None = "ring_reference"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SPANS = ("return_window", "notice_after", "escalate_after", "undo_window")


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("work_order_no", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.Column("suggested_unit_code", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ground IS NULL OR ground IN ('policy', 'funds', 'season')", name=op.f("ck_application_ground")
        ),
        sa.CheckConstraint("kind IN ('return', 'extend', 'hold')", name=op.f("ck_application_kind")),
        sa.CheckConstraint(
            "return_reason IS NULL OR return_reason IN ('not_our_duty', 'not_our_area', 'insufficient_information', 'duplicate', 'statutory_procedure')",
            name=op.f("ck_application_return_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'refused', 'cancelled', 'lapsed')", name=op.f("ck_application_state")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_application_request_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_application_unit_code")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_request_id"), "application", ["request_id"], unique=False)
    op.create_index("ix_application_state", "application", ["state", "number"], unique=False)
    op.create_index("ix_application_unit_code", "application", ["unit_code", "number"], unique=False)
    op.create_index(op.f("ix_application_work_order_no"), "application", ["work_order_no"], unique=False)
    op.create_index(
        "uq_application_open", "application", ["work_order_no"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("category_before", sa.Text(), nullable=True),
        sa.Column("category_after", sa.Text(), nullable=True),
        sa.Column("unit_before", sa.Text(), nullable=True),
        sa.Column("unit_after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('return', 'redispatch', 'classify')", name=op.f("ck_correction_source")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_correction_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_request_id"), "correction", ["request_id"], unique=False)
    for counter in ("returns_in_round", "extensions_in_round", "holds_in_round"):
        op.add_column("service_request", sa.Column(counter, sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("sla_policy", sa.Column("return_window", sa.Text(), server_default="2wd", nullable=False))
    op.add_column("sla_policy", sa.Column("notice_after", sa.Text(), server_default="1wd", nullable=False))
    op.add_column("sla_policy", sa.Column("escalate_after", sa.Text(), server_default="5wd", nullable=False))
    op.add_column("sla_policy", sa.Column("undo_window", sa.Text(), server_default="10m", nullable=False))
    op.add_column("sla_policy", sa.Column("max_returns", sa.SmallInteger(), server_default="2", nullable=False))
    op.add_column("sla_policy", sa.Column("max_extensions", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("sla_policy", sa.Column("max_holds", sa.SmallInteger(), server_default="2", nullable=False))
    op.add_column("sla_policy", sa.Column("max_hold_days", sa.SmallInteger(), server_default="90", nullable=False))
    op.add_column("sla_policy", sa.Column("reminders_a_day", sa.SmallInteger(), server_default="3", nullable=False))
    op.add_column("sla_policy", sa.Column("call_attempts", sa.SmallInteger(), server_default="3", nullable=False))
    op.add_column("sla_policy", sa.Column("redo_rounds", sa.SmallInteger(), server_default="2", nullable=False))
    op.add_column("sla_policy", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.add_column("work_order", sa.Column("resolve_span", sa.Text(), nullable=True))
    op.add_column("work_order", sa.Column("forced", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("work_order", sa.Column("returns_left", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("extensions_left", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("holds_left", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("applications_opened", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("open_application", sa.Text(), nullable=True))
    op.execute(  # orders that are open already have what the policies give by default
        "UPDATE work_order SET returns_left = 2, extensions_left = 1, holds_left = 2 "
        "WHERE state IN ('pending', 'accepted', 'submitted')"
    )
    for clock in SPANS:
        op.create_check_constraint(clock, "sla_policy", f"{clock} ~ '^[1-9][0-9]{{0,3}}(wd|wh|h|m)$'")


def downgrade() -> None:
    op.drop_column("work_order", "open_application")
    op.drop_column("work_order", "applications_opened")
    op.drop_column("work_order", "holds_left")
    op.drop_column("work_order", "extensions_left")
    op.drop_column("work_order", "returns_left")
    op.drop_column("work_order", "forced")
    op.drop_column("work_order", "resolve_span")
    op.drop_column("sla_policy", "keep_days")
    op.drop_column("sla_policy", "redo_rounds")
    op.drop_column("sla_policy", "call_attempts")
    op.drop_column("sla_policy", "reminders_a_day")
    op.drop_column("sla_policy", "max_hold_days")
    op.drop_column("sla_policy", "max_holds")
    op.drop_column("sla_policy", "max_extensions")
    op.drop_column("sla_policy", "max_returns")
    op.drop_column("sla_policy", "undo_window")
    op.drop_column("sla_policy", "escalate_after")
    op.drop_column("sla_policy", "notice_after")
    op.drop_column("sla_policy", "return_window")
    for counter in ("holds_in_round", "extensions_in_round", "returns_in_round"):
        op.drop_column("service_request", counter)
    op.drop_index(op.f("ix_correction_request_id"), table_name="correction")
    op.drop_table("correction")
    op.drop_index("uq_application_open", table_name="application", postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f("ix_application_work_order_no"), table_name="application")
    op.drop_index("ix_application_unit_code", table_name="application")
    op.drop_index("ix_application_state", table_name="application")
    op.drop_index(op.f("ix_application_request_id"), table_name="application")
    op.drop_table("application")
