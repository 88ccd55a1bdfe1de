"""Let several units act on one request, and warn by more than two lamps."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "let_several_units_act"
down_revision: str | Sequence[str] | None = "let_units_apply"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RUNS = {
    "accept": "held_at IS NULL AND state = 'pending'",
    "contact": "held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted')",
    "resolve": "held_at IS NULL AND state IN ('pending', 'accepted')",
}
ALARMS_BEFORE = tuple((clock, f"{clock}_{edge}_at") for clock in RUNS for edge in ("soon", "due"))
ALARMS = (*ALARMS_BEFORE, ("resolve", "resolve_notice_at"), ("resolve", "resolve_escalate_at"))


def _alarm_column(alarms: Sequence[tuple[str, str]]) -> None:
    """The next alarm, computed anew from these instants (PostgreSQL 16 cannot change an expression in place)."""
    cases = (f"CASE WHEN {RUNS[clock]} AND {at} > alarmed_until THEN {at} END" for clock, at in alarms)
    op.drop_column("work_order", "alarm_at")
    op.add_column(
        "work_order",
        sa.Column("alarm_at", sa.DateTime(timezone=True), sa.Computed(f"least({', '.join(cases)})", persisted=True)),
    )
    op.create_index(
        "ix_work_order_alarm_at", "work_order", ["alarm_at"], postgresql_where=sa.text("alarm_at IS NOT NULL")
    )


def upgrade() -> None:
    op.add_column("work_order", sa.Column("resolve_notice_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("work_order", sa.Column("resolve_escalate_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("work_order", sa.Column("parent_no", sa.Text(), nullable=True))
    op.add_column("work_order", sa.Column("task", sa.Text(), nullable=True))
    op.add_column("work_order", sa.Column("open_helpers", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("attended", sa.Boolean(), nullable=True))
    op.alter_column("work_order", "contact_soon_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    op.alter_column("work_order", "contact_due_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    op.add_column("work_order", sa.Column("asked_by_unit", sa.Text(), nullable=True))
    op.create_index(
        "ix_work_order_asked_by_unit",
        "work_order",
        ["asked_by_unit", "id"],
        postgresql_where=sa.text("asked_by_unit IS NOT NULL"),
    )
    op.create_check_constraint("role", "work_order", "role IN ('lead', 'assist', 'child', 'summons')")
    _alarm_column(ALARMS)


def downgrade() -> None:
    _alarm_column(ALARMS_BEFORE)
    op.drop_constraint("ck_work_order_role", "work_order")
    op.drop_index("ix_work_order_asked_by_unit", table_name="work_order")
    op.drop_column("work_order", "asked_by_unit")
    op.alter_column("work_order", "contact_due_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.alter_column("work_order", "contact_soon_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.drop_column("work_order", "attended")
    op.drop_column("work_order", "open_helpers")
    op.drop_column("work_order", "task")
    op.drop_column("work_order", "parent_no")
    op.drop_column("work_order", "resolve_escalate_at")
    op.drop_column("work_order", "resolve_notice_at")
