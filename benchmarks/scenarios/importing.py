"""Importing a file by `hotline import`, beside COPY of the same final rows.

What the command and its processes take to start is measured with a file of one chunk for each of them, and taken off: what
is told is how fast a long file goes. The database's processes end with the command, so their time cannot be told.
"""

import asyncio
import csv
import io
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.services.intake.bulk.chunk import CHUNK
from app.services.intake.bulk.workers import cores
from benchmarks.figures import Row
from benchmarks.floor.schema import columns_of
from benchmarks.measure import COUNT, FORGET, Plan, Scenario
from benchmarks.scenarios.intake import corpus
from benchmarks.site import Site

ROWS_A_SECOND = 1000
"""Rows of the file for each second of the plan, besides those that start it."""
START = CHUNK * cores()
TABLES = ("service_request", "work_order", "event", "request_key")
_files = itertools.count(1)


@dataclass(frozen=True)
class Import:
    """What an import took: seconds, processor seconds, statements, greatest memory."""

    source: str
    filed: int
    seconds: float
    cpu_s: float
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
            text = corpus()[n % len(corpus())]
            writer.writerow([f"{text}第{n}次反映。", n, "张建国", f"136{n:08d}", "清河佳苑南门"])
    command = [sys.executable, "-m", "app.cli", "import", str(path), "--source", source, "--json"]
    await site.admin.execute(FORGET)
    began = time.perf_counter()
    ended = await asyncio.to_thread(_run_to_end, command, {**os.environ, **site.environment}, path)
    seconds = time.perf_counter() - began
    code, output, errors, usage = ended
    filed = json.loads(output.splitlines()[-1])["filed"] if code == 0 else 0
    count = await site.admin.fetchval(COUNT)
    cpu_s, peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return Import(source, filed, seconds, cpu_s, count, peak_mb, errors[-500:])


def _run_to_end(
    command: list[str], environment: dict[str, str], beside: Path
) -> tuple[int, str, str, resource.struct_rusage]:
    """Exit code, output, errors and what the kernel counted."""
    out, err = beside.with_suffix(".out"), beside.with_suffix(".err")
    with (
        out.open("w") as output,
        err.open("w") as errors,
        subprocess.Popen(command, env=environment, stdout=output, stderr=errors) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, out.read_text(), err.read_text(), usage


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
    rows = int(plan.seconds * ROWS_A_SECOND)
    start = await _import(site, START)
    done = await _import(site, START + rows)
    row = Row(name, errors=START - start.filed + START + rows - done.filed)
    if row.errors:
        row.why = done.said or start.said
        return row
    seconds = done.seconds - start.seconds
    copied = (START + rows) / await _copy(site, done.source)
    row.rps, row.floor_rps = round(rows / seconds, 1), round(copied, 1)
    row.cpu_ms = round((done.cpu_s - start.cpu_s) / rows * 1000, 3)
    row.statements = round((done.statements - start.statements) / rows, 2)
    row.ratio_to_floor = round(row.rps / copied, 4)
    row.more = {"peak_mb": round(done.peak_mb, 1), "rows": START + rows, "start_seconds": round(start.seconds, 2)}
    return row


SCENARIOS = [Scenario("import", run=_run)]
