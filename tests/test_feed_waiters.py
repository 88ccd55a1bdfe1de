"""Waiting in the feed: one future and one timer each, woken together, and only by what one may see."""

import asyncio
from typing import Any, cast

import httpx

from app.core.database import Row
from app.domain.actors import SYSTEM, Actor, ActorKind
from app.domain.permissions import Permission
from app.services.feed.waiters import Waiters
from support.api import Api
from support.feed import poll
from support.lives import STRANGER, UNIT, live
from support.statements import attach

READS = frozenset({Permission.REQUEST_READ})


def unit(code: str) -> Actor:
    return Actor(ActorKind.USER, f"unit-{code}", READS, unit_code=code, units=(code,), above=(code,))


def event(unit_code: str, *, restricted: bool = False, accused: tuple[str, ...] = ()) -> Row:
    return cast(Row, {"e_unit_code": unit_code, "restricted": restricted, "accused_units": list(accused)})


async def waiting(waiters: Waiters, *actors: Actor, timeout: float = 30) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(waiters.wait(actor, timeout)) for actor in actors]
    await asyncio.sleep(0)
    return tasks


async def test_only_those_are_woken_who_may_see_it() -> None:
    waiters = Waiters()
    tasks = await waiting(waiters, unit("a"), unit("b"), unit("a"), SYSTEM)
    waiters.tell([event("a")])
    await asyncio.sleep(0.01)
    assert [task.done() for task in tasks] == [True, False, True, True]
    waiters.tell([event("b", accused=("b",))])
    await asyncio.sleep(0.01)
    assert not tasks[1].done(), "who is shut out hears nothing"
    waiters.dismiss()
    assert await asyncio.gather(*tasks) == [True, False, True, True]


async def test_all_are_woken_in_one_turn_in_the_order_they_came() -> None:
    waiters, woken = Waiters(), []

    async def client(number: int) -> None:
        await waiters.wait(unit("a"), 30)
        woken.append(number)

    tasks = [asyncio.create_task(client(number)) for number in range(1000)]
    await asyncio.sleep(0)
    waiters.tell([event("a")])
    await asyncio.sleep(0)
    assert woken == list(range(1000))
    await asyncio.gather(*tasks)


async def test_the_time_is_up() -> None:
    waiters = Waiters()
    assert await waiters.wait(unit("a"), 0.01) is False
    (task,) = await waiting(waiters, unit("a"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    waiters.tell([event("a")])  # nobody is left


async def test_one_event_is_read_once_for_all_who_wait(api: Api) -> None:
    handler = f"unit-{UNIT}"
    life = await live(api, "in progress")
    statements = await attach(api)
    cursor = (await poll(api, handler, "latest"))["next_cursor"]
    await asyncio.sleep(0.3)
    clients = [asyncio.create_task(poll(api, handler, cursor, wait=20)) for _ in range(40)]
    await asyncio.sleep(0.5)
    statements.seen.clear()
    await api.step(handler, life.path("work_order", "progress"), text="正在处理。")
    pages: list[dict[str, Any]] = await asyncio.gather(*clients)
    reads = [query for _, query, _ in statements.seen if "FROM event" in query and query.startswith("SELECT")]
    assert len(reads) <= 3, reads
    assert all(page == pages[0] for page in pages)
    assert [item["kind"] for item in pages[0]["items"]] == ["work_order.progressed"]


async def test_the_cursor_moves_over_what_is_for_others(api: Api) -> None:
    cursor = (await poll(api, f"unit-{STRANGER}", "latest"))["next_cursor"]
    waiting = asyncio.create_task(poll(api, f"unit-{STRANGER}", cursor, wait=2))
    await asyncio.sleep(0.2)
    await live(api, "assigned")
    page = await waiting
    assert page["items"] == []
    assert page["next_cursor"] != cursor
    assert (await poll(api, "auditor", page["next_cursor"]))["items"] == []


async def test_a_poll_that_waits_does_not_outlive_its_callers_rights(api: Api) -> None:
    """Rights may be taken within half a minute of waiting: what comes then is for others."""
    admin, form = api.as_("admin"), {"display_name": "只看", "password": "correct horse", "roles": ["looker"]}
    role = {"code": "looker", "name": "只看", "permissions": ["request.read", "request.read_all"]}
    assert (await admin.post("/v1/roles", json=role)).status_code == 201
    for name in ("first", "second"):
        assert (await admin.post("/v1/users", json={"username": name, **form})).status_code == 201
    waiting = {name: asyncio.create_task(ask(api, name, wait=20)) for name in ("first", "second")}
    await asyncio.sleep(0.3)
    assert (await admin.patch("/v1/users/first", json={"active": False})).status_code == 200
    changed = await admin.patch("/v1/roles/looker", json={"permissions": ["catalogue.read"]})
    assert changed.status_code == 200, changed.text
    await live(api, "assigned")
    told = {name: await task for name, task in waiting.items()}
    assert {name: (answer.status_code, answer.json()["code"]) for name, answer in told.items()} == {
        "first": (401, "unauthenticated"),
        "second": (403, "forbidden"),
    }


async def ask(api: Api, who: str, **params: Any) -> httpx.Response:
    return await api.as_(who).get("/v1/feed", params={"after": "latest", **params})
