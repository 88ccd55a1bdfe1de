"""`hotline opinion test TEXT`: whether the endpoint of the second opinion answers, and what."""

from typing import Annotated, Any

import typer

from app.cli.base import CommandError, JsonFlag, report, with_installation
from app.core.clock import now
from app.services.installation import Installation
from app.services.opinion.consider import opinion_on_text

opinion = typer.Typer(help="The second opinion on categories.", no_args_is_help=True)
TextArgument = Annotated[str, typer.Argument(help="What a citizen might write.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(opinion, name="opinion")


@opinion.callback()
def _group() -> None:
    """The second opinion on categories."""


@opinion.command("test")
def try_out(text: TextArgument, as_json: JsonFlag = False) -> None:
    """Ask about a text, masked as requests are; nothing is written. Exit 1 when there is no answer that can be used."""
    found = with_installation(lambda here: _ask(here, text))
    report(found, as_json=as_json)
    if found["outcome"] != "answered":
        raise typer.Exit(1)


async def _ask(here: Installation, text: str) -> dict[str, Any]:
    if not here.settings.second_opinion_url:
        raise CommandError("There is no second opinion: set HOTLINE_SECOND_OPINION_URL.")
    best = here.reference.now.classifier.classify(text).best
    return await opinion_on_text(here, text, best.category_code if best else None, (), now())
