"""Make filing cheaper."""

from collections.abc import Sequence

revision: str = "lighten_intake"
down_revision: str | Sequence[str] | None = "lighten_steps"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """To be written."""


def downgrade() -> None:
    """To be written."""
