"""Say of each category what it takes in and what goes elsewhere."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "add_category_notes"
down_revision: str | Sequence[str] | None = "locate_places"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


NOTES = ("includes", "excludes")


def upgrade() -> None:
    for note in NOTES:
        op.add_column("category", sa.Column(note, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for note in reversed(NOTES):
        op.drop_column("category", note)
