"""The call-back queue: who comes first, who is left out, and that no two agents ring the same citizen."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.database import Connection
from app.domain.half_days import half_day_start
from support.api import Api
from support.description import Witness
from support.lives import Life, live
from support.problems import problem

ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "one more pass phrase"
AGENTS = [f"agent-{n}" for n in range(8)]


def test_half_days_begin_at_midnight_and_noon_of_the_city() -> None:
    for at, start in (
        ("2026-11-23T11:59:59+08:00", "2026-11-23T00:00:00+08:00"),
        ("2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00+08:00"),
        ("2026-11-22T17:00:00+00:00", "2026-11-23T00:00:00+08:00"),
    ):
        assert half_day_start(datetime.fromisoformat(at), ZONE) == datetime.fromisoformat(start)


async def put(api: Api, life: Life, **columns: object) -> None:
    """Set columns that only time or many steps would set."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
    async with api.here.database.connection() as connection:
        await connection.execute(
            f"UPDATE service_request SET {names} WHERE ticket_no = $1", life.ticket_no, *columns.values()
        )


async def copies(api: Api, life: Life, count: int) -> None:
    """More requests that wait to be rung, made out of one."""

    async def work(connection: Connection) -> None:
        columns = await connection.fetch(
            """SELECT column_name FROM information_schema.columns WHERE table_name = 'service_request'
            AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'ticket_no')"""
        )
        names = ", ".join(row[0] for row in columns)
        await connection.execute(
            f"""INSERT INTO service_request (ticket_no, {names})
            SELECT '2025' || lpad(n::text, 10, '0'), {names} FROM service_request, generate_series(1, $2::int) n
            WHERE ticket_no = $1""",
            life.ticket_no,
            count,
        )

    await api.here.database.transaction(work)


@pytest.fixture(scope="module")
async def agents(api: Api) -> list[str]:
    for name in AGENTS:
        form = {"username": name, "display_name": name, "password": PASSWORD, "roles": ["callback_agent"]}
        answer = await api.as_("admin").post("/v1/users", json=form)
        assert answer.status_code == 201, answer.text
    return AGENTS


async def shown(api: Api, query: str = "") -> list[str]:
    page = (await api.as_("callback").get(f"/v1/callbacks/queue{query}")).json()
    return [item["ticket_no"] for item in page["items"]]


