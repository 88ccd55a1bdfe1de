"""What can be asked of `make bench ARGS=…`."""

import argparse
from pathlib import Path

from benchmarks.table import meanings


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    pass


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    about = "The real service beside its floor, call by call; one table."
    parser = argparse.ArgumentParser("make bench", description=about, epilog=meanings(), formatter_class=_Help)
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--list", action="store_true", help="name the calls and stop")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="calls whose name contains this")
    parser.add_argument("--seconds", type=float, default=2.0, help="for the service and the floor each, a call")
    parser.add_argument("--turns", type=int, default=6, help="how often service and floor alternate")
    parser.add_argument("--connections", type=int, default=8, help="clients that ask at once, each on its connection")
    parser.add_argument("--orders", type=int, default=0, help="lives that are in the database beforehand")
    parser.add_argument(
        "--data", type=Path, help="folder of the installation, kept and used again; a fresh one unless given"
    )
    parser.add_argument("--no-pgbench", action="store_true", help="leave pgbench out")
    parser.add_argument(
        "--profile", metavar="TEXT", help="instead of the table: where the service's time goes in these calls"
    )
    return parser.parse_args(arguments)
