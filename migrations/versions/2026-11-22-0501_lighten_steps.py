"""Make a step cheaper."""

from collections.abc import Sequence

revision: str = "lighten_steps"
down_revision: str | Sequence[str] | None = "tune_storage"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """To be written."""


def downgrade() -> None:
    """To be written."""
