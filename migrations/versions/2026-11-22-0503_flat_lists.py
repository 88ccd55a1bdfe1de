"""Keep lists and figures flat as tables grow."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "flat_lists"
down_revision: str | Sequence[str] | None = "tune_storage"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
INDEXES = {
    "ix_work_order_unit_request": ("work_order", ["unit_code", "request_id"], None),
    "ix_event_rated": ("event", ["request_id"], sa.text("kind = 'request.rated'")),
}


def upgrade() -> None:
    """A unit's requests, newest first, without sorting all it ever had; a request's ratings without its other events.

    Built while orders are written; it may wait for old transactions, which blocks nobody. A build that was broken off
    leaves an index that is not used: it is made anew.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, (table, columns, where) in INDEXES.items():
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_where=where, postgresql_concurrently=True)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Lists sort again."""
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
