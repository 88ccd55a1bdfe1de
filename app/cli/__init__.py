"""The `hotline` command. Each module adds its commands; all are thin over the services.

Exit codes: 0 done, 1 failed, 2 bad usage. `--json`: the last line on stdout is one object with the outcome.
"""

import sys

import typer

from app.cli import (
    base,
    classify,
    danger,
    demo,
    describing,
    doctor,
    duplicates,
    gazetteer,
    identity,
    importing,
    ledger,
    masking,
    opinion,
    replies,
    rotating,
    routing,
    serving,
    setup,
    simulate,
)
from app.core.embedded_postgres import EmbeddedPostgresError
from app.core.security import KeyRingError
from app.services.installation import InstallationError

app = typer.Typer(
    name="hotline", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
MODULES = (
    setup,
    serving,
    demo,
    identity,
    rotating,
    doctor,
    describing,
    importing,
    simulate,
    ledger,
    gazetteer,
    masking,
    danger,
    routing,
    replies,
    opinion,
    duplicates,
    classify,
)
for module in MODULES:
    module.register(app)


def main() -> None:
    """Run the command line; a known failure is one sentence on stderr."""
    try:
        app()
    except (EmbeddedPostgresError, InstallationError, KeyRingError, base.CommandError) as error:
        print(f"hotline: {error}", file=sys.stderr)
        sys.exit(1)
