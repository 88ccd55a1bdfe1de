"""Where the `hotline` command begins: with nothing imported, so that Ctrl-C finds somebody who listens.

What the commands need takes a second or more to import; whoever stops them in that time has seen no work done.
"""

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    """`app`: the whole command line, made when somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    from app.cli.command_line import command_line

    globals()["app"] = command_line()
    return globals()["app"]


def main() -> None:
    """Run the command line; Ctrl-C ends it without a traceback."""
    try:
        from app.cli.command_line import run

        run()
    except KeyboardInterrupt:
        from app.cli.stopping import INTERRUPTED

        # CPython takes an interrupt that came through `exec` (which makes dataclasses) for one that nobody handled, and
        # would end by the signal; another `exec` makes it forget.
        exec("")  # noqa: S102 - nothing
        sys.exit(INTERRUPTED)
