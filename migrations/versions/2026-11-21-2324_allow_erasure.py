"""Let the erasure of personal fields mask what the history quotes, and nothing else change it; index the restricted queue.

A transaction says that it erases by `SET LOCAL hotline.erasing = 'on'`; even then only `payload` may differ.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "allow_erasure"
down_revision: str | Sequence[str] | None = "add_saved_filters"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_service_request_restricted",
        "service_request",
        ["id"],
        unique=False,
        postgresql_where=sa.text("restricted"),
    )
    op.execute("DROP TRIGGER event_is_insert_only ON event")
    op.execute(
        """
        CREATE TRIGGER event_is_insert_only BEFORE DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_insert_only()
        """
    )
    op.execute(
        """
        CREATE FUNCTION event_may_be_masked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF coalesce(current_setting('hotline.erasing', true), '') <> 'on'
                OR to_jsonb(NEW) - 'payload' <> to_jsonb(OLD) - 'payload'
            THEN
                RAISE EXCEPTION 'the history is insert-only' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER event_may_be_masked BEFORE UPDATE ON event
        FOR EACH ROW EXECUTE FUNCTION event_may_be_masked()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER event_may_be_masked ON event")
    op.execute("DROP FUNCTION event_may_be_masked")
    op.execute("DROP TRIGGER event_is_insert_only ON event")
    op.execute(
        """
        CREATE TRIGGER event_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_insert_only()
        """
    )
    op.drop_index("ix_service_request_restricted", "service_request", postgresql_where=sa.text("restricted"))
