"""The cursor contract of the feed: in commit order, at least once, never a gap, and idle waiting is free."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from app.core.listener import Listener
from app.domain.actors import SYSTEM
from app.services.feed.hub import Hub
from app.services.feed.position import Position, from_cursor
from app.services.feed.rows import read_news
from support.api import Api
from support.feed import Reader, poll, seen
from support.lives import ABOVE, STRANGER, UNIT, Life, live
from support.statements import attach

HANDLER = f"unit-{UNIT}"
EVENT = """
INSERT INTO event (at, kind, request_id, seq, actor_kind, actor, request_state, payload)
SELECT now(), 'request.supplemented', id, $2, 'system', 'system', state, '{}' FROM service_request WHERE ticket_no = $1
"""


async def test_beginning_latest_limit_and_going_on(api: Api) -> None:
    lives = [await live(api, "in progress") for _ in range(3)]
    await Reader(api, "auditor").step(wait=5)
    whole = await Reader(api, "auditor").drain()
    mine = [life.ticket_no for life in lives]
    assert [e[2] for e in whole if e[0] == mine[0]] == ["request.received", "request.dispatched", "work_order.accepted"]
    for limit in (1, 2, 7):
        assert await Reader(api, "auditor", limit=limit).drain() == whole
    latest = await poll(api, "auditor", "latest")
    assert latest["items"] == []
    assert (await poll(api, "auditor", latest["next_cursor"]))["items"] == []
    again = await live(api, "received")
    assert seen(await poll(api, "auditor", latest["next_cursor"], wait=5)) == [(again.ticket_no, 1, "request.received")]
    page = await poll(api, "auditor", limit=200)
    middle = page["items"][3]["cursor"]
    assert seen(await poll(api, "auditor", middle))[: len(whole) - 4] == whole[4:]
    assert seen(await poll(api, "auditor", middle)) == seen(await poll(api, "auditor", middle)), (
        "a cursor may be reused"
    )


async def test_an_item_shows_the_order_as_its_unit_may_see_it(api: Api) -> None:
    latest = (await poll(api, HANDLER, "latest"))["next_cursor"]
    life = await live(api, "assigned")
    item = (await poll(api, HANDLER, latest, wait=5))["items"][0]
    assert item["work_order"]["work_order_no"] == life.order_no
    assert item["work_order"]["unit"]["code"] == UNIT
    assert {"cursor", "kind", "at", "work_order"} <= item.keys()


async def test_units_see_their_own_orders_and_those_below_them(api: Api) -> None:
    life = await live(api, "in progress")
    await api.step("operator", f"requests/{life.ticket_no}/supplements", text="补充。")
    await Reader(api, "auditor").step(wait=1)
    for who, sees in ((HANDLER, True), (f"unit-{ABOVE}", True), (f"unit-{STRANGER}", False)):
        kinds = [kind for ticket, _, kind in await Reader(api, who).drain() if ticket == life.ticket_no]
        expected = ["request.dispatched", "work_order.accepted", "request.supplemented"]
        assert kinds == (expected if sees else []), who
    assert (await api.as_().get("/v1/feed")).status_code == 401


async def test_waiting_ends_with_the_first_news_or_with_the_time(api: Api) -> None:
    cursor = (await poll(api, HANDLER, "latest"))["next_cursor"]
    started = time.monotonic()
    assert (await poll(api, HANDLER, cursor, wait=0.4))["items"] == []
    assert 0.35 < time.monotonic() - started < 3
    waiting = asyncio.create_task(poll(api, HANDLER, cursor, wait=30))
    await asyncio.sleep(0.1)
    await live(api, "received")  # news, but not for this unit
    await asyncio.sleep(0.1)
    assert not waiting.done()
    life = await live(api, "assigned")
    page = await asyncio.wait_for(waiting, 5)
    assert seen(page) == [(life.ticket_no, 2, "request.dispatched")]


@pytest.mark.parametrize("cursor", ["abc", "1-2", "1--1-2", "1-99999999999999999999-1", "0x1-1-1", " ", "1-1-1-1"])
async def test_what_is_no_cursor_is_refused(api: Api, cursor: str) -> None:
    answer = await api.as_("auditor").get("/v1/feed", params={"after": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cursor")
    assert answer.json()["errors"][0]["pointer"] == "/query/after"


async def test_a_cursor_from_before_a_restore_is_refused(api: Api) -> None:
    epoch, rest = (await poll(api, "auditor", "latest"))["next_cursor"].split("-", 1)
    answer = await api.as_("auditor").get("/v1/feed", params={"after": f"{int(epoch) + 1}-{rest}"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cursor-epoch")


async def late_event(api: Api, life: Life, seq: int) -> tuple[asyncpg.Connection, Any]:
    """A transaction that has written an event and takes its time to commit."""
    connection = await asyncpg.connect(api.here.database.dsn)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(EVENT, life.ticket_no, seq)
    return connection, transaction


@pytest.mark.parametrize("after", ["", "latest"], ids=["from the database", "from memory"])
async def test_what_commits_late_is_not_missed(api: Api, after: str) -> None:
    old, cursor = await live(api, "received"), after
    if after == "latest":
        await Reader(api, "auditor").step(wait=1)
        cursor = (await poll(api, "auditor", "latest"))["next_cursor"]
    early, patient = Reader(api, "auditor", after=cursor, limit=3), Reader(api, "auditor", after=cursor, wait=0.2)
    connection, transaction = await late_event(api, old, 2)
    try:
        others = [await live(api, "received") for _ in range(3)]
        for _ in range(3):
            await early.drain()
            await patient.step()
        hidden = {life.ticket_no for life in others}
        assert not any(ticket in hidden for ticket, *_ in early.events + patient.events), "a gap would have opened"
        await transaction.commit()
    finally:
        await connection.close()
    deadline = time.monotonic() + 5
    while len(patient.events) < len(early.events) + 4 and time.monotonic() < deadline:
        await patient.step(wait=1)
    await early.drain()
    expected = [(old.ticket_no, 2, "request.supplemented")] + [(o.ticket_no, 1, "request.received") for o in others]
    assert early.events[-4:] == patient.events[-4:] == expected
    assert early.events == patient.events
    assert len(set(early.events)) == len(early.events)


async def test_a_request_that_is_hidden_leaves_the_memory_although_an_older_transaction_runs(api: Api) -> None:
    """The event that says so has to wait for its turn; who is shut out may not read on meanwhile."""
    other, cursor = await live(api, "received"), (await poll(api, HANDLER, "latest"))["next_cursor"]
    life = await live(api, "assigned")
    await api.step("dispatcher", f"requests/{life.ticket_no}/dispatch", unit_code=STRANGER)
    await Reader(api, "auditor").step(wait=1)

    async def shown() -> bool:
        return life.ticket_no in {ticket for ticket, *_ in seen(await poll(api, HANDLER, cursor))}

    assert await shown()
    assert api.app.state.hub.covers(from_cursor(api.app.state.hub.epoch, cursor)), "it is read from memory"
    connection, _ = await late_event(api, other, 2)
    try:
        await api.step("discipline", f"requests/{life.ticket_no}/shield", unit_codes=[UNIT], reason="应当回避。")
        async with asyncio.timeout(2):
            while await shown():
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_what_was_read_before_a_request_was_hidden_is_read_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bell may ring between the statement and the moment when its rows are put into memory."""
    hub: Hub = api.app.state.hub
    cursor, rung = (await poll(api, HANDLER, "latest"))["next_cursor"], asyncio.Event()

    async def slow_news(connection: Any, position: Position, limit: int) -> Any:
        found = await read_news(connection, position, limit)
        if found[0] and found[0][-1]["e_kind"] == "request.dispatched" and not rung.is_set():
            shut = "UPDATE service_request SET accused_units = $2 WHERE id = $1"
            async with api.here.database.connection() as second:
                await second.execute(shut, found[0][-1]["request_id"], [UNIT])
            await asyncio.sleep(0.2)
            rung.set()
        return found

    monkeypatch.setattr("app.services.feed.hub.read_news", slow_news)
    life = await live(api, "assigned")
    await asyncio.wait_for(rung.wait(), 5)
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while len(found) < 2:
            items = (await poll(api, "auditor", cursor, wait=1))["items"]
            found = [item for item in items if item["ticket_no"] == life.ticket_no]
            await asyncio.sleep(0.02)
    cursor = found[0]["cursor"]
    assert hub.covers(from_cursor(hub.epoch, cursor))
    assert seen(await poll(api, HANDLER, cursor)) == []


