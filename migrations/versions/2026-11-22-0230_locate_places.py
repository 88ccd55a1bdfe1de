"""Give places a position and house numbers, areas a boundary."""

from collections.abc import Sequence

revision: str = "locate_places"
down_revision: str | Sequence[str] | None = "grant_what_is_new"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
