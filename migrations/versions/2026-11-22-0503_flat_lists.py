"""Keep lists flat as tables grow."""

from collections.abc import Sequence

revision: str = "flat_lists"
down_revision: str | Sequence[str] | None = "lighten_intake"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """To be written."""


def downgrade() -> None:
    """To be written."""
