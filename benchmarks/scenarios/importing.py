"""Importing a file by `hotline import`, beside COPY of the same final rows.

What the command takes to start is measured with a file of one row and taken off.
"""

import asyncio
import csv
import io
import itertools
import json
import os
import sys
import time
from dataclasses import dataclass

import psutil

from benchmarks.figures import Row
from benchmarks.floor.schema import columns_of
from benchmarks.measure import COUNT, FORGET, Plan, Scenario
from benchmarks.processes import cpu_below, spent
from benchmarks.scenarios.intake import TEXTS
from benchmarks.site import Site

ROWS_A_SECOND = 300
"""Rows of the file for each second of the plan."""
TABLES = ("service_request", "work_order", "event", "request_key")
_files = itertools.count(1)


@dataclass(frozen=True)
class Import:
    """What an import took: seconds, processor seconds of it and of the database, statements, greatest memory."""

    source: str
    filed: int
    seconds: float
    cpu_s: float
    db_cpu_s: float
    statements: int
    peak_mb: float
    said: str


async def _import(site: Site, rows: int) -> Import:
    source = f"bench{os.getpid()}x{next(_files)}"
    path = site.folder / f"{source}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "external_ref", "name", "phone", "address"])
        for n in range(rows):
            text, address = TEXTS[n % len(TEXTS)]
            writer.writerow([f"{text}第{n}次反映。", n, "张建国", f"136{n:08d}", address])
    command = [sys.executable, "-m", "app.cli", "import", str(path), "--source", source, "--json"]
    await site.admin.execute(FORGET)
    databases, began = cpu_below(site.postgres), time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **site.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    watching = asyncio.create_task(_watch(process.pid))
    output, errors = await process.communicate()
    seconds = time.perf_counter() - began
    cpu_s, peak_mb = await watching
    used = spent(databases, cpu_below(site.postgres))
    filed = json.loads(output.splitlines()[-1])["filed"] if process.returncode == 0 else 0
    count = await site.admin.fetchval(COUNT)
    return Import(source, filed, seconds, cpu_s, used, count, peak_mb, errors.decode()[-500:])


async def _watch(pid: int) -> tuple[float, float]:
    """Processor seconds and greatest memory of a process, looked up until it has gone."""
    cpu_s = peak = 0.0
    while True:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            cpu_s, peak = max(cpu_s, times.user + times.system), max(peak, process.memory_info().rss / 2**20)
            if process.status() == psutil.STATUS_ZOMBIE:
                return cpu_s, peak
        except psutil.NoSuchProcess:
            return cpu_s, peak
        await asyncio.sleep(0.05)


async def _copy(site: Site, source: str) -> float:
    """Seconds that PostgreSQL takes to COPY the rows of an import into the floor's tables, in one transaction."""
    found = {}
    chosen = f"(SELECT id FROM public.service_request WHERE external_ref LIKE '{source}:%')"
    for table in TABLES:
        names = list(await columns_of(site.admin, table))
        of = "id" if table == "service_request" else "request_id"
        buffer = io.BytesIO()
        query = f"SELECT {', '.join(names)} FROM public.{table} WHERE {of} IN {chosen}"
        await site.admin.copy_from_query(query, output=buffer)
        found[table] = names, buffer
    began = time.perf_counter()
    async with site.admin.transaction():
        for table, (names, buffer) in found.items():
            buffer.seek(0)
            await site.admin.copy_to_table(table, source=buffer, columns=names, schema_name="floor")
    return time.perf_counter() - began


async def _run(site: Site, plan: Plan, name: str) -> Row:
    rows = max(20, int(plan.seconds * ROWS_A_SECOND))
    start = await _import(site, 1)
    done = await _import(site, rows)
    row = Row(name, errors=1 - start.filed + rows - done.filed)
    seconds = done.seconds - start.seconds
    if row.errors or seconds <= 0:
        row.errors, row.why = row.errors or 1, done.said or start.said
        return row
    copied = await _copy(site, done.source)
    row.rps, row.floor_rps = round(rows / seconds, 1), round(rows / copied, 1)
    row.cpu_ms = round((done.cpu_s - start.cpu_s) / rows * 1000, 3)
    row.db_cpu_ms = round((done.db_cpu_s - start.db_cpu_s) / rows * 1000, 3)
    row.statements = round((done.statements - start.statements) / rows, 2)
    row.ratio_to_floor = round(copied / seconds, 4)
    row.more = {"peak_mb": round(done.peak_mb, 1), "rows": rows, "start_seconds": round(start.seconds, 2)}
    return row


SCENARIOS = [Scenario("import", run=_run)]
