"""Several workers, killed at any moment: one serves a webhook at a time, another takes over, nothing is missing."""

import asyncio
import signal
import time
from pathlib import Path

from conftest import KEYS, settings_for

from support.api import Api
from support.feed import Reader
from support.receiver import Message, hang, receiving
from support.service import running
from support.webhooks import drop, hook, update, working

EVENTS = 120


async def filed(api: Api, after: str) -> list[tuple[str, int, str]]:
    """What should have come, from the feed itself."""
    await asyncio.sleep(0.2)
    return await Reader(api, "auditor", after=after).drain()


async def slowly(_message: Message) -> int:
    await asyncio.sleep(0.02)
    return 204


def without_repeats(events: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    return list(dict.fromkeys(events))


async def test_two_workers_never_serve_the_same_webhook_at_once(api: Api, database_copy: str, workspace: Path) -> None:
    settings = settings_for(database_copy, workspace, webhook_timeout=1.0)
    async with receiving(slowly) as receiver, receiving(slowly) as other:
        made = [await hook(api, receiver), await hook(api, other)]
        async with working(settings), working(settings), working(settings):
            for _ in range(EVENTS // 4):
                await api.file()
            expected = await filed(api, made[0]["position"])
            await receiver.until(len(expected))
            await other.until(len(expected))
        assert receiver.events == other.events == expected
        assert (receiver.most_at_once, other.most_at_once) == (1, 1)
        await drop(api, *made)


COPIES = """
INSERT INTO webhook (name, url, user_id, events, state, secret, position)
SELECT name, url, user_id, events, state, secret, position FROM webhook, generate_series(2, $2) WHERE id = $1
"""


async def test_many_hanging_receivers_leave_room_for_a_good_one(api: Api, database_copy: str, workspace: Path) -> None:
    """More of them than there are places, each for ten seconds: the good one waits for none of these."""
    late: list[float] = []
    async with receiving() as good, receiving(hang) as dead:
        made = await hook(api, dead, events=["request.received"])
        async with api.here.database.connection() as connection:
            await connection.execute(COPIES, made["id"], 70)
        await hook(api, good, events=["request.received"])
        async with working(settings_for(database_copy, workspace, webhook_timeout=10.0)):
            await asyncio.sleep(2)
            for count in range(1, 7):
                started = time.monotonic()
                await api.file()
                await good.until(count)
                late.append(time.monotonic() - started)
            assert len(dead.seen) == 70
            async with api.here.database.connection() as connection:
                await connection.execute("DELETE FROM webhook")
    assert max(late) < 4, late
    assert sorted(late)[3] < 1, late


async def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(
    api: Api, database_copy: str, workspace: Path
) -> None:
    """As after a machine that slept: the lease has gone to somebody else while a call was under way."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_message: Message) -> int:
        begun.set()
        await go_on.wait()
        return 204

    async with receiving(waits) as receiver:
        made = await hook(api, receiver)
        async with working(settings_for(database_copy, workspace, webhook_timeout=20.0)):
            await api.file()
            await asyncio.wait_for(begun.wait(), 10)
            await update(api, made, "leased_by = 'somebody else', leased_until = now() + interval '1 minute'")
            go_on.set()
            await asyncio.sleep(1.5)
            row = (await api.as_("admin").get(f"/v1/webhooks/{made['id']}")).json()
            assert row["position"] == made["position"]
            assert len(receiver.seen) == 1
        await drop(api, made)


async def test_a_killed_worker_is_followed_by_another_and_nothing_is_lost(
    api: Api, database_copy: str, workspace: Path
) -> None:
    given = {
        "database_url": database_copy,
        "data_dir": workspace,
        "secret_keys": KEYS,
        "webhook_allow": "127.0.0.1",
        "webhook_timeout": "1",
    }
    loop = asyncio.get_running_loop()
    begun: asyncio.Future[None] = loop.create_future()
    kills = 0

    async with receiving(slowly) as receiver:
        made = await hook(api, receiver)

        def work_and_die(enough: int) -> None:
            """A real worker process, killed as soon as so many messages were taken."""
            with running("worker", log=workspace / "webhook-worker.log", **given) as worker:
                loop.call_soon_threadsafe(lambda: begun.done() or begun.set_result(None))
                deadline = time.monotonic() + 40
                while len(receiver.taken) < enough and time.monotonic() < deadline:
                    time.sleep(0.005)
                worker.process.send_signal(signal.SIGKILL)
                worker.process.wait(10)

        async def file_all() -> None:
            await begun
            for _ in range(EVENTS // 2):
                await api.file()

        filing = asyncio.create_task(file_all())
        for enough in (10, 40):
            await loop.run_in_executor(None, work_and_die, enough)
            kills += 1
        await filing
        expected = await filed(api, made["position"])
        async with working(settings_for(database_copy, workspace, webhook_timeout=1.0)):
            async with asyncio.timeout(60):
                while len(set(receiver.events)) < len(expected):
                    await asyncio.sleep(0.05)
        assert without_repeats(receiver.events) == expected, "in order, nothing missing"
        assert len(receiver.events) - len(expected) <= kills, "again only what was under way"
        assert receiver.most_at_once == 1
        await drop(api, made)
