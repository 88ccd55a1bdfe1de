"""`hotline doctor`: explains the environment, a line a fact, with what to do where something is wrong."""

import asyncio
from dataclasses import asdict

import typer

from app.cli.base import JsonFlag, report
from app.core.embedded_postgres import EmbeddedPostgresError
from app.core.logging import configure_logging
from app.services.diagnosis.database import look_at_database
from app.services.diagnosis.environment import look_at_embedded, look_at_machine
from app.services.diagnosis.finding import Finding, Level, fail
from app.services.installation import database_url
from app.settings import Settings, SettingsError, get_settings

_COLOUR = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: JsonFlag = False) -> None:
    """Look at the machine, the settings and the database; exit 1 when something keeps the hotline from working."""
    findings = diagnose()
    worst = max((finding.level for finding in findings), key=list(Level).index)
    if as_json:
        report({"level": worst, "findings": [asdict(finding) for finding in findings]}, as_json=True)
    else:
        for finding in findings:
            _print(finding)
    if worst is Level.FAIL:
        raise typer.Exit(1)


def diagnose() -> list[Finding]:
    """All findings; looks only, except that an embedded server that is at rest is woken up for a moment."""
    try:
        settings = get_settings()
    except SettingsError as error:
        return [fail("settings", line, "Correct or unset it.") for line in str(error).splitlines()]
    configure_logging("error", settings.log_format)
    findings = look_at_machine(settings)
    if not settings.database_url:
        finding, exists = look_at_embedded(settings)
        findings.append(finding)
        if not exists:
            return findings
    return [*findings, *_look_into(settings)]


def _look_into(settings: Settings) -> list[Finding]:
    try:
        with database_url(settings) as url:
            return asyncio.run(look_at_database(url, settings))
    except EmbeddedPostgresError as error:
        return [fail("database", str(error), "Repair that, or set HOTLINE_DATABASE_URL.")]


def _print(finding: Finding) -> None:
    typer.secho(f"{finding.level:<5}", fg=_COLOUR[finding.level], nl=False)
    typer.echo(f" {finding.subject}: {finding.fact}")
    if finding.advice:
        typer.echo(f"      → {finding.advice}")
