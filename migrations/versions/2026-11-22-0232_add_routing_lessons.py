"""Keep what people decided about lessons drawn from returns and re-dispatches."""

from collections.abc import Sequence

revision: str = "add_routing_lessons"
down_revision: str | Sequence[str] | None = "add_category_notes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
