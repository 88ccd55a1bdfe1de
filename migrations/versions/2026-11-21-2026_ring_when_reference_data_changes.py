"""Ring `hotline_reference` when a catalogue or identity table changes, whoever changes it."""

from collections.abc import Sequence

from alembic import op

revision: str = "ring_reference"
down_revision: str | Sequence[str] | None = "guard_the_history"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "unit",
    "area",
    "place",
    "category",
    "routing_rule",
    "sla_policy",
    "calendar_day",
    "role",
    "user_account",
    "user_role",
    "api_key",
)


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION ring_reference() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('hotline_reference', TG_TABLE_NAME);
            RETURN NULL;
        END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"""
            CREATE TRIGGER ring_reference AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION ring_reference()
            """
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER ring_reference ON {table}")
    op.execute("DROP FUNCTION ring_reference")
