"""Brings a database to the newest schema."""

from app.services.installation import MIGRATIONS, head_revision


def migrate_to_head(url: str) -> str:
    """Run the migrations that are missing; returns the revision reached."""
    from alembic import command  # 6 MB that a server has no use for
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    command.upgrade(config, "head")
    return head_revision() or ""
