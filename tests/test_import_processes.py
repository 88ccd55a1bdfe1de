"""`hotline import` with several processes: an ended run leaves whole chunks, and no file is too long for its memory."""

import asyncio
import csv
import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from conftest import KEYS

from app.core.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from app.services.installation import DATABASE_NAME
from app.services.intake.bulk.chunk import CHUNK
from support.service import COMMAND, environment, eventually, run

ROWS = 4 * CHUNK + 200
LONG = 12 * CHUNK
"""Rows of which some are left when an import is interrupted soon after its first."""


def write_rows(path: Path, rows: int, text: str, **columns: str) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", *columns])
        writer.writerows([f"K-{n}", text, *columns.values()] for n in range(rows))
    return path


def start(path: Path, url: str, folder: Path, failed: Path | None = None, **options: Any) -> "subprocess.Popen[str]":
    given = environment(database_url=url, data_dir=folder, secret_keys=KEYS)
    command = [*COMMAND, "import", str(path), "--processes", "2", "--json"]
    command += ["--failed", str(failed)] if failed else []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **options}
    return subprocess.Popen(command, env=given, text=True, **pipes)


def figures(told: dict[str, Any]) -> tuple[int, ...]:
    """What an import says of its rows."""
    return tuple(told[name] for name in ("read", "filed", "already", "failed", "left"))


