"""Keep lists flat as tables grow."""

from collections.abc import Sequence

from alembic import op

revision: str = "flat_lists"
down_revision: str | Sequence[str] | None = "tune_storage"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """A unit's requests, newest first, without sorting all it ever had."""
    op.create_index("ix_work_order_unit_request", "work_order", ["unit_code", "request_id"])


def downgrade() -> None:
    """Lists sort again."""
    op.drop_index("ix_work_order_unit_request", table_name="work_order")
