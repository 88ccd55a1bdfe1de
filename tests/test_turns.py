"""Many steps on one request at once: they wait for each other outside the database, and all are taken."""

import asyncio

from app.core.turns import Turns
from support.api import Api
from support.lives import UNIT, live

TEXT = {"text": "正在处理。"}


async def test_fifty_reports_on_one_order_at_once_are_all_written(api: Api) -> None:
    life = await live(api, "in progress")
    handler, path = api.as_(f"unit-{UNIT}"), f"/v1/{life.path('work_order', 'progress')}"
    answers = await asyncio.gather(*(handler.post(path, json=TEXT) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    versions = [answer.json()["version"] for answer in answers]
    assert sorted(versions) == list(range(min(versions), min(versions) + 50))


async def test_turns_are_forgotten() -> None:
    turns = Turns()
    async with turns.of("x"):
        assert turns.of("x").locked()
        assert not turns.of("y").locked()
    assert not turns._locks
