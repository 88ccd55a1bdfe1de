"""`hotline classify`: train the suggestion of categories on the city's own labels, and measure it on any labelled file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from app.cli.base import CommandError, JsonFlag, console, notes, report, with_installation
from app.core.clock import now
from app.domain.catalogue import Category
from app.domain.understanding.linear_model import LinearModel
from app.services.classifier import tables
from app.services.classifier.jobs import Material, Say, measure, measure_in_parts, train
from app.services.classifier.labels import corrected_samples, read_groups, read_labels
from app.services.classifier.model_file import DELIVERED, NAME, ModelError, load, model_in_use, read_model, write_model
from app.services.classifier.samples import Sample
from app.services.installation import Installation
from app.services.intake.tables import FileError
from app.services.reference import CHANNEL
from app.services.seeding.catalogue import delivered_categories

T = TypeVar("T")
commands = typer.Typer(help="Train and measure the suggestion of categories.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV, XLSX or JSON lines with a column of labels.", exists=True)]
Label = Annotated[str, typer.Option(help="Column of the labels: category codes, or classes of --mapping.")]
Text = Annotated[str, typer.Option(help="Column of the text; common names are found by themselves.")]
Title = Annotated[str, typer.Option(help="Column of the title.")]
MappingFile = Annotated[
    Path | None, typer.Option(help="CSV with label,category_prefix: which categories a class of yours covers.")
]
Delivered = Annotated[bool, typer.Option(help="Use the delivered catalogue; no installation is needed.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="classify")


@commands.command("train")
def train_model(
    labels: Annotated[Path | None, typer.Option(help="A file of labelled messages to learn from as well.")] = None,
    label: Label = "label",
    text: Text = "",
    title: Title = "",
    mapping: MappingFile = None,
    delivered: Delivered = False,
    output: Annotated[Path | None, typer.Option(help="Write the model here and use nothing.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Learn from our corpus, the catalogue's examples, the city's corrections and, if given, a labelled file.

    The model is written into the data directory and taken up by all processes of this machine at once; `hotline classify
    reset` goes back. Compare `before` and the new figures: a few labels, or a crude mapping, can make it worse. Takes one to
    two minutes.
    Example: hotline classify train --labels labelled.csv --label 一级标签 --mapping topics.csv
    """
    columns = _columns(label, text, title)
    before: dict[str, Any] = {}
    if delivered:
        material = _material(delivered_categories(), labels, columns, mapping, [])
        target = output or DELIVERED
        model = _with_status(lambda say: train(material, say))
        write_model(target, model)
    else:
        target, model, before = with_installation(lambda here: _train_here(here, labels, columns, mapping, output))
    outcome = {"model": str(target), "bytes": target.stat().st_size, **_short(model.about)}
    report({**outcome, "before": before} if before else outcome, as_json=as_json)


@commands.command("evaluate")
def evaluate(
    file: File,
    label: Label = "label",
    text: Text = "",
    title: Title = "",
    mapping: MappingFile = None,
    folds: Annotated[
        int, typer.Option(min=0, max=20, help="Learn the labels too, all but one part, and measure on that part.")
    ] = 0,
    model: Annotated[Path | None, typer.Option(help="Another model than the one in use.", exists=True)] = None,
    delivered: Delivered = False,
    as_json: JsonFlag = False,
) -> None:
    """Hold suggestions against labels: macro-F1, Top-1 and 3, calibration, coverage and precision, confusions, worst.

    Example: hotline classify evaluate labelled.csv --label topic --mapping topics.csv --folds 5
    """
    columns = _columns(label, text, title)
    if delivered:
        found = _evaluate(
            _material(delivered_categories(), file, columns, mapping, []),
            folds,
            _chosen(model) or read_model(DELIVERED),
        )
    else:

        async def work(here: Installation) -> dict[str, Any]:
            chosen = _chosen(model) or load(here.settings.data_dir)
            material = _material(dict(here.reference.now.categories), file, columns, mapping, [])
            return await asyncio.to_thread(_evaluate, material, folds, chosen)

        found = with_installation(work)
    if as_json:
        report(found, as_json=True)
    else:
        tables.show(console, found)


@commands.command("show")
def show(as_json: JsonFlag = False) -> None:
    """Say which model is in use, what it learnt from, how it did, and which categories it does not know."""

    async def work(here: Installation) -> dict[str, Any]:
        classifier = here.reference.now.classifier
        path = model_in_use(here.settings.data_dir)
        return {"model": str(path), **_short(classifier.model.about), "untrained": classifier.untrained}

    report(with_installation(work), as_json=as_json)


@commands.command("reset")
def reset(as_json: JsonFlag = False) -> None:
    """Take the delivered model again; the city's own is kept beside it as classifier.npz.old."""

    async def work(here: Installation) -> dict[str, Any]:
        own = here.settings.data_dir / NAME
        if not own.exists():
            raise CommandError("The delivered model is in use already.")
        own.replace(own.with_suffix(".npz.old"))
        await _ring(here)
        return {"model": str(DELIVERED)}

    report(with_installation(work), as_json=as_json)


async def _ring(here: Installation) -> None:
    """Tell all processes that the model has changed."""
    async with here.database.connection() as connection:
        await connection.execute("SELECT pg_notify($1, 'classifier')", CHANNEL)


async def _train_here(
    here: Installation, labels: Path | None, columns: dict[str, str], mapping: Path | None, output: Path | None
) -> tuple[Path, Any, dict[str, Any]]:
    async with here.database.connection() as connection:
        corrected = await corrected_samples(connection, now())
    material = _material(dict(here.reference.now.categories), labels, columns, mapping, corrected)
    target = output or here.settings.data_dir / NAME
    before = _short(here.reference.now.classifier.model.about)
    model = await asyncio.to_thread(_with_status, lambda say: train(material, say))
    write_model(target, model)
    if not output:
        await _ring(here)
    return target, model, before


def _evaluate(material: Material, folds: int, model: Any) -> dict[str, Any]:
    if folds == 1:
        raise CommandError("One part leaves nothing to learn from; give --folds 2 or more, or 0.")
    if folds:
        return _with_status(lambda say: measure_in_parts(material, folds, say))
    return _with_status(lambda say: measure(model, material, say))


def _chosen(path: Path | None) -> LinearModel | None:
    try:
        return read_model(path) if path else None
    except ModelError as error:
        raise CommandError(str(error)) from None


def _with_status(work: Callable[[Say], T]) -> T:
    try:
        with notes.status("") as status:
            return work(status.update)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _material(
    categories: dict[str, Category],
    file: Path | None,
    columns: dict[str, str],
    mapping: Path | None,
    more: list[Sample],
) -> Material:
    try:
        groups = read_groups(mapping, categories.values()) if mapping else {}
        labels = read_labels(file, columns, categories, groups) if file else []
    except (FileError, OSError) as error:
        raise CommandError(str(error)) from None
    return Material(categories, [*more, *labels], groups)


def _columns(label: str, text: str, title: str) -> dict[str, str]:
    return {field: name for field, name in {"category_code": label, "text": text, "title": title}.items() if name}


def _short(about: dict[str, Any]) -> dict[str, Any]:
    unseen = {key: value for key, value in about.get("unseen", {}).items() if key != "curve"}
    return {**{key: value for key, value in about.items() if key != "unseen"}, **unseen}
