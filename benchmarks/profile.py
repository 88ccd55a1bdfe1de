"""Shows where a call's time goes: the service alone under load, with its profiler on."""

import asyncio
import io
import pstats
import signal
from pathlib import Path

from benchmarks.client import drive
from benchmarks.measure import Plan, Scenario
from benchmarks.site import Site

SHOWN = 45


async def profile(site: Site, scenario: Scenario, plan: Plan, path: Path) -> str:
    """Drive the service with one call and return its profile, dearest first: by own time, then with what is called."""
    if not scenario.prepare:
        return f"{scenario.name} is not driven call by call and cannot be profiled."
    ready = await scenario.prepare(site, plan)
    await drive(site.service_port, ready.service, connections=plan.connections, seconds=plan.warm)
    path.unlink(missing_ok=True)
    site.service.send_signal(signal.SIGUSR1)
    sample = await drive(site.service_port, ready.service, connections=plan.connections, seconds=plan.seconds)
    site.service.send_signal(signal.SIGUSR2)
    while not path.exists() or not path.stat().st_size:
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.3)
    told = io.StringIO()
    figures = pstats.Stats(str(path), stream=told)
    figures.strip_dirs().sort_stats("tottime").print_stats(SHOWN).sort_stats("cumulative").print_stats(SHOWN)
    return f"{scenario.name}: {len(sample.latencies)} calls, {sample.errors} errors\n{told.getvalue()}"
