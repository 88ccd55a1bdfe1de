"""The worker: alarms, holds that end, cleaning up; and that no failure of one loop reaches another."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from conftest import KEYS, settings_for

from app.core.embedded_postgres import EmbeddedPostgres
from app.services.due_steps import take_due_steps
from app.services.housekeeping import clean_up
from app.services.idempotency import KEEP_DAYS
from app.services.installation import Installation, open_installation
from app.services.metrics import WORKER_RUNS
from app.worker.run import STOP_SECONDS, Loop, run_loops
from support.api import Api
from support.service import eventually, running

NOW = datetime.now(UTC)


@pytest.fixture
def here(api: Api) -> Installation:
    return api.here


def runs(loop: str, outcome: str) -> float:
    return sum(
        sample.value
        for metric in WORKER_RUNS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels == {"loop": loop, "outcome": outcome}
    )


async def run_until(here: Installation, loops: list[Loop], enough: asyncio.Event, grace: float = STOP_SECONDS) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(run_loops(here, loops, stop, grace))
    await asyncio.wait_for(enough.wait(), 20)
    stop.set()
    await asyncio.wait_for(task, STOP_SECONDS + 5)


async def test_a_loop_that_fails_is_counted_retried_and_alone(here: Installation) -> None:
    enough, good = asyncio.Event(), []

    async def broken(_here: Installation, _at: datetime) -> int:
        raise RuntimeError("a mistake")

    async def cut_off(_here: Installation, _at: datetime) -> int:
        raise ConnectionResetError

    async def fine(_here: Installation, _at: datetime) -> int:
        good.append(1)
        if len(good) > 20 and runs("broken", "failed") >= 2 and runs("cut_off", "unavailable") >= 2:
            enough.set()
        return 0

    await run_until(
        here, [Loop("broken", 0.01, broken), Loop("cut_off", 0.01, cut_off), Loop("fine", 0.05, fine)], enough
    )
    assert runs("fine", "done") == len(good)
    assert runs("broken", "failed") < 10, "a failing loop slows down"


async def test_a_stop_does_not_wait_for_endless_work(here: Installation) -> None:
    begun = asyncio.Event()

    async def endless(_here: Installation, _at: datetime) -> int:
        begun.set()
        await asyncio.sleep(3600)
        return 0

    await run_until(here, [Loop("endless", 1, endless)], begun, grace=0.2)


async def on_hold(api: Api, days: int) -> str:
    filed = await api.file()
    order, unit = filed["dispatch"]["work_order_no"], f"unit-{filed['dispatch']['unit']['code']}"
    await api.step(unit, f"work-orders/{order}/accept")
    review = (datetime.now(UTC).astimezone(api.here.settings.zone) + timedelta(days=days)).date()
    ticket = filed["ticket_no"]
    await api.step("supervisor", f"requests/{ticket}/hold", review_on=str(review), reason="须待施工季")
    return ticket


async def state(api: Api, ticket: str) -> str:
    return (await api.as_("dispatcher").get(f"/v1/requests/{ticket}")).json()["state"]


async def test_holds_end_on_their_review_date_in_the_citys_zone(api: Api) -> None:
    soon, later = await on_hold(api, 2), await on_hold(api, 30)
    midnight = datetime.combine(
        datetime.now(UTC).astimezone(api.here.settings.zone).date() + timedelta(days=2),
        datetime.min.time(),
        api.here.settings.zone,
    )
    assert await take_due_steps(api.here, midnight - timedelta(seconds=1)) == 0
    assert await take_due_steps(api.here, midnight) == 1
    assert await take_due_steps(api.here, midnight) == 0
    assert [await state(api, soon), await state(api, later)] == ["in_progress", "on_hold"]
    timeline = (await api.as_("dispatcher").get(f"/v1/requests/{soon}/timeline")).json()["items"]
    assert [item["kind"] for item in timeline].count("request.resumed") == 1


async def test_two_workers_resume_each_request_once(api: Api) -> None:
    tickets = [await on_hold(api, 3) for _ in range(4)]
    at = datetime.now(UTC) + timedelta(days=4)
    assert sum(await asyncio.gather(take_due_steps(api.here, at), take_due_steps(api.here, at))) == 4
    assert {await state(api, ticket) for ticket in tickets} == {"in_progress"}


async def test_cleaning_takes_what_is_old_and_leaves_the_rest(here: Installation) -> None:
    old, fresh = NOW - timedelta(days=KEEP_DAYS, minutes=1), NOW - timedelta(days=KEEP_DAYS - 1)
    async with here.database.connection() as connection:
        await connection.execute("DELETE FROM throttle")
        for key, at in (("old", old), ("fresh", fresh)):
            await connection.execute("INSERT INTO idempotency_key VALUES ('s', $1, '', 201, '', $2)", key, at)
        await connection.execute("INSERT INTO throttle VALUES ('a', $1, 1), ('b', $2, 1)", NOW - timedelta(days=2), NOW)
        assert await clean_up(here, NOW) == 2
        assert await clean_up(here, NOW) == 0
        assert await connection.fetchval("SELECT string_agg(key, '') FROM idempotency_key WHERE scope = 's'") == "fresh"
        assert await connection.fetchval("SELECT string_agg(bucket, '') FROM throttle") == "b"


@pytest.fixture
async def outsider(database_copy: str, workspace: Path) -> AsyncIterator[Installation]:
    """An installation of its own, whose connections are about to be cut."""
    async with open_installation(database_copy, settings_for(database_copy, workspace)) as installation:
        yield installation


async def test_the_work_goes_on_after_an_outage(outsider: Installation, postgres: EmbeddedPostgres) -> None:
    enough = asyncio.Event()

    async def ask(here: Installation, _at: datetime) -> int:
        async with here.database.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pg_backend_pid())" if not enough.is_set() else "SELECT 1"
            )
        return 0

    async def watch(_here: Installation, _at: datetime) -> int:
        if runs("cut", "unavailable") >= 1:
            enough.set()
        return 0

    stop = asyncio.Event()
    task = asyncio.create_task(run_loops(outsider, [Loop("cut", 0.05, ask), Loop("watch", 0.05, watch)], stop))
    await asyncio.wait_for(enough.wait(), 20)
    async with asyncio.timeout(20):
        while runs("cut", "done") < 2:
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_the_worker_process_raises_alarms_and_stops_when_told(
    api: Api, database_copy: str, workspace: Path
) -> None:
    ticket = (await api.file())["ticket_no"]
    connection = await asyncpg.connect(database_copy)
    # As if it had been filed long ago: the limit to accept has passed, and nobody has looked since.
    await connection.execute(
        """
        UPDATE work_order SET accept_soon_at = now() - interval '2 h', accept_due_at = now() - interval '1 h',
            alarmed_until = now() - interval '3 h'
        WHERE request_id = (SELECT id FROM service_request WHERE ticket_no = $1)
        """,
        ticket,
    )
    await connection.close()
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "sweep_seconds": "0.1"}
    loop = asyncio.get_running_loop()

    def work() -> int:
        with running("worker", log=workspace / "worker.log", **given) as worker:
            assert worker.output == ["hotline: worker running\n"]
            eventually(lambda: '"loop": "clocks"' in worker.log())
            return worker.stop(signal.SIGTERM)

    assert await loop.run_in_executor(None, work) == 0
    timeline = (await api.as_("dispatcher").get(f"/v1/requests/{ticket}/timeline")).json()["items"]
    assert [item["kind"] for item in timeline if "due" in item["kind"]], timeline
