"""The worker: everything that happens by itself because time passes, each in a loop of its own.

Loops are independent: an outage or a mistake in one slows that one down and leaves the others alone. All work
is safe to be done by several workers at once and to be cut off at any point.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from app.core.clock import now
from app.core.database import UNAVAILABLE
from app.core.listener import Listener
from app.domain.messages import MessageChannel
from app.services.attachments.tidy import tidy_files
from app.services.clusters.watch import watch
from app.services.due_steps import take_due_steps
from app.services.housekeeping import clean_up
from app.services.installation import Installation, database_url_async, follow_keys, open_installation
from app.services.messages.consume import consume
from app.services.messages.send import send_due
from app.services.metrics import WORKER_RUNS, keep_sampling
from app.services.opinion.consider import consider
from app.services.routing.ringing import RING_SECONDS, ring_for_lessons
from app.services.sweep import sweep
from app.settings import Settings
from app.worker.webhooks import TICK_SECONDS, Deliveries

log = structlog.get_logger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STOP_SECONDS = 5.0
"""How long a loop may go on with what it has begun; then its transaction is rolled back."""
DUE_SECONDS, HOUSEKEEPING_SECONDS = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Loop:
    """Work to be done every `seconds`; it returns how many things it did."""

    name: str
    seconds: float
    work: Callable[[Installation, datetime], Awaitable[int]]


def loops(settings: Settings) -> tuple[Loop, ...]:
    """All that the worker does."""
    return (
        Loop("clocks", settings.sweep_seconds, sweep),
        Loop("due", DUE_SECONDS, take_due_steps),
        Loop("housekeeping", HOUSEKEEPING_SECONDS, clean_up),
        Loop("files", HOUSEKEEPING_SECONDS, tidy_files),
        Loop("lessons", RING_SECONDS, ring_for_lessons),
        Loop("messages", settings.sweep_seconds, consume),
        *([Loop("second-opinion", settings.sweep_seconds, consider)] if settings.second_opinion_url else []),
        Loop("clusters", settings.cluster_seconds, watch),
        *(Loop(f"messages-{way}", settings.sweep_seconds, partial(send_due, channel=way)) for way in MessageChannel),
    )


async def run_worker(settings: Settings, stop: asyncio.Event, when_ready: Callable[[], None]) -> None:
    """Work until `stop` is set; raises what `open_installation` raises."""
    async with database_url_async(settings) as url, open_installation(url, settings) as here:
        listener = Listener(url)
        here.reference.follow(listener)
        deliveries = Deliveries(here, listener)
        follow_keys(listener, here.keys)
        listener.start()
        sampling = asyncio.create_task(keep_sampling(here.database), name="pool-figures")
        when_ready()
        try:
            await run_loops(here, (*loops(settings), Loop("webhooks", TICK_SECONDS, deliveries.tick)), stop)
        finally:
            sampling.cancel()
            await deliveries.close()
            await here.reference.stop()
            await listener.stop()


async def run_loops(
    here: Installation, every: Sequence[Loop], stop: asyncio.Event, grace: float = STOP_SECONDS
) -> None:
    """Run all loops until `stop`; whoever is still busy `grace` seconds later is cut off."""
    tasks = [asyncio.create_task(_repeat(here, loop, stop), name=loop.name) for loop in every]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(tasks, timeout=grace)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)


async def _repeat(here: Installation, loop: Loop, stop: asyncio.Event) -> None:
    failures = 0
    while not stop.is_set():
        failures = 0 if await _run_once(here, loop) else failures + 1
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE) if failures else loop.seconds
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            continue


async def _run_once(here: Installation, loop: Loop) -> bool:
    """One run; False when it failed and should come again with more patience."""
    try:
        done = await loop.work(here, now())
    except UNAVAILABLE as error:
        log.warning("worker.unavailable", loop=loop.name, error=type(error).__name__)
        outcome = "unavailable"
    except Exception:
        # A mistake of ours in one loop must stop neither that loop for good nor the others.
        log.exception("worker.failed", loop=loop.name)
        outcome = "failed"
    else:
        outcome = "done"
        if done:
            log.info("worker.done", loop=loop.name, count=done)
    WORKER_RUNS.labels(loop.name, outcome).inc()
    return outcome == "done"
