"""`hotline gazetteer`: a city's own areas and places as files, what an address is read as, and how well that goes."""

import csv
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.base import CommandError, JsonFlag, console, console_for, notes, report, with_installation
from app.cli.identity import COMMAND_LINE
from app.cli.progress import progress_bar
from app.domain.understanding import PlaceMatch, normalise
from app.services.gazetteer.evaluation import Verdict, judge, read_cases, summary
from app.services.gazetteer.files import AREAS, PLACES, GazetteerFile, read_gazetteer_file
from app.services.gazetteer.importing import FaultyFileError, check_gazetteer, export_gazetteer, import_gazetteer
from app.services.installation import Installation
from app.services.intake.tables import FileError

SHOWN_FAULTS = 50
LISTED_FAULTS = 1_000
gazetteer = typer.Typer(no_args_is_help=True, help="Areas and places: import, export, try out, evaluate.")
File = Annotated[Path, typer.Argument(help="A CSV file.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(gazetteer, name="gazetteer")


@gazetteer.command("import")
def import_file(
    file: File,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong and write nothing.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring in FILE, areas or places by its header: every line, or none when one is wrong.

    Areas: code,name,level,parent_code,aliases,lat,lon,boundary,active. Places: name,kind,area_code,aliases,numbers,
    lat,lon. Aliases and house numbers are separated by semicolons; a boundary is GeoJSON. The same file twice changes
    nothing; columns that it lacks, and rows that it does not name, stay as they are.
    """
    said = console_for(as_json=as_json)
    with progress_bar() as progress:
        task = progress.add_task("Reading", total=None)
        try:
            opened = read_gazetteer_file(file, lambda: progress.advance(task))
        except FileError as error:
            raise CommandError(str(error)) from None
    if opened.unused:
        said.print(f"Columns that are not imported: {', '.join(opened.unused)}", markup=False)
    outcome = with_installation(lambda here: _import(here, opened, check=check))
    for fault in opened.faults[:SHOWN_FAULTS]:
        where = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
        said.print(f"{where}: {fault.message} ({fault.message_en})", style="yellow", markup=False)
    if len(opened.faults) > SHOWN_FAULTS:
        said.print(f"… and {len(opened.faults) - SHOWN_FAULTS} more", style="yellow")
    if as_json:
        outcome["faults"] = [asdict(fault) for fault in opened.faults[:LISTED_FAULTS]]
    report(outcome, as_json=as_json)
    if opened.faults:
        raise typer.Exit(1)


async def _import(here: Installation, opened: GazetteerFile, *, check: bool) -> dict[str, Any]:
    counts = {"read": len(opened.rows), "added": 0, "changed": 0, "already": 0}
    if check:
        await check_gazetteer(here, opened)
    else:
        try:
            counts = await import_gazetteer(here, COMMAND_LINE, opened)
        except FaultyFileError:
            notes.print("Nothing was written: every line has to be right.", style="yellow")
    return {"kind": opened.kind.name, **counts, "faulty": len({fault.line for fault in opened.faults})}


@gazetteer.command("export")
def export_file(
    kind: Annotated[str, typer.Argument(help="areas or places.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file; standard output unless given.")] = None,
) -> None:
    """Write all areas or places as a CSV that `gazetteer import` takes. Example: hotline gazetteer export places"""
    exported = {AREAS.name: AREAS, PLACES.name: PLACES}.get(kind)
    if exported is None:
        raise typer.BadParameter("write areas or places")
    rows = with_installation(lambda here: export_gazetteer(here, kind))
    if out is None:
        _write(sys.stdout, list(exported.columns), rows)
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            _write(file, list(exported.columns), rows)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from None
    report({"kind": kind, "written": len(rows)}, as_json=False)


def _write(file: Any, columns: list[str], rows: list[dict[str, Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else value


@gazetteer.command("find")
def find_address(
    address: Annotated[str, typer.Argument(help="An address as a citizen says it.")],
    text: Annotated[str, typer.Option(help="What else the citizen says.")] = "",
    at: Annotated[str, typer.Option(help="LAT,LON of a point on the map.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Say which area an address means, why, and what else it could be.

    Example: hotline gazetteer find "人民东路88号" --at 31.198,105.612
    """
    point = _point(at)

    async def find(here: Installation) -> dict[str, Any]:
        known = here.reference.now
        return _view(known.gazetteer.locate(address, normalise(text), point), known.names.area)

    found = with_installation(find)
    if not as_json:
        found["alternatives"] = {
            item["area_code"]: f"{item['area_name']} ({item['why']})" for item in found["alternatives"]
        }
    report(found, as_json=as_json)


def _point(at: str) -> tuple[float, float] | None:
    if not at:
        return None
    try:
        lat, lon = (float(part) for part in at.replace("，", ",").split(","))
    except ValueError:
        raise typer.BadParameter("write --at LAT,LON, e.g. --at 31.198,105.612") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise typer.BadParameter("LAT lies between -90 and 90, LON between -180 and 180")
    return lat, lon


def _view(match: PlaceMatch, area_name: Any) -> dict[str, Any]:
    return {
        "area_code": match.area_code,
        "area_name": area_name(match.area_code),
        "confidence": match.confidence,
        "evidence": list(match.evidence),
        "outside_city": match.outside,
        "alternatives": [
            {"area_code": choice.code, "area_name": " ".join(choice.names), "why": choice.why}
            for choice in match.alternatives
        ],
    }


@gazetteer.command("evaluate")
def evaluate(file: File, as_json: JsonFlag = False) -> None:
    """Read the addresses of FILE and count how many are understood.

    Columns: address, text, expected (a 12-digit code, none, or ask with the codes to offer), held_out (optional).
    """
    try:
        cases = list(read_cases(file))
    except FileError as error:
        raise CommandError(str(error)) from None

    async def work(here: Installation) -> list[Verdict]:
        known = here.reference.now.gazetteer
        with progress_bar() as progress:
            return [judge(known, case) for case in progress.track(cases, description="Reading")]

    verdicts = with_installation(work)
    outcome: dict[str, Any] = dict(summary(verdicts))
    missed = [verdict for verdict in verdicts if verdict.outcome != "right"]
    if as_json:
        outcome["not_right"] = [_told(verdict) for verdict in missed]
    else:
        for verdict in missed:
            console.print(
                " ".join(f"{name}={value}" for name, value in _told(verdict).items()), style="yellow", markup=False
            )
    report(outcome, as_json=as_json)


def _told(verdict: Verdict) -> dict[str, Any]:
    case, match = verdict.case, verdict.match
    return {
        "line": case.line,
        "address": case.address,
        "text": case.text,
        "expected": case.expected,
        "outcome": verdict.outcome,
        "found": match.area_code,
        "offered": [choice.code for choice in match.alternatives],
    }
