"""Find knowledge articles by the initials of their pinyin.

Articles written before have version 0 and are indexed anew by the seeding that follows every upgrade.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "add_pinyin_search"
down_revision: str | Sequence[str] | None = "add_clusters"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Say which form of the indexer wrote an article's index."""
    op.add_column(
        "knowledge_article", sa.Column("index_version", sa.SmallInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """The index itself stays as it is; the older words are part of it."""
    op.drop_column("knowledge_article", "index_version")
