"""`hotline doctor`: what it finds in order, what it finds wrong, and that it says what to do."""

import asyncio
import json
import socket
from pathlib import Path

import asyncpg
import pytest
from conftest import KEYS, settings_for

from app.core.embedded_postgres import EmbeddedPostgres
from app.core.security import KeyRing
from app.services.classifier.model_file import DELIVERED, NAME
from app.services.diagnosis.database import look_at_database
from app.services.diagnosis.environment import look_at_embedded, look_at_machine
from app.services.diagnosis.finding import Finding, Level
from app.services.installation import head_revision
from support.service import run


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


async def change(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def test_a_sound_installation(database_copy: str, workspace: Path) -> None:
    done = run("doctor", "--json", database_url=database_copy, data_dir=workspace, secret_keys=KEYS)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    levels = {finding["subject"]: finding["level"] for finding in outcome["findings"]}
    expected = ("Python", "platform", "user", "settings", "data folder", "database", "clocks", "schema", "secret keys")
    assert {levels[subject] for subject in expected} == {"ok"}
    assert "fail" not in levels.values()
    assert KEYS not in done.stdout
    assert database_copy.partition("@")[0] not in done.stdout


async def test_nothing_there_yet_is_no_failure_and_nothing_is_made(workspace: Path) -> None:
    folder = workspace / "nothing-yet"
    done = run("doctor", data_dir=folder)
    assert done.returncode == 0, done.stderr
    assert "Run `hotline migrate` to create it." in done.stdout
    assert not folder.exists()


async def test_wrong_settings_are_the_finding() -> None:
    done = run("doctor", port="x")
    assert done.returncode == 1
    assert "fail  settings: HOTLINE_PORT" in done.stdout


async def test_an_unreachable_database(workspace: Path) -> None:
    url = "postgresql://me:geheim@127.0.0.1:1/nowhere"
    found = await look_at_database(url, settings_for(url, workspace))
    assert [finding.level for finding in found] == [Level.FAIL]
    assert "geheim" not in found[0].fact


async def test_an_empty_database(postgres: EmbeddedPostgres, workspace: Path) -> None:
    await change(postgres.dsn("postgres"), "CREATE DATABASE doctor_empty TEMPLATE template0")
    url = postgres.dsn("doctor_empty")
    found = by_subject(await look_at_database(url, settings_for(url, workspace)))
    assert found["schema"].advice == "Run `hotline migrate`."
    assert found["schema"].level is Level.FAIL


async def test_a_database_of_another_version(database_copy: str, workspace: Path) -> None:
    await change(database_copy, "UPDATE alembic_version SET version_num = 'tomorrow'")
    try:
        found = by_subject(await look_at_database(database_copy, settings_for(database_copy, workspace)))["schema"]
        assert (found.level, "'tomorrow'" in found.fact) == (Level.FAIL, True)
        assert "Start that one" in found.advice
        for command in ("migrate", "demo", "serve"):
            options = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "port": "0"}
            done = await asyncio.to_thread(run, command, **options)
            assert done.returncode == 1
            assert "is at schema 'tomorrow', which this version of the hotline does not know" in done.stderr
            assert "Traceback" not in done.stderr
    finally:
        await change(database_copy, f"UPDATE alembic_version SET version_num = '{head_revision()}'")


async def test_a_replica_that_is_none(database_copy: str, workspace: Path) -> None:
    settings = settings_for(database_copy, workspace, replica_url=database_copy)
    found = by_subject(await look_at_database(database_copy, settings))["replica"]
    assert (found.level, found.fact) == (Level.WARN, "is reachable, but no replica: not used")
    settings = settings_for(database_copy, workspace, replica_url="postgresql://me:geheim@127.0.0.1:1/nowhere")
    found = by_subject(await look_at_database(database_copy, settings))["replica"]
    assert found.level is Level.WARN
    assert found.fact.startswith("cannot be reached (")
    assert "The primary serves all reads meanwhile" in found.advice
    assert "geheim" not in str(found)
    assert "replica" not in by_subject(await look_at_database(database_copy, settings_for(database_copy, workspace)))


async def test_other_keys(database_copy: str, workspace: Path) -> None:
    settings = settings_for(database_copy, workspace, secret_keys=KeyRing.new_key())
    assert by_subject(await look_at_database(database_copy, settings))["secret keys"].level is Level.FAIL
    settings = settings_for(database_copy, workspace / "elsewhere", secret_keys="")
    assert "missing" in by_subject(await look_at_database(database_copy, settings))["secret keys"].fact
    assert not (workspace / "elsewhere").exists()
    settings = settings_for(database_copy, workspace, secret_keys="k1:short")
    assert "cannot be read" in by_subject(await look_at_database(database_copy, settings))["secret keys"].fact


@pytest.mark.parametrize(
    ("statement", "subject", "level"),
    [
        ("DELETE FROM sla_policy WHERE kind IS NULL AND urgency IS NULL", "time limits", Level.FAIL),
        ("DELETE FROM routing_rule", "units and rules", Level.WARN),
        ("UPDATE user_account SET active = false WHERE username = 'admin'", "administrator", Level.FAIL),
        ("DELETE FROM calendar_day WHERE day > date_trunc('year', now()) + '1 year'", "calendar", Level.WARN),
        ("DELETE FROM calendar_day", "calendar", Level.FAIL),
    ],
)
async def test_missing_content(database_copy: str, workspace: Path, statement: str, subject: str, level: Level) -> None:
    await change(database_copy, statement)
    finding = by_subject(await look_at_database(database_copy, settings_for(database_copy, workspace)))[subject]
    assert (finding.level, bool(finding.advice)) == (level, True)


async def test_a_port_in_use_is_told_with_its_user(workspace: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_for("", workspace, port=taken.getsockname()[1])
        finding = by_subject(look_at_machine(settings))["port"]
    assert finding.level is Level.WARN
    assert "in use" in finding.fact


async def test_a_data_folder_that_is_a_file(workspace: Path) -> None:
    settings = settings_for("", workspace / "file")
    (workspace / "file").touch()
    assert by_subject(look_at_machine(settings))["data folder"].level is Level.FAIL


async def test_a_broken_classifier_of_the_city_is_told(workspace: Path) -> None:
    settings = settings_for("", workspace / "city")
    settings.data_dir.mkdir()
    assert "classifier" not in by_subject(look_at_machine(settings))
    path = settings.data_dir / NAME
    path.write_bytes(b"half a mod")
    finding = by_subject(look_at_machine(settings))["classifier"]
    assert finding.level is Level.WARN
    assert "Delete the file" in finding.advice
    assert "hotline classify train" in finding.advice
    path.write_bytes(DELIVERED.read_bytes())
    assert by_subject(look_at_machine(settings))["classifier"].level is Level.OK


async def test_the_embedded_server_is_looked_at_and_left_alone(workspace: Path) -> None:
    finding, exists = look_at_embedded(settings_for("", workspace))
    assert exists
    assert "running" in finding.fact
