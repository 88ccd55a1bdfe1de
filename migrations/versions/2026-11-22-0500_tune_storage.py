"""Storage settings for tables that are written all day.

A request's row is rewritten by each of its eight or so steps: with room left on its page, those that change no
indexed column stay there and touch no index. Large tables are vacuumed and counted by their growth of a day rather
than by a fifth of all that there ever was. Words of new requests wait for the index in a list that every search
reads from end to end: it is kept short.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "tune_storage"
down_revision: str | Sequence[str] | None = "add_pinyin_search"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHANGED = {
    "fillfactor": "85",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_analyze_scale_factor": "0.01",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
}
ONLY_GROWS = {"autovacuum_vacuum_insert_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.01"}
SETTINGS = {"service_request": CHANGED, "work_order": CHANGED, "event": ONLY_GROWS, "request_key": ONLY_GROWS}
PENDING = "ix_service_request_search"


def upgrade() -> None:
    for table, settings in SETTINGS.items():
        given = ", ".join(f"{name} = {value}" for name, value in settings.items())
        op.execute(f"ALTER TABLE {table} SET ({given})")
    op.execute(f"ALTER INDEX {PENDING} SET (gin_pending_list_limit = 1024)")


def downgrade() -> None:
    op.execute(f"ALTER INDEX {PENDING} RESET (gin_pending_list_limit)")
    for table, settings in SETTINGS.items():
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(settings)})")
