"""`hotline duplicates evaluate MESSAGES.csv PAIRS.csv`: how well like requests are found, on anybody's own pairs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.base import CommandError, JsonFlag, console, report
from app.domain.likeness import SAME
from app.services.intake.evaluation import PairsError, curve, evaluate, worst

duplicates = typer.Typer(help="Look at how duplicates are found.", no_args_is_help=True)
ERRORS = 20
Messages = Annotated[Path, typer.Argument(help="CSV with the columns id, text, and if known title, category_code.")]
Pairs = Annotated[Path, typer.Argument(help="CSV with the columns a, b (ids) and same (1 or 0).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(duplicates, name="duplicates")


@duplicates.callback()
def group() -> None:
    """Look at how duplicates are found."""


@duplicates.command("evaluate")
def evaluate_pairs(messages: Messages, pairs: Pairs, as_json: JsonFlag = False) -> None:
    """Precision and recall by threshold, and the pairs that were judged most wrongly (by their ids)."""
    try:
        judged = evaluate(messages, pairs)
    except PairsError as error:
        raise CommandError(str(error)) from None
    points, wrong = curve(judged), worst(judged, ERRORS)
    if not as_json:
        for point in points:
            used = "  ← used" if point["threshold"] == SAME else ""
            console.print(" ".join(f"{name} {value}" for name, value in point.items()) + used)
        for pair in wrong:
            console.print(f"{pair.a} {pair.b} score {pair.score:.3f}, labelled {'same' if pair.same else 'different'}")
    used_point = next(point for point in points if point["threshold"] == SAME)
    outcome: dict[str, Any] = {"pairs": len(judged), "same": sum(pair.same for pair in judged), **used_point}
    if as_json:
        outcome |= {"curve": points, "worst": [[pair.a, pair.b, round(pair.score, 3), pair.same] for pair in wrong]}
    report(outcome, as_json=as_json)
