"""The simulator brings every imported life to its end and touches nothing that a person filed; its summary is true."""

import asyncio
import json
import signal
import subprocess
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from conftest import KEYS
from prometheus_client.parser import text_string_to_metric_families

from app.cli.simulate import count_own
from app.core.clock import now
from app.services.simulation.demo import make_demo_lives
from app.services.simulation.month.play import Month
from app.services.simulation.run import Played, play_all
from app.services.simulation.summary import summary
from app.services.simulation.tickets import open_tickets
from support.api import Api
from support.service import COMMAND, environment


async def play(api: Api) -> Played:
    totals: list[int] = []
    lives: list[int] = []
    played = await play_all(
        api.here, players=6, speed=0, seed=3, on_life=lambda: lives.append(1), on_total=totals.append
    )
    assert totals == [len(lives)] == [played.lives]
    return played


async def test_every_imported_life_is_closed_and_the_figures_agree(api: Api) -> None:
    own = await api.file()
    lines = [{"text": f"第{n}件：小区里晚上有人唱歌太吵，影响休息。"} for n in range(25)]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    assert (await api.as_("dispatcher").post("/v1/requests:import", content=body)).status_code == 200
    assert await make_demo_lives(api.here, 30) == 30
    assert await make_demo_lives(api.here, 30) == 0
    played = await play(api)
    assert played.unfinished == 0
    assert (await play(api)).lives == 0
    figures = await summary(api.here, now())
    async with api.here.database.connection() as connection:
        rows = await connection.fetch("SELECT state, count(*) FROM service_request GROUP BY state")
        open_lives = await connection.fetchval(
            "SELECT count(*) FROM service_request WHERE filed_by <> 'operator' AND state NOT IN ('closed')"
        )
    assert open_lives == 0
    assert figures["requests"] == dict(rows) == {"assigned": 1, "closed": 55}
    mine = (await api.as_("operator").get(f"/v1/requests/{own['ticket_no']}")).json()
    assert (mine["state"], mine["version"]) == ("assigned", own["version"])
    page = (await api.as_().get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(page)}
    shown = {s.labels["state"]: int(s.value) for s in families["hotline_requests"].samples if s.value}
    assert shown == figures["requests"]
    for rate in (*figures["on_time"].values(), figures["callbacks"]["satisfaction_rate"]):
        assert 0 <= rate <= 1


async def test_demo_lives_stand_at_many_points_and_some_are_late(api: Api) -> None:
    async with api.here.database.connection() as connection:
        kinds = await connection.fetch("SELECT DISTINCT kind FROM event")
        late = await connection.fetchval("SELECT count(*) FROM event WHERE kind = 'work_order.overdue'")
    assert len(kinds) >= 8
    assert late > 0


async def test_a_play_that_is_stopped_says_how_many_lives_are_left(api: Api) -> None:
    assert await make_demo_lives(api.here, 12, 100, lambda: False) == 12
    assert await make_demo_lives(api.here, 12, 200, lambda: True) == 0
    lives: list[int] = []
    options: dict[str, Any] = {"players": 2, "speed": 0, "seed": 3, "on_life": lambda: lives.append(1)}
    totals: list[int] = []
    played = await play_all(api.here, **options, on_total=totals.append, stopped=lambda: len(lives) >= 3)
    assert (played.lives, played.unfinished) == (len(lives), 0)
    assert played.left == totals[0] - played.lives > 0
    again = await play_all(api.here, **options, on_total=totals.append)
    assert (again.left, again.lives) == (0, played.left)


async def test_a_life_that_ended_with_the_last_step_is_not_left(api: Api) -> None:
    await make_demo_lives(api.here, 6, 300)
    for _ in range(60):
        asked = count(1)
        played = await play_all(
            api.here,
            players=1,
            speed=0,
            seed=3,
            on_life=lambda: None,
            on_total=lambda _: None,
            stopped=lambda asked=asked: next(asked) > 2,  # type: ignore[misc]
        )
        async with api.here.database.connection() as connection:
            assert played.left == len(await open_tickets(connection))
        if not played.left:
            break
        assert played.steps == 1
    assert played.left == 0


async def test_a_month_that_is_stopped_says_what_is_left(api: Api) -> None:
    end = now()
    month = Month(api.here, end - timedelta(days=30), end, 1, stopped=lambda: month.steps["file"] >= 5)
    await month.play(20, lambda _: None)
    assert month.steps["file"] == 5
    assert month.left >= 15


async def test_ctrl_c_ends_a_simulation_with_its_figures(api: Api, workspace: Path, database_copy: str) -> None:
    given = environment(database_url=database_copy, data_dir=workspace, secret_keys=KEYS)
    command = [*COMMAND, "simulate", "--requests", "20", "--speed", "2", "--json"]
    before = await count_own(api.here)
    process = subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        while await count_own(api.here) < before + 3:
            assert process.poll() is None
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = await asyncio.to_thread(process.communicate, timeout=60)
    told = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert told["left"] > 0
    assert {"made", "lives", "steps", "requests"} <= told.keys()