async def test_a_reader_that_heard_nothing_while_it_was_cut_off_catches_up(api: Api) -> None:
    """What was committed unheard, above a transaction that still ran, is served once that one has ended."""
    old = await live(api, "received")
    hub = Hub(api.here.database)
    await hub.open()
    listener = Listener(api.here.database.dsn)
    hub.follow(listener)
    connection, transaction = await late_event(api, old, 2)
    try:
        unheard = await live(api, "received")
        listener.start()
        await asyncio.sleep(0.3)
        await transaction.rollback()
        for _ in range(100):
            if hub.head.id < 2**62:
                break
            await asyncio.sleep(0.02)
        assert [row["ticket_no"] for row in hub.after(Position(0, 0), SYSTEM, 10)] == [unheard.ticket_no]
    finally:
        await connection.close()
        await listener.stop()
        await hub.close()


async def test_fifty_waiting_clients_cost_no_statement_and_one_connection(api: Api) -> None:
    await Reader(api, "auditor").step(wait=1)
    statements = await attach(api)
    cursor = (await poll(api, HANDLER, "latest"))["next_cursor"]
    await asyncio.sleep(0.5)  # the last ring is over
    async with asyncio.timeout(20):
        clients = [asyncio.create_task(poll(api, HANDLER, cursor, wait=3)) for _ in range(50)]
        await asyncio.sleep(0.3)
        statements.seen.clear()
        inspector = await asyncpg.connect(api.here.database.dsn)
        listening = await inspector.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        await inspector.close()
        pages = await asyncio.gather(*clients)
    assert statements.seen == []
    assert listening == 1
    assert all(page["items"] == [] for page in pages)
