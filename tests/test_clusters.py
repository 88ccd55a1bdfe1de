"""Clusters: several callers, one matter and place, within the window; and all that must not make or betray one."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.clusters import ClusterState
from support.api import Api
from support.crowd import VOICES, age, clusters, crowd, look, phone, say, walk
from support.description import Witness
from support.messages import contact
from support.problems import problem
from support.statements import attach

LATER = timedelta(hours=80)


@pytest.fixture(autouse=True)
async def nothing_before(api: Api) -> None:
    """Every test begins with an empty table of clusters, and nobody remembers what was filed."""
    await look(api)
    async with api.here.database.connection() as connection:
        await connection.execute("DELETE FROM cluster_member")
        await connection.execute("DELETE FROM cluster")
        await connection.execute("DELETE FROM request_key")
        await connection.execute("DELETE FROM message")


async def alerts(api: Api) -> list[dict[str, Any]]:
    async with api.here.database.connection() as connection:
        query = "SELECT facts, template FROM message WHERE template = 'supervisor.cluster' ORDER BY id"
        return [row["facts"] for row in await connection.fetch(query)]


async def test_five_callers_make_a_cluster_and_four_do_not(api: Api) -> None:
    tickets = await crowd(api, number=4)
    assert await look(api) == 0
    assert await clusters(api) == []
    tickets += await crowd(api, 4, 1)
    assert await look(api) == 5
    [cluster] = await clusters(api)
    assert (cluster["callers"], cluster["requests"], cluster["state"], cluster["copied"]) == (5, 5, "open", False)
    assert cluster["sample"] == tickets[::-1]
    assert "搅拌站" in cluster["words"]
    assert cluster["growth"]["now_per_hour"] == pytest.approx(5 / 36, abs=0.001)
    assert cluster["growth"]["before_per_hour"] == 0
    assert await look(api) == 0


async def test_one_village_with_six_matters_is_no_cluster(api: Api) -> None:
    for caller, matter in enumerate(
        ("自来水浑浊", "路面塌了一个坑", "一整天停电", "养猪场太臭", "村道太窄", "广场舞扰民")
    ):
        await say(api, caller, f"桃溪镇溪口村{matter}，请派人来看", category_code=None)
    assert await look(api) == 0


async def test_one_caller_with_many_copies_is_one_caller(api: Api) -> None:
    for _ in range(3):
        for voice in range(5):
            await say(api, 1, VOICES[voice].format(place="金桂花园"))
    await crowd(api, 2, 3)
    await look(api)
    assert await clusters(api) == []
    await say(api, 9)
    await look(api)
    [cluster] = await clusters(api)
    assert cluster["callers"] == 5


async def test_hundreds_of_one_callers_do_not_hide_the_others(api: Api) -> None:
    await crowd(api, 1, 4)
    for voice in range(110):
        await say(api, 50, VOICES[voice % 2].format(place="金桂花园"))
    await say(api, 5)
    await look(api)
    [cluster] = await clusters(api)
    assert cluster["callers"] == 6
    assert cluster["most_of_one_caller"] > 0.5
    assert cluster["copied"] is True


async def test_without_a_phone_a_channel_is_one_caller_a_day(api: Api) -> None:
    for voice in range(7):
        await say(api, voice, requester={})
    await crowd(api, number=3)
    await look(api)
    assert await clusters(api) == []
    await say(api, 3)
    await look(api)
    [cluster] = await clusters(api)
    assert (cluster["callers"], cluster["requests"]) == (5, 11)


async def test_one_text_from_many_numbers_counts_and_is_told(api: Api) -> None:
    for caller in range(5):
        await say(api, caller, VOICES[0].format(place="金桂花园"))
    await look(api)
    [cluster] = await clusters(api)
    assert (cluster["callers"], cluster["copied"]) == (5, True)


async def test_other_places_and_matters_stay_out(api: Api) -> None:
    await crowd(api, number=3)
    for caller in range(10, 14):
        await say(api, caller, place="望江水岸")
    for caller in range(20, 24):
        await say(api, caller, f"金桂花园{caller}栋电梯经常停运，物业不修。", category_code="0402")
    await look(api)
    assert await clusters(api) == []


async def test_callers_of_two_townships_make_no_cluster(api: Api) -> None:
    await crowd(api, number=3, area_code="990100001002")
    await crowd(api, 3, 3, area_code="990100002000")
    await look(api)
    assert await clusters(api) == []


async def test_the_window_has_an_edge(api: Api) -> None:
    window = timedelta(hours=api.here.settings.cluster_window_hours)
    for ticket in await crowd(api, number=2):
        await age(api, ticket, window + timedelta(minutes=1))
    await crowd(api, 2, 3)
    await look(api)
    assert await clusters(api) == []
    for ticket in await crowd(api, 5, 1):
        await age(api, ticket, window - timedelta(minutes=10))
    await look(api)
    assert await clusters(api) == []
    await say(api, 6)
    await look(api)
    [cluster] = await clusters(api)
    assert cluster["callers"] == 5
    assert cluster["growth"]["before_per_hour"] > 0


async def test_it_grows_is_told_when_doubled_and_ends(api: Api) -> None:
    await contact(api, role_code="supervisor", kind="email", address="duty@example.gov.cn")
    await crowd(api, number=5)
    await look(api)
    assert [fact["callers"] for fact in await alerts(api)] == [5]
    await crowd(api, 5, 4)
    await look(api)
    assert [fact["callers"] for fact in await alerts(api)] == [5]
    await say(api, 9)
    await look(api)
    assert [fact["callers"] for fact in await alerts(api)] == [5, 10]
    [cluster] = await clusters(api)
    await look(api, datetime.now(UTC) + LATER)
    assert [c["id"] for c in await clusters(api, state="over")] == [cluster["id"]]
    problem(await api.as_("supervisor").post(f"/v1/clusters/{cluster['id']}/acknowledge"), 409)


SECRETS: list[dict[str, Any]] = [{"kind": "report"}, {"confidential": True}, {"accused_unit_codes": ["water"]}]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda form: next(iter(form)))
async def test_secret_matters_are_in_none(api: Api, secret: dict[str, Any]) -> None:
    await crowd(api, number=4)
    hidden = await crowd(api, 4, 3, **secret)
    await look(api)
    assert await clusters(api) == []
    async with api.here.database.connection() as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM request_key k JOIN service_request r ON r.id = k.request_id WHERE r.ticket_no = ANY($1)",
            hidden,
        )
    assert found == 0


async def test_what_becomes_secret_leaves_without_a_trace(api: Api) -> None:
    tickets = await crowd(api, number=6)
    await look(api)
    [before] = await clusters(api)
    await api.step("dispatcher", f"requests/{tickets[-1]}/classify", kind="report")
    [after] = await clusters(api)
    assert (before["callers"], after["callers"]) == (6, 5)
    assert tickets[-1] not in after["sample"]
    seen = await api.as_("supervisor").get(f"/v1/clusters/{after['id']}")
    assert tickets[-1] not in seen.text
    assert phone(5) not in seen.text


async def test_what_is_told_comes_from_what_is_seen(api: Api) -> None:
    tickets = await crowd(api, number=6)
    for ticket, hours in zip(tickets, (60, 5, 4, 3, 2, 1), strict=True):
        await age(api, ticket, timedelta(hours=hours))
    await look(api)
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE cluster SET words = '{秘密,搅拌站}'")
    [before] = await clusters(api)
    assert before["words"] == ["秘密", "搅拌站"]
    await api.step("dispatcher", f"requests/{tickets[0]}/classify", kind="report")
    [after] = await clusters(api)
    assert after["words"] == ["搅拌站"]
    assert after["first_at"] > before["first_at"]
    assert after["last_at"] == before["last_at"]
    await api.step("dispatcher", f"requests/{tickets[5]}/classify", kind="report")
    assert await clusters(api) == []
    supervisor, path = api.as_("supervisor"), f"/v1/clusters/{after['id']}"
    problem(await supervisor.get(path), 404)
    problem(await supervisor.post(f"{path}/dismiss", json={"reason": "无"}), 404)


async def test_what_was_decided_is_decided(api: Api) -> None:
    tickets = await crowd(api, number=5)
    await look(api)
    [cluster] = await clusters(api)
    path = f"/v1/clusters/{cluster['id']}"
    supervisor = api.as_("supervisor")
    detail = (await supervisor.get(path)).json()
    assert detail["merge"] == {
        "into": tickets[0], "tickets": tickets[1:], "href": "/v1/requests/{ticket_no}/merge",
    }  # fmt: skip
    problem(await api.as_("operator").post(f"{path}/acknowledge"), 403)
    problem(await api.as_("unit-water").get(path), 403)
    problem(await supervisor.post(f"{path}/dismiss", json={}), 422)
    problem(await supervisor.post(f"{path}/dismiss", json={"reason": "\x00"}), 422)
    problem(await supervisor.post("/v1/clusters/999999/dismiss", json={"reason": "无"}), 404)
    assert (await supervisor.post(f"{path}/acknowledge")).json()["state"] == "acknowledged"
    answers = await asyncio.gather(*(supervisor.post(f"{path}/dismiss", json={"reason": "不是一处"}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    for ticket in tickets[1:]:
        await api.step("dispatcher", f"requests/{ticket}/merge", into=tickets[0])
    assert (await supervisor.get(path)).json()["merge"] is None
    await crowd(api, 5, 6)
    await look(api)
    [grown] = await clusters(api, state="dismissed")
    assert grown["callers"] == 11
    assert await clusters(api, state=ClusterState.OPEN) == []


async def test_supervisors_decide_and_may_think_again(api: Api) -> None:
    await contact(api, role_code="supervisor", kind="email", address="again@example.gov.cn")
    await crowd(api, number=7)
    await look(api)
    [cluster] = await clusters(api)
    path = f"/v1/clusters/{cluster['id']}"
    problem(await api.as_("dispatcher").post(f"{path}/acknowledge"), 403)
    problem(await api.as_("dispatcher").post(f"{path}/dismiss", json={"reason": "无"}), 403)
    supervisor = api.as_("supervisor")
    dismissed = (await supervisor.post(f"{path}/dismiss", json={"reason": "不是一处"})).json()
    assert dismissed["available_actions"] == ["acknowledge"]
    told = await alerts(api)
    await crowd(api, 7, 6)
    await look(api)
    assert await alerts(api) == told
    await say(api, 13)
    await look(api)
    assert {fact["callers"] for fact in (await alerts(api))[len(told) :]} == {14}
    again = (await supervisor.post(f"{path}/acknowledge")).json()
    assert (again["state"], again["available_actions"]) == ("acknowledged", ["dismiss"])


async def test_two_workers_and_one_that_is_cut_off_come_to_one_cluster(api: Api) -> None:
    await contact(api, role_code="supervisor", kind="email", address="other@example.gov.cn")
    await crowd(api, number=5)
    async with api.here.database.connection() as connection, connection.transaction():
        await connection.execute("LOCK TABLE cluster_member IN SHARE MODE")  # it comes as far as its first member
        worker = asyncio.create_task(look(api))
        await asyncio.sleep(0.5)
        worker.cancel()
        assert isinstance((await asyncio.gather(worker, return_exceptions=True))[0], asyncio.CancelledError)
    assert await clusters(api) == []
    assert await alerts(api) == []
    joined = await asyncio.gather(*(look(api) for _ in range(4)))
    assert sum(joined) == 5
    assert len(await clusters(api)) == 1
    assert len({fact["cluster"] for fact in await alerts(api)}) == 1


async def test_lists_are_narrowed_paged_and_cost_one_statement(api: Api) -> None:
    await crowd(api, number=5)
    await crowd(api, 10, 5, place="望江水岸")
    await look(api)
    found = await clusters(api)
    assert len(found) == 2
    for wrong in ({"category": "25"}, {"area": "33"}, {"since": "2999-01-01T00:00:00Z"}, {"state": "over"}):
        assert await clusters(api, **wrong) == []
    assert await clusters(api, category="09") == found
    first = (await api.as_("supervisor").get("/v1/statistics/clusters", params={"limit": 1})).json()
    assert await clusters(api, limit=1, cursor=first["next_cursor"]) == found[1:]
    problem(await api.as_("supervisor").get("/v1/statistics/clusters", params={"cursor": "x"}), 422)
    problem(await api.as_("supervisor").get("/v1/statistics/clusters", params={"colour": "x"}), 422)
    problem(await api.as_("unit-water").get("/v1/statistics/clusters"), 403)
    statements = await attach(api)
    supervisor = api.as_("supervisor")
    assert len(await statements.of(lambda: supervisor.get("/v1/statistics/clusters"))) == 1
    assert len(await statements.of(lambda: supervisor.get(f"/v1/clusters/{found[0]['id']}"))) == 2


async def test_clusters_answer_as_described(api: Api) -> None:
    witness = Witness(api, "supervisor")
    await walk(api)
    assert {status for _, _, status in witness.seen} >= {200, 409}
    api.as_("supervisor").event_hooks = {"response": []}
