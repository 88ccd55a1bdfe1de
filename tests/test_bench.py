"""The judge of the performance table: every scenario runs, the floor writes what the service writes, errors hide figures."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.core.embedded_postgres import EmbeddedPostgres
from app.domain.states import Subject
from app.schemas.forms import FORMS
from benchmarks import bursts, open_loop
from benchmarks.__main__ import chosen, exit_code, prepare_floor, table_of
from benchmarks.client import ask, drive, repeat, shot
from benchmarks.figures import Row, Side, row_of
from benchmarks.measure import Plan
from benchmarks.open_loop import Crowd
from benchmarks.recording import snapshot
from benchmarks.scenarios import SCENARIOS
from benchmarks.scenarios.steps import prepared
from benchmarks.scenarios.ways import STEPS
from benchmarks.site import POSTGRES, Site, open_site
from benchmarks.table import COLUMNS, head

PERFORMANCE = Path(__file__).parent.parent / "docs/performance.md"
TINY = Plan(seconds=0.06, turns=1, connections=2)
FIELDS = {"call", "rps", "p50_ms", "p99_ms", "cpu_ms", "statements", "ratio_to_floor", "errors"}
MEASURED_OTHERWISE = {"import"}
"""Calls without times of single calls."""


@pytest.fixture(scope="module")
async def site(workspace: Path) -> AsyncIterator[Site]:
    folder = workspace / "bench"
    folder.mkdir()
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "postgres", settings={**POSTGRES, "fsync": "off", "synchronous_commit": "off"})
    await asyncio.to_thread(server.start)
    try:
        async with open_site(folder, server, 0, None) as made:
            await prepare_floor(made)
            yield made
    finally:
        await asyncio.to_thread(server.close)


async def test_every_call_has_a_row_with_all_figures(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    rows = await table_of(site, TINY, SCENARIOS, as_json=True)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["call"] for row in printed] == [scenario.name for scenario in SCENARIOS]
    assert {row["call"]: row["why"] for row in printed if row["errors"]} == {}
    for row in printed:
        times = set() if row["call"] in MEASURED_OTHERWISE else {"p50_ms", "p99_ms"}
        wanted = (FIELDS - {"p50_ms", "p99_ms"}) | times
        assert {name for name in wanted if row[name] is None} == set(), row
        assert row.keys() >= FIELDS
    assert exit_code(rows) == 0


async def rows_of(site: Site, schema: str, tickets: list[str]) -> list[dict[str, Any]]:
    """All that is kept of a request in a schema, without numbers and instants of the writing itself."""
    await site.admin.execute(f"SET search_path = {schema}")
    found = await snapshot(site, *tickets)
    await site.admin.execute("RESET search_path")
    own = {"updated_at", "at"}
    return [{"table": key, **{n: v for n, v in row.items() if n not in own}} for key, row in sorted(found.items())]


@pytest.mark.parametrize("name", ["submit", "dispatch elsewhere", "assist", "approve return", "slip, reply", "merge"])
async def test_the_floor_writes_what_the_service_writes(site: Site, name: str) -> None:
    done = await prepared(site, STEPS[name], 1, 0)
    [ticket] = done.stamps.tickets()
    action = done.way.step.split()[2]
    await site.teach("one", [done.change.lock, done.change.write])
    await ask(
        site.service_port,
        shot("POST", f"/{done.place}/{ticket}{done.suffix}/{action}", done.token, done.body(ticket)),
    )
    await ask(site.floor_port, shot("POST", f"/step/one/{ticket}", None, done.body(ticket)))
    tickets = [ticket, done.stamps.master(ticket)] if done.way.followed else [ticket]
    mine, bare = [await rows_of(site, schema, tickets) for schema in ("public", "floor, public")]
    assert [row["table"] for row in bare] == [row["table"] for row in mine]
    for one, other in zip(mine, bare, strict=True):
        differing = {key for key in one if one[key] != other[key] and not key.endswith(("_at", "_until"))}
        assert differing <= {"payload"}, (name, one, other)


async def test_every_step_with_a_form_is_measured() -> None:
    subjects = {
        "order": Subject.WORK_ORDER,
        "help": Subject.WORK_ORDER,
        "slip": Subject.SUPERVISION,
        "ticket": Subject.REQUEST,
    }
    measured = set()
    for way in STEPS.values():
        _, subject, action, *_ = way.step.split()
        measured.add((subjects.get(subject) or Subject(subject), action))
    assert measured == {*FORMS, (Subject.REQUEST, "rating")}


async def test_a_run_with_errors_shows_no_figure() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sample = await drive(port, repeat(lambda: shot("GET", "/")), connections=2, seconds=0.2)
    server.close()
    await server.wait_closed()
    service, floor = Side(), Side()
    service.add(sample, 0.1, 0.1, 5)
    row = row_of("refused", service, floor, 12.0)
    assert row.errors == sample.errors == 2
    assert "503" in row.why
    figures = {"rps", "p50_ms", "p99_ms", "cpu_ms", "db_cpu_ms", "statements", "floor_rps", "ratio_to_floor"}
    assert {name for name in figures if row.as_json()[name] is not None} == set()
    assert exit_code([row]) == 1


def test_a_column_is_called_and_explained_alike_in_the_table_the_help_and_the_document() -> None:
    command = [sys.executable, "-m", "benchmarks", "--help"]
    help_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    document = PERFORMANCE.read_text()
    assert set(COLUMNS) <= Row("any").as_json().keys()
    assert head().split() == ["call", *COLUMNS]
    for name, meaning in COLUMNS.items():
        assert f"  {name:15} {meaning}\n" in help_text
        assert f"| {name} | {meaning} |\n" in document


def test_calls_can_be_chosen_and_listed() -> None:
    assert [scenario.name for scenario in chosen(["lookup 30", "preview"])] == ["preview", "public lookup 304"]
    command = [sys.executable, "-m", "benchmarks", "--list", "--only", "lookup 30"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert listed == "public lookup 304\n"


@pytest.mark.parametrize("call", ["intake", "desk list of 50", "public lookup"])
async def test_a_burst_has_all_figures(site: Site, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "GIVE_UP_SECONDS", 20.0)
    given = argparse.Namespace(seconds=0.4, times=3.0, connections=40)
    row = await bursts.measured(site.service_port, (await bursts.offers(site.service_port))[call], given)
    assert set(row) == set(bursts.COLUMNS)
    assert row["errors"] == 0
    assert row["accepted"] > 0


async def test_a_burst_counts_who_gets_no_answer() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        crowd = Crowd(server.sockets[0].getsockname()[1])
        await crowd.connect(2)
        for _ in range(2):
            crowd.arrive(shot("GET", "/"), 0.0)
        async with asyncio.timeout(20):
            while crowd.burst.errors < 2:
                await asyncio.sleep(0.01)
        crowd.leave()
    assert crowd.burst.errors == 2
    assert crowd.burst.first_error == "connection lost"
