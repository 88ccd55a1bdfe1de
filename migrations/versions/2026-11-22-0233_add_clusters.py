"""Find like requests of different callers, and keep the alerts about them."""

from collections.abc import Sequence

revision: str = "add_clusters"
down_revision: str | Sequence[str] | None = "add_routing_lessons"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
