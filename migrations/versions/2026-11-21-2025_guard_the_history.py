"""Make the history insert-only, let it ring when it grows, and number the tickets."""

from collections.abc import Sequence

from alembic import op

revision: str = "guard_the_history"
down_revision: str | Sequence[str] | None = "create_tables"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE ticket_no_seq MAXVALUE 999999 CYCLE CACHE 1")
    op.execute(
        """
        CREATE FUNCTION event_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the history is insert-only' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER event_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_insert_only()
        """
    )
    op.execute(
        """
        CREATE FUNCTION ring_events() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('hotline_events', pg_current_xact_id()::text);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER ring_events AFTER INSERT ON event
        FOR EACH STATEMENT EXECUTE FUNCTION ring_events()
        """
    )
    op.execute("INSERT INTO installation (id, epoch, demo) VALUES (1, 1, false)")


def downgrade() -> None:
    op.execute("DELETE FROM installation")
    op.execute("DROP TRIGGER ring_events ON event")
    op.execute("DROP FUNCTION ring_events")
    op.execute("DROP TRIGGER event_is_insert_only ON event")
    op.execute("DROP FUNCTION event_is_insert_only")
    op.execute("DROP SEQUENCE ticket_no_seq")
