"""Announce at once when other people may see a request than before."""

from collections.abc import Sequence

from alembic import op

revision: str = "announce_hidden"
down_revision: str | Sequence[str] | None = "flat_lists"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MARKS = ("accused_units", "restricted", "confidential", "kind", "erased_at")
"""What decides who may see a request, and how much of it."""


def upgrade() -> None:
    """Whoever keeps events in memory forgets them now, not when the change's own event has its turn."""
    op.execute(
        """
        CREATE FUNCTION announce_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('hotline_hidden', NEW.id::text);
            RETURN NULL;
        END $$
        """
    )
    before, after = (", ".join(f"{row}.{mark}" for mark in MARKS) for row in ("OLD", "NEW"))
    op.execute(
        f"""
        CREATE TRIGGER announce_hidden AFTER UPDATE OF {", ".join(MARKS)} ON service_request
        FOR EACH ROW WHEN (({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION announce_hidden()
        """
    )


def downgrade() -> None:
    """A change is heard of in the order of commits only."""
    op.execute("DROP TRIGGER announce_hidden ON service_request")
    op.execute("DROP FUNCTION announce_hidden")
