"""Brings a database to the newest schema."""

from alembic import command
from alembic.config import Config

from app.services.installation import MIGRATIONS, head_revision


def migrate_to_head(url: str) -> str:
    """Run the migrations that are missing; returns the revision reached."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    command.upgrade(config, "head")
    return head_revision() or ""
