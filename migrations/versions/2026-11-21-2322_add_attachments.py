"""Add attachments."""

from collections.abc import Sequence

revision: str = "add_attachments"
down_revision: str | Sequence[str] | None = "add_messages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
