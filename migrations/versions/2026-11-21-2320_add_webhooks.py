"""Add webhooks."""

from collections.abc import Sequence

revision: str = "add_webhooks"
down_revision: str | Sequence[str] | None = "supervise_merge_and_shield"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
