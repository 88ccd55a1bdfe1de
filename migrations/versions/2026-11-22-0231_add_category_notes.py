"""Say of each category what it takes in and what goes elsewhere."""

from collections.abc import Sequence

revision: str = "add_category_notes"
down_revision: str | Sequence[str] | None = "locate_places"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
