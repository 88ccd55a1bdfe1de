"""`hotline danger`: how well the advice on danger does on written examples, so that a city can bring its own."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.base import CommandError, JsonFlag, console, report
from app.services.evaluating.files import ExamplesError, read_examples
from app.services.evaluating.understanding import evaluate_danger


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="Try the advice on danger on written examples.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("evaluate")(evaluate)
    app.add_typer(group, name="danger")


def evaluate(
    file: Annotated[Path, typer.Argument(help="Examples in TOML, like tests/evaluation/danger.toml.")],
    as_json: JsonFlag = False,
) -> None:
    """Recall and false alarms on written examples, with every wrong line."""
    try:
        outcome = evaluate_danger(read_examples(file)).as_dict()
    except ExamplesError as error:
        raise CommandError(str(error)) from None
    if not as_json:
        for wrong in outcome.pop("wrong"):
            console.print(f"{wrong['sort']}: {wrong['text']} ({wrong['because']})", markup=False, highlight=False)
    report(outcome, as_json=as_json)
