"""Keep what people decided about lessons drawn from returns and re-dispatches."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "add_routing_lessons"
down_revision: str | Sequence[str] | None = "add_category_notes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("return", "redispatch", "classify")
INDEXES = (
    ("ix_correction_at", "correction", ["at"], None),
    ("ix_work_order_lead_since", "work_order", ["unit_code", "created_at"], "role = 'lead'"),
    ("ix_event_dispatched", "event", ["at"], "kind = 'request.dispatched'"),
)


def upgrade() -> None:
    op.create_table(
        "routing_lesson_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision IN ('dismissed', 'adopted')", name=op.f("ck_routing_lesson_decision_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_lesson_decision")),
    )
    op.create_index(
        "uq_routing_lesson_decision_standing",
        "routing_lesson_decision",
        ["lesson"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)
    op.add_column("category", sa.Column("auto_dispatch_confidence", sa.Double(), nullable=True))
    op.create_check_constraint(
        op.f("ck_category_auto_dispatch_confidence"), "category", "auto_dispatch_confidence BETWEEN 0 AND 1"
    )
    _allow_sources(*BEFORE, "overrule")
    op.execute(
        """
        CREATE TRIGGER ring_reference AFTER INSERT OR UPDATE OR DELETE ON routing_lesson_decision
        FOR EACH STATEMENT EXECUTE FUNCTION ring_reference()
        """
    )


def _allow_sources(*sources: str) -> None:
    listed = ", ".join(f"'{source}'" for source in sources)
    op.drop_constraint(op.f("ck_correction_source"), "correction")
    op.create_check_constraint(op.f("ck_correction_source"), "correction", f"source IN ({listed})")


def downgrade() -> None:
    op.drop_table("routing_lesson_decision")
    op.execute("DELETE FROM correction WHERE source = 'overrule'")
    _allow_sources(*BEFORE)
    op.drop_column("category", "auto_dispatch_confidence")
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table_name=table)
