"""Storage settings for tables that are written all day."""

from collections.abc import Sequence

revision: str = "tune_storage"
down_revision: str | Sequence[str] | None = "add_pinyin_search"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """To be written."""


def downgrade() -> None:
    """To be written."""