def outcome(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, _ = process.communicate(timeout=240)
    return json.loads(said.splitlines()[-1])


async def fetch(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_killed_import_leaves_whole_chunks_and_a_second_run_files_the_rest(
    database_copy: str, workspace: Path, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "rows.csv", ROWS, "楼道灯不亮，请物业修理。")
    filed = "SELECT count(*) FROM service_request WHERE external_ref LIKE 'rows:%'"
    process = start(path, database_copy, workspace)
    with process:
        while not await fetch(database_copy, filed):
            assert process.poll() is None
            await asyncio.sleep(0.02)
        family = psutil.Process(process.pid).children()
        process.kill()
    assert len(family) == 2
    eventually(lambda: not any(member.is_running() for member in family))
    left = await fetch(database_copy, filed)
    assert left > 0
    assert left % CHUNK in (0, ROWS % CHUNK), "a chunk was filed in part"
    again = outcome(start(path, database_copy, workspace))
    assert figures(again) == (ROWS, ROWS - left, left, 0, 0)
    once = "SELECT count(*) = count(DISTINCT external_ref) FROM service_request WHERE external_ref LIKE 'rows:%'"
    assert await fetch(database_copy, filed) == ROWS
    assert await fetch(database_copy, once)
    untold = """
        SELECT count(*) FROM service_request r
        WHERE version <> (SELECT count(*) FROM event e WHERE e.request_id = r.id)
            OR orders_opened <> (SELECT count(*) FROM work_order o WHERE o.request_id = r.id)"""
    assert await fetch(database_copy, untold) == 0


async def test_ctrl_c_lets_chunks_in_hand_be_filed_before_the_embedded_database_ends(
    workspace: Path, tmp_path: Path
) -> None:
    folder, path = workspace / "interrupted", write_rows(tmp_path / "rows.csv", LONG, "楼道灯不亮，请物业修理。")
    for command in (["migrate"], ["seed", "--demo"]):
        assert (await asyncio.to_thread(run, *command, data_dir=folder)).returncode == 0
    command = [*COMMAND, "import", str(path), "--processes", "2", "--json"]
    filed = "SELECT count(*) FROM service_request WHERE external_ref LIKE 'rows:%'"
    server = EmbeddedPostgres(folder / "postgres")  # looked at only: who joins it would keep it alive
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            command, env=environment(data_dir=folder), stdout=said, stderr=said, start_new_session=True
        )
        try:
            while not await count_if_there(server, filed):
                assert process.poll() is None
                await asyncio.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            assert await asyncio.to_thread(process.wait, 30) == 130
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    said_last = (tmp_path / "said").read_text()
    assert "Traceback" not in said_last
    stopped = json.loads(next(line for line in said_last.splitlines() if line.startswith('{"read"')))
    assert not server.describe()["running"]
    again = await asyncio.to_thread(run, *command[len(COMMAND) :], data_dir=folder, timeout=240)
    told = json.loads(again.stdout.splitlines()[-1])
    left = told["already"]
    assert 0 < left < LONG
    assert figures(stopped) == (LONG, left, 0, 0, LONG - left)
    assert left % CHUNK == 0, "a chunk was filed in part"
    assert figures(told) == (LONG, LONG - left, left, 0, 0)
    with server:
        assert await fetch(server.dsn(DATABASE_NAME), filed) == LONG


async def test_a_terminated_import_says_what_it_did(database_copy: str, workspace: Path, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "ended.csv", LONG, "楼道灯不亮，请物业修理。")
    filed = "SELECT count(*) FROM service_request WHERE external_ref LIKE 'ended:%'"
    process = start(path, database_copy, workspace, start_new_session=True)
    while not await fetch(database_copy, filed):
        assert process.poll() is None
        await asyncio.sleep(0.02)
    os.killpg(process.pid, signal.SIGTERM)  # as a service manager does: to all of its processes
    told = await asyncio.to_thread(outcome, process)
    done = await fetch(database_copy, filed)
    assert process.returncode == 130
    assert 0 < done < LONG
    assert figures(told) == (LONG, done, 0, 0, LONG - done)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_a_stopped_import_goes_on_with_another_file_of_failed_rows(
    database_copy: str, workspace: Path, tmp_path: Path, number: signal.Signals
) -> None:
    name, failed = f"stopped-{number}", tmp_path / "failed.csv"
    path = write_rows(tmp_path / f"{name}.csv", LONG, "楼道灯不亮，请物业修理。")
    filed = f"SELECT count(*) FROM service_request WHERE external_ref LIKE '{name}:%'"
    path.write_text(path.read_text().replace("K-0,", "K-bad,\nK-0,", 1))
    process = start(path, database_copy, workspace, failed=failed, stderr=subprocess.PIPE)
    while not await fetch(database_copy, filed):
        assert process.poll() is None
        await asyncio.sleep(0.02)
    process.send_signal(number)
    _, said = await asyncio.to_thread(process.communicate, timeout=60)
    stopped = failed.read_text(encoding="utf-8-sig")
    instead = f"--failed {tmp_path / 'failed-2.csv'}"
    if number == signal.SIGINT:
        assert f"run the same command again, but with {instead}" in said
        assert stopped.splitlines()[1].endswith(",K-bad,")
    again = start(path, database_copy, workspace, failed=failed, stderr=subprocess.PIPE)
    _, said = await asyncio.to_thread(again.communicate, timeout=60)
    assert again.returncode == 1
    assert said.splitlines()[-1].endswith(f"run the command with {instead}")
    told = await asyncio.to_thread(outcome, start(path, database_copy, workspace, failed=tmp_path / "failed-2.csv"))
    assert figures(told) == (LONG + 1, LONG - told["already"], told["already"], 1, 0)
    assert (tmp_path / "failed-2.csv").read_text(encoding="utf-8-sig").splitlines()[1].endswith(",K-bad,")
    assert failed.read_text(encoding="utf-8-sig") == stopped


async def test_a_lost_process_ends_the_import_with_a_sentence(
    database_copy: str, workspace: Path, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "lost.csv", LONG, "楼道灯不亮，请物业修理。")
    process = start(path, database_copy, workspace, stderr=subprocess.PIPE)
    while not await fetch(database_copy, "SELECT count(*) FROM service_request WHERE external_ref LIKE 'lost:%'"):
        assert process.poll() is None
        await asyncio.sleep(0.02)
    psutil.Process(process.pid).children()[0].kill()
    _, said = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "Run the import again for the rows that are left." in said


async def count_if_there(server: EmbeddedPostgres, query: str) -> int:
    """The count; none while the server is starting."""
    with suppress(OSError, asyncpg.PostgresError, EmbeddedPostgresError):
        return await fetch(server.dsn(DATABASE_NAME), query)
    return 0


def peak(process: "subprocess.Popen[str]") -> int:
    """Most bytes that the process and its children held at a time."""
    most = 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(process.pid)
            family = [parent, *parent.children()]
            most = max(most, sum(member.memory_info().rss for member in family))
        time.sleep(0.2)
    return most


def test_memory_does_not_grow_with_the_file(database_copy: str, workspace: Path, tmp_path: Path) -> None:
    peaks, sizes = [], []
    for rows in (2_100, 10_100):
        path = write_rows(tmp_path / f"{rows}.csv", rows, "路灯坏了。" * 1_000, kind="none")
        process = start(path, database_copy, workspace)
        with process:
            peaks.append(peak(process))
            assert outcome(process)["failed"] == rows
        sizes.append(path.stat().st_size)
    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 2
