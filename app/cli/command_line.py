"""The `hotline` command. Each module adds its commands; all are thin over the services.

Exit codes: 0 done, 1 failed, 2 bad usage, 130 stopped by Ctrl-C or SIGTERM. `--json`: one object with the outcome,
and nothing else, is on stdout.
"""

import os
import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from app.cli import base
from app.core.embedded_postgres import EmbeddedPostgresError
from app.core.processes import HOPELESS, PARENT
from app.core.security import KeyRingError
from app.services.installation import InstallationError

MODULES = (
    "setup", "serving", "demo", "identity", "rotating", "doctor", "postgres", "describing", "importing", "simulate", "ledger",
    "gazetteer", "masking", "danger", "routing", "replies", "opinion", "duplicates", "classify",
)  # fmt: skip
ALONE = {**dict.fromkeys(("serve", "worker", "api-process", "worker-process"), "serving"), "import": "importing",
         "openapi": "describing"}  # fmt: skip
"""Modules of commands that do without the others: who keeps running is not to carry what those need (decision 27), an
import would wait for them longer than for its first thousand rows, and readers of /docs wait for the description."""


def command_line(modules: Iterable[str] = MODULES) -> typer.Typer:
    """The commands of some modules, by default all."""
    made = typer.Typer(
        name="hotline", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )
    made.callback()(_nothing)
    for module in modules:
        import_module(f"{__package__}.{module}").register(made)
    return made


def _nothing() -> None:
    """Keeps a command that is there alone from being run without its name."""


def run() -> None:
    """Run the command line; a known failure is one sentence on stderr."""
    alone = ALONE.get(sys.argv[1]) if len(sys.argv) > 1 else None
    try:
        command_line([alone] if alone else MODULES)(prog_name="hotline")
    except (EmbeddedPostgresError, InstallationError, KeyRingError, base.CommandError) as error:
        print(f"hotline: {error}", file=sys.stderr)
        # The supervisor of this process need not try again: another start would find the same.
        hopeless = PARENT in os.environ and isinstance(error, (InstallationError, KeyRingError))
        sys.exit(HOPELESS if hopeless else 1)
