"""What PostgreSQL itself allows: pgbench runs the floor's SQL without any server of ours between."""

import asyncio
import re
import subprocess
from dataclasses import dataclass

from app.core.embedded_postgres.binaries import environment
from benchmarks.site import Site

_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_FAILED = re.compile(r"number of failed transactions: (\d+)")


@dataclass(frozen=True)
class Script:
    """A pgbench script. `calls` is how many calls one run of it makes; `runs` how often each client can run it."""

    text: str
    calls: int = 1
    runs: int = 0


async def tps(site: Site, script: Script, *, connections: int, seconds: float) -> float | None:
    """Calls a second; None when there is no pgbench. A script that says how often it can be run takes its own time."""
    program = site.binaries / "pgbench"
    if not program.exists():
        return None
    path = site.folder / "script.sql"
    path.write_text(script.text)
    length = ["-t", str(script.runs)] if script.runs else ["-T", str(max(1, round(seconds)))]
    dsn = site.dsn + ("&" if "?" in site.dsn else "?") + "options=-csearch_path%3Dfloor%2Cpublic%20-cjit%3Doff"
    common = ["-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-D", "i=0", "-f", str(path), *length]
    done = await asyncio.to_thread(
        subprocess.run,
        [str(program), *common, dsn],
        env=environment(site.binaries, site.folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = done.stdout
    found, failed = _TPS.search(output), _FAILED.search(output)
    if done.returncode or not found or (failed and failed[1] != "0"):
        raise SystemExit(f"pgbench failed:\n{output[-3000:]}\n{script.text[:2000]}")
    return float(found[1]) * script.calls
