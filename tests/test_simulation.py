"""The simulator brings every imported life to its end and touches nothing that a person filed; its summary is true."""

import json

from prometheus_client.parser import text_string_to_metric_families

from app.core.clock import now
from app.services.simulation.demo import make_demo_lives
from app.services.simulation.run import Played, play_all
from app.services.simulation.summary import summary
from support.api import Api


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
