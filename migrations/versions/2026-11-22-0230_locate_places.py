"""Give places a position and house numbers, areas a boundary."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "locate_places"
down_revision: str | Sequence[str] | None = "grant_what_is_new"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("area", sa.Column("boundary", JSONB(), nullable=True))
    op.add_column("place", sa.Column("numbers", sa.Text(), nullable=True))
    op.add_column("place", sa.Column("lat", sa.Double(), nullable=True))
    op.add_column("place", sa.Column("lon", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("place", "lon")
    op.drop_column("place", "lat")
    op.drop_column("place", "numbers")
    op.drop_column("area", "boundary")
