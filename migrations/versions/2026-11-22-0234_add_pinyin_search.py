"""Find knowledge articles by the initials of their pinyin."""

from collections.abc import Sequence

revision: str = "add_pinyin_search"
down_revision: str | Sequence[str] | None = "add_clusters"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
