"""Add messages."""

from collections.abc import Sequence

revision: str = "add_messages"
down_revision: str | Sequence[str] | None = "add_webhooks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
