"""`hotline routing`: why a text goes where, what the rules are worth, from which confidence on the machine dispatches."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.base import CommandError, JsonFlag, console, report, with_installation
from app.cli.forms import faults, filled
from app.cli.identity import COMMAND_LINE
from app.cli.judged_file import read_judged_file
from app.core.clock import now
from app.domain.catalogue import RequestKind
from app.domain.errors import InvalidError
from app.schemas.routing import ExplainForm
from app.services.installation import Installation
from app.services.routing import thresholds as setting
from app.services.routing.explaining import explain_text
from app.services.routing.reporting import routing_report

routing = typer.Typer(no_args_is_help=True, help="Rules, lessons and thresholds by which requests are dispatched.")
SinceOption = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(routing, name="routing")


@routing.command()
def explain(
    text: Annotated[str, typer.Argument(help="What a citizen might say.")],
    address: Annotated[str | None, typer.Option(help="Address, as the seat would write it.")] = None,
    kind: Annotated[RequestKind | None, typer.Option(help="Kind; read from the text unless given.")] = None,
    area: Annotated[str | None, typer.Option(help="12-digit area code.")] = None,
    category: Annotated[str | None, typer.Option(help="Category code, as if the seat gave it.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the whole way from a text to a unit; saves nothing. Example: hotline routing explain 东湖花园南门外的路灯坏了"""
    form = filled(ExplainForm, text=text, address=address, kind=kind, area_code=area, category_code=category)

    async def work(here: Installation) -> dict[str, Any]:
        try:
            return explain_text(here, form)
        except InvalidError as error:
            raise CommandError(faults(error)) from None

    found = with_installation(work)
    if as_json:
        report(found, as_json=True)
    else:
        _print_explanation(found)


def _print_explanation(found: dict[str, Any]) -> None:
    read = found["classification"]
    candidates = [read, *read["alternatives"]] if read["category_code"] else []
    _print_table(
        "Category", ("code", "category", "confidence", "words"),
        [(c["category_code"], " / ".join(c["category_path"]), c["confidence"], "、".join(c["evidence"])) for c in candidates],
    )  # fmt: skip
    console.print(
        f"Kind: {found['kind']} ({'、'.join(read['kind_evidence']) or '–'}). Place: {read['area_name'] or '–'}."
    )
    _print_table(
        "Rules in the order they are looked at", ("rule", "category", "area", "kind", "unit", "result"),
        [_considered(seen) for seen in found["rules"]],
    )  # fmt: skip
    _print_table(
        "Units", ("unit", "confidence", "reason"),
        [(route["unit"]["name"], route["confidence"], route["reason"]) for route in found["suggested_units"]],
    )  # fmt: skip
    for lesson in found["lessons"]:
        console.print(f"Lesson ({lesson['state']}): {lesson['reason']}")
    console.print(f"Confidence {found['confidence']}, threshold {found['threshold']}.")
    if found["dispatched"]:
        console.print(f"[green]Dispatched by machine to {found['unit']['name']}.[/green]")
    else:
        console.print(f"[yellow]Left to a dispatcher: {'；'.join(o['message'] for o in found['obstacles'])}。[/yellow]")


def _considered(seen: dict[str, Any]) -> tuple[Any, ...]:
    rule, unit = seen["rule"], seen["unit"]
    named = unit["name"] if unit else (rule or {}).get("area_unit")
    if rule is None:
        return ("–", "村级事务", "", "", named, seen["message"])
    return (
        rule["id"], rule["category_prefix"] or "*", rule["area_prefix"] or "*", rule["kind"] or "*", named or rule["unit_code"], seen["message"],
    )  # fmt: skip


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    console.print(table)


@routing.command("report")
def show_report(since: SinceOption = None, as_json: JsonFlag = False) -> None:
    """Rules never hit, that cannot hit, at odds or to closed units; categories without a rule; where matters come back."""

    async def work(here: Installation) -> dict[str, Any]:
        try:
            return await routing_report(here, since.date() if since else None, now())
        except InvalidError as error:
            raise CommandError("; ".join(fault.en for fault in error.errors)) from None

    found = with_installation(work)
    if as_json:
        report(found, as_json=True)
        return
    console.print(f"{found['rules']} rules, {found['from']:%Y-%m-%d} to {found['to']:%Y-%m-%d}")
    for title, name in (("Never hit", "never_hit"), ("To closed units", "closed_units")):
        _print_table(title, ("rule",), [(_rule(rule),) for rule in found[name]])
    _print_table(
        "Cannot hit", ("rule", "covered by"),
        [(_rule(row["rule"]), "; ".join([*map(_rule, row["by"]), *(["村级事务"] if row["village_affair"] else [])])) for row in found["covered"]],
    )  # fmt: skip
    _print_table(
        "At odds", ("wins", "narrower in place or kind"),
        [(_rule(row["first"]), _rule(row["second"])) for row in found["crossing"]],
    )  # fmt: skip
    bare = [(row["category_code"], " / ".join(row["category_path"])) for row in found["categories_without_rule"]]
    _print_table("Categories without a rule", ("code", "category"), bare)
    _print_table("Come back", ("category", "unit", "matters", "came back", "share", "ended with"), [
        (" / ".join(row["category_path"]), row["unit"]["name"], row["cases"], row["came_back"], row["share"],
         "、".join(f"{end['unit']['name']} {end['cases']}" for end in row["endings"]))
        for row in found["returns"]
    ])  # fmt: skip
    for lesson in found["lessons"]:
        console.print(f"Lesson {lesson['id']}: {lesson['reason']}")


def _rule(rule: dict[str, Any]) -> str:
    where = f"{rule['category_prefix'] or '*'} × {rule['area_prefix'] or '*'} × {rule['kind'] or '*'}"
    return f"{rule['id']}: {where} → {rule['unit_code'] or rule['area_unit']}"


@routing.command()
def thresholds(
    target: Annotated[float, typer.Option(min=0.5, max=0.999, help="Precision to be kept.")] = 0.95,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", exists=True, dir_okay=False, help="CSV of category,confidence,correct instead of the database."
        ),
    ] = None,
    since: SinceOption = None,
    minimum: Annotated[
        int, typer.Option(min=1, help="Cases below which all categories are taken together.")
    ] = setting.MINIMUM,
    apply: Annotated[bool, typer.Option("--apply", help="Write them to the first-level categories.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Take them all away: the setting holds again.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """From which confidence on suggestions keep a target precision, by first-level category."""
    if apply and clear:
        raise typer.BadParameter("choose one of --apply and --clear")
    judged = read_judged_file(source) if source else None

    async def work(here: Installation) -> dict[str, Any]:
        if clear:
            return {"cleared": await setting.clear(here, COMMAND_LINE)}
        begin = since.replace(tzinfo=here.settings.zone) if since else now() - timedelta(days=365)
        reference = here.reference.now
        rows = setting.propose(
            reference, judged if judged is not None else await setting.read_judged(here, begin), target, minimum
        )
        changed = await setting.apply(here, COMMAND_LINE, rows) if apply else 0
        return {"target": target, "changed": changed, "rows": setting.rows_view(reference, rows)}

    found = with_installation(work)
    if as_json or clear:
        report(found, as_json=as_json)
        return
    columns = ("category", "cases", "threshold", "precision", "precision_at_least", "coverage")
    rows = [[row[name] for name in columns] + ["together" if row["pooled"] else "own"] for row in found["rows"]]
    _print_table(f"Thresholds that keep {target:.1%}", (*columns, "cases of"), rows)
    console.print(f"{found['changed']} categories changed." if apply else "Nothing written; use --apply.")
