"""A PostgreSQL server that lives beside the program, so that a fresh machine needs no database administrator.

Several processes may use one data directory: the first to come starts the server, the others adopt it, the
last to leave stops it, and whoever is present restarts it when it dies. Linux and macOS only.
"""

from app.core.embedded_postgres.errors import EmbeddedPostgresError
from app.core.embedded_postgres.supervisor import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
