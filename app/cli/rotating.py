"""`hotline keys rotate`: a new master key and everything sealed brought under it, beside the running service."""

from dataclasses import asdict

import typer

from app.cli.base import CommandError, JsonFlag, notes, report, with_installation
from app.cli.identity import keys
from app.cli.progress import progress_bar
from app.services.installation import Installation
from app.services.key_rotation import Outcome, RotationError, rotate
from app.settings import settings_or_exit

TWO_STEPS = """\
HOTLINE_SECRET_KEYS rules here, so the new key is put there by you. `hotline keys new` prints one.
  1. Write it in front of the others, on every machine, and restart the service there. With several machines write
     OLD,NEW,OLD everywhere first (NEW is known, not yet used), then NEW,OLD.
  2. Run `hotline keys rotate` again: it re-encrypts everything to the first key.
Never take out the last key: look-ups by phone, identity number and query code need it."""


def register(_app: typer.Typer) -> None:
    """Add the command to `hotline keys`."""
    keys.command("rotate")(rotate_keys)


def rotate_keys(as_json: JsonFlag = False) -> None:
    """Make a new secret key and re-encrypt all personal fields, while the service runs; safe to be run again.

    A rotation that was cut off is finished first, without another key. Example: hotline keys rotate
    """
    try:
        outcome = with_installation(_rotate)
    except RotationError as error:
        raise CommandError(str(error)) from None
    report(asdict(outcome), as_json=as_json)
    if not outcome.resealed and not outcome.made and settings_or_exit().secret_keys:
        notes.print(TWO_STEPS, markup=False, highlight=False)
    if outcome.left:
        notes.print("Some fields could not be re-encrypted; `hotline doctor` says which keys they need.")


async def _rotate(here: Installation) -> Outcome:
    with progress_bar() as progress:
        task = progress.add_task("Re-encrypting", total=None)
        return await rotate(
            here,
            lambda total: progress.update(task, total=total, completed=0),
            lambda done: progress.advance(task, done),
        )
