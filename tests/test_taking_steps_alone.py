"""A step that was thought out while nothing was held writes all of itself or nothing, however the request has changed."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.states import Subject
from app.schemas import centre_steps, steps
from app.schemas.step_form import Empty
from app.services.authentication import actor_of
from app.services.workflow.door import Command, consider
from app.services.workflow.step import Step
from app.services.workflow.write import write_alone
from support.api import Api
from support.lives import UNIT, Life, live


async def thought_out(api: Api, who: str, command: Command) -> Step | None:
    reference = api.here.reference.now
    user = next(user for user in reference.identities.users.values() if user.username == who)
    actor = actor_of(reference, user)
    assert actor
    async with api.here.database.connection() as connection:
        return await consider(
            connection, actor, command, reference=reference, settings=api.here.settings, at=datetime.now(UTC)
        )


async def accepting(api: Api, life: Life) -> Step:
    step = await thought_out(api, f"unit-{UNIT}", Command(Subject.WORK_ORDER, "accept", str(life.order_no), Empty()))
    assert step is not None
    return step


async def written(api: Api, step: Step) -> bool:
    async with api.here.database.connection() as connection:
        return await write_alone(connection, step)


async def rows(api: Api, life: Life) -> list[Any]:
    async with api.here.database.connection() as connection:
        request = await connection.fetchrow("SELECT * FROM service_request WHERE ticket_no = $1", life.ticket_no)
        assert request
        found = [request]
        for table in ("work_order", "event"):
            found += await connection.fetch(f"SELECT * FROM {table} WHERE request_id = $1 ORDER BY id", request["id"])
    return found


async def test_a_request_that_is_as_it_was_seen(api: Api) -> None:
    life = await live(api, "assigned")
    assert await written(api, await accepting(api, life))
    seen = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    assert (seen["state"], seen["work_orders"][0]["state"]) == ("in_progress", "accepted")


@pytest.mark.parametrize("between", ["a step", "a claim", "no new version"])
async def test_a_request_that_was_changed_in_between(api: Api, between: str) -> None:
    life = await live(api, "assigned")
    step = await accepting(api, life)
    if between == "a step":
        await api.step("operator", life.path("request", "supplements"), text="补充一句。")
    else:  # a change that tells no event counts as well
        column = "callback_claimed_by" if between == "a claim" else "version"
        value = "'callback'" if between == "a claim" else "version"
        async with api.here.database.connection() as connection:
            await connection.execute(
                f"UPDATE service_request SET {column} = {value} WHERE ticket_no = $1", life.ticket_no
            )
    before = await rows(api, life)
    assert not await written(api, step)
    assert await rows(api, life) == before
    assert (await api.step(f"unit-{UNIT}", life.path("work_order", "accept")))["state"] == "accepted"


async def test_a_request_that_is_being_changed(api: Api) -> None:
    """The statement waits for whoever holds the row, and then finds that it has changed."""
    life = await live(api, "assigned")
    step = await accepting(api, life)
    async with api.here.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE service_request SET title = title WHERE ticket_no = $1", life.ticket_no)
        writing = asyncio.create_task(written(api, step))
        await asyncio.sleep(0.2)
        assert not writing.done()
        await transaction.commit()
    before = await rows(api, life)
    assert not await writing
    assert await rows(api, life) == before


async def test_a_unit_that_was_closed_in_between(api: Api) -> None:
    life = await live(api, "received")
    form = steps.Dispatch(unit_code=UNIT)
    step = await thought_out(api, "dispatcher", Command(Subject.REQUEST, "dispatch", life.ticket_no, form))
    assert step is not None
    before = await rows(api, life)
    async with api.here.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE unit SET active = false WHERE code = $1", UNIT)
        writing = asyncio.create_task(written(api, step))
        await asyncio.sleep(0.2)
        assert not writing.done()
        await transaction.commit()
    assert not await writing
    assert await rows(api, life) == before
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE unit SET active = true WHERE code = $1", UNIT)
    await api.here.reference.refresh()
    assert await written(api, step)


@pytest.mark.parametrize("changed", [False, True])
async def test_a_step_that_looks_twice(api: Api, changed: bool) -> None:
    helped, slip = await live(api, "assist pending"), await live(api, "slip open")
    progress = steps.Progress(text="正在处理。")
    reply = centre_steps.Reply(text="已核实。")
    for life, command in (
        (helped, Command(Subject.WORK_ORDER, "progress", str(helped.order_no), progress)),
        (helped, Command(Subject.WORK_ORDER, "withdraw", str(helped.helper_no), Empty())),
        (slip, Command(Subject.SUPERVISION, "reply", str(slip.record_no), reply)),
    ):
        step = await thought_out(api, f"unit-{UNIT}", command)
        assert step is not None
        if changed:
            await api.step("operator", life.path("request", "supplements"), text="补充一句。")
        before = await rows(api, life)
        assert await written(api, step) is not changed
        assert (await rows(api, life) == before) is changed


async def test_one_key_many_times_at_once_takes_the_step_once(api: Api) -> None:
    life = await live(api, "in progress")
    path, before = f"/v1/{life.path('work_order', 'progress')}", len(await rows(api, life))
    call = {"json": {"text": "正在处理。"}, "headers": {"Idempotency-Key": "progress-at-once"}}
    answers = await asyncio.gather(*(api.as_(f"unit-{UNIT}").post(path, **call) for _ in range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert len(await rows(api, life)) == before + 1
