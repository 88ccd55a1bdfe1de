"""Keep lists and figures flat as tables grow."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "flat_lists"
down_revision: str | Sequence[str] | None = "tune_storage"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """A unit's requests, newest first, without sorting all it ever had; a request's ratings without its other events."""
    op.create_index("ix_work_order_unit_request", "work_order", ["unit_code", "request_id"])
    op.create_index("ix_event_rated", "event", ["request_id"], postgresql_where=sa.text("kind = 'request.rated'"))


def downgrade() -> None:
    """Lists sort again."""
    op.drop_index("ix_event_rated", table_name="event")
    op.drop_index("ix_work_order_unit_request", table_name="work_order")