async def test_overdue_then_urgent_then_by_due_time(api: Api) -> None:
    witness = Witness(api, "callback")
    now = datetime.now(UTC)
    due = {"late": -2, "late too": -1, "critical": 5, "urgent": 4, "soon": 1, "later": 3}
    lives = {}
    for name, hours in due.items():
        lives[name] = await live(api, "answered")
        urgency = name if name in ("critical", "urgent") else "normal"
        await put(api, lives[name], callback_due_at=now + timedelta(hours=hours), urgency=urgency)
    await put(api, lives["late too"], urgency="urgent")
    order = [lives[name].ticket_no for name in ("late too", "late", "critical", "urgent", "soon", "later")]
    assert await shown(api) == order
    pages, cursor = [], ""
    while cursor is not None:
        page = (await api.as_("callback").get(f"/v1/callbacks/queue?limit=1{cursor}")).json()
        pages += [item["ticket_no"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert pages == order
    await api.step("callback", f"requests/{order[0]}/callbacks", outcome="no_answer")
    assert await shown(api) == order[1:]
    assert await shown(api, "?all=true") == order
    await put(api, lives["late too"], called_at=now - timedelta(hours=13))
    assert await shown(api) == order
    assert ("get", "/v1/callbacks/queue", 200) in witness.seen
    for life in lives.values():
        await put(api, life, callback_outcome="refused")


async def test_a_claim_is_kept_renewed_given_back_and_lapses(api: Api, agents: list[str]) -> None:
    witness = Witness(api, *agents[:2])
    one, two = (api.as_(name) for name in agents[:2])
    assert (await one.post("/v1/callbacks/queue:claim", json={})).json() == {"items": []}
    lives = [await live(api, "answered") for _ in range(3)]
    tickets = sorted(life.ticket_no for life in lives)
    first = (await one.post("/v1/callbacks/queue:claim", json={"limit": 2})).json()["items"]
    mine = [item["ticket_no"] for item in first]
    assert len(mine) == 2
    assert {item["claimed_by"] for item in first} == {agents[0]}
    again = await asyncio.gather(*(one.post("/v1/callbacks/queue:claim", json={"limit": 2}) for _ in range(4)))
    assert {item["ticket_no"] for answer in again for item in answer.json()["items"]} == set(mine)
    others = [item["ticket_no"] for item in (await two.post("/v1/callbacks/queue:claim", json={})).json()["items"]]
    assert sorted(mine + others) == tickets
    given = await two.post("/v1/callbacks/queue:release", json={"ticket_nos": [*tickets, "20000101000001"]})
    assert given.json() == {"released": others}
    assert (await one.post("/v1/callbacks/queue:release", json={"ticket_nos": others})).json() == {"released": []}
    items = (await api.as_("callback").get("/v1/callbacks/queue")).json()["items"]
    assert {item["ticket_no"]: item["claimed_by"] for item in items} == {
        **dict.fromkeys(mine, agents[0]),
        **dict.fromkeys(others, None),
    }
    for life in lives:
        await put(api, life, callback_claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    taken = (await two.post("/v1/callbacks/queue:claim", json={"limit": 20})).json()["items"]
    assert sorted(item["ticket_no"] for item in taken) == tickets
    await api.step(agents[1], f"requests/{tickets[0]}/callbacks", outcome="no_answer")
    left = (await two.post("/v1/callbacks/queue:claim", json={"limit": 20})).json()["items"]
    assert sorted(item["ticket_no"] for item in left) == tickets[1:]
    assert {("post", f"/v1/callbacks/queue:{verb}", 200) for verb in ("claim", "release")} <= witness.seen
    for life in lives:
        await put(api, life, callback_outcome="refused")


async def test_eight_agents_at_once_never_get_the_same(api: Api, agents: list[str]) -> None:
    await copies(api, await live(api, "answered"), 59)

    async def take(name: str) -> list[str]:
        found: list[str] = []
        for limit in (2, 5, 8):
            answer = await api.as_(name).post("/v1/callbacks/queue:claim", json={"limit": limit})
            assert answer.status_code == 200, answer.text
            now_mine = [item["ticket_no"] for item in answer.json()["items"]]
            assert set(found) <= set(now_mine)
            found = now_mine
        return found

    hands = await asyncio.gather(*map(take, agents))
    taken = [ticket for hand in hands for ticket in hand]
    assert len(taken) == len(set(taken))
    assert len(taken) >= 56  # what another agent's call has under lock at that moment is passed over
    rest = [item for name in agents for item in (await api.as_(name).post("/v1/callbacks/queue:claim", json={"limit": 20})).json()["items"]]  # fmt: skip
    assert len({item["ticket_no"] for item in rest}) == len(rest) == 60


async def test_wrong_claims_are_refused(api: Api) -> None:
    agent = api.as_("callback")
    for body in ({"limit": 0}, {"limit": 21}, {"limit": "5"}, {"limit": True}):
        assert (
            problem(await agent.post("/v1/callbacks/queue:claim", json=body), 422)["errors"][0]["pointer"] == "/limit"
        )
    for numbers in ([], ["1"] * 201, ["a\x00"], [1]):
        problem(await agent.post("/v1/callbacks/queue:release", json={"ticket_nos": numbers}), 422)
    for verb in ("claim", "release"):
        problem(await api.as_("auditor").post(f"/v1/callbacks/queue:{verb}", json={}), {403, 422})
        problem(await api.as_("operator").post(f"/v1/callbacks/queue:{verb}", json={"ticket_nos": ["1"]}), {403, 422})
