"""How far a long command is: one bar for all of them."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.base import notes


def progress_bar() -> Progress:
    """A bar that shows what is being done (the task's description), how much of it, and how long it will take."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=notes
    )
