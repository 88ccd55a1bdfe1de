"""Add filters."""

from collections.abc import Sequence

revision: str = "add_saved_filters"
down_revision: str | Sequence[str] | None = "add_attachments"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
