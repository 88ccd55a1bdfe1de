"""Requests about one matter: one leads, the others follow, and every citizen keeps his own (并案)."""

import asyncio
import random

import pytest

from app.core.database import Connection
from support.api import Api
from support.story import UNIT, Story, file, handled

HANDLER = f"unit-{UNIT}"
OTHER = "gas"
DONE = {"result": "已修复供水。", "outcome": "solved"}


async def joined(api: Api, followers: int = 1) -> tuple[Story, list[Story]]:
    """A master at work with requests that follow it."""
    master = await handled(api)
    found = [await file(api) for _ in range(followers)]
    for follower in found:
        await follower.step("dispatcher", "request/merge", into=master.ticket)
    return master, found


async def finish(master: Story) -> None:
    await master.step(HANDLER, "order/submit", **DONE)
    await master.step("dispatcher", "request/review", decision="approve")


async def say(api: Api, story: Story, what: str, **form: object) -> tuple[int, dict[str, object]]:
    """A citizen without account, with number and code."""
    answer = await api.as_().post(f"/public/requests/{story.ticket}/{what}", json={"code": story.code, **form})
    return answer.status_code, answer.json()


async def test_followers_get_the_masters_result_and_are_each_rung(api: Api) -> None:
    master, followers = await joined(api, 3)
    assert (await master.request())["followers"] == 3
    await finish(master)
    queue = (await api.as_("callback").get("/v1/callbacks/queue", params={"limit": 200})).json()["items"]
    waiting = {item["ticket_no"] for item in queue}
    for story in (master, *followers):
        now = await story.request()
        assert (now["state"], now["result"], now["outcome"]) == ("resolved", DONE["result"], DONE["outcome"])
        assert now["callback"]["due_at"]
        assert story.ticket in waiting
    told = (await followers[0].events("request.followed"))[0]
    assert (told["actor_kind"], told["payload"]["master"]) == ("system", master.ticket)
    for story in followers:
        await story.step("callback", "request/callbacks", outcome="reached", resolved="yes", satisfaction=5)
        assert (await story.request())["state"] == "rated"


async def test_a_followers_own_order_is_taken_from_its_unit(api: Api) -> None:
    master, follower = await handled(api), await handled(api, unit=OTHER)
    order = follower.number("order")
    await follower.step("unit-gas", "order/assist", unit_code="housing", task="协助")
    await follower.step("dispatcher", "request/merge", into=master.ticket)
    assert [o["state"] for o in (await follower.request())["work_orders"]] == ["withdrawn", "withdrawn"]
    assert await follower.refused("unit-gas", "order/submit", order, **DONE) == "illegal-transition"


async def test_unmerged_it_waits_for_a_dispatcher_again(api: Api) -> None:
    master, (one, two) = await joined(api, 2)
    before = await one.request()
    assert (before["state"], before["master_no"], before["available_actions"]) == (
        "merged",
        master.ticket,
        ["shield", "unmerge", "supplements", "reminders", "reveal"],
    )
    await one.step("dispatcher", "request/unmerge", note="并非同一件事")
    after = await one.request()
    assert (after["state"], after["master_no"]) == ("received", None)
    assert after["deadlines"]["dispatch"]["lamp"]
    assert (await master.request())["followers"] == 1
    await one.step("dispatcher", "request/dispatch", unit_code=OTHER)
    await finish(master)
    assert [(await story.request())["state"] for story in (one, two)] == ["assigned", "resolved"]


async def test_there_are_no_chains_and_no_circles(api: Api) -> None:
    master, (follower,) = await joined(api)
    third = await file(api)
    assert await master.refused("dispatcher", "request/merge", into=third.ticket) == "illegal-transition"
    assert await third.refused("dispatcher", "request/merge", into=follower.ticket) == "master-not-open"
    assert await third.refused("dispatcher", "request/merge", into=third.ticket) == "itself"
    assert await third.refused("dispatcher", "request/merge", into="20200101000001") == "unknown-ticket"
    assert await follower.refused("dispatcher", "request/merge", into=third.ticket) == "illegal-transition"
    await finish(master)
    assert await third.refused("dispatcher", "request/merge", into=master.ticket) == "master-not-open"


@pytest.mark.parametrize("seed", range(3))
async def test_ten_merges_at_once_make_neither_chain_nor_circle(api: Api, seed: int) -> None:
    rng = random.Random(seed)
    stories = [await file(api) for _ in range(5)]
    pairs = [rng.sample(stories, 2) for _ in range(8)]
    pairs += [[stories[0], stories[1]], [stories[1], stories[0]]]
    path = "/v1/requests/{}/merge"
    answers = await asyncio.gather(
        *(api.as_("dispatcher").post(path.format(a.ticket), json={"into": b.ticket}) for a, b in pairs)
    )
    assert {answer.status_code for answer in answers} <= {200, 409}, [a.text for a in answers]
    found = {story.ticket: await story.request() for story in stories}
    for ticket, now in found.items():
        assert now["followers"] == sum(other["master_no"] == ticket for other in found.values())
        assert (now["state"] == "merged") == (now["master_no"] is not None)
        if now["master_no"]:
            assert found[now["master_no"]]["state"] == "received"
    assert sum(a.status_code == 200 for a in answers) == sum(now["state"] == "merged" for now in found.values()) > 0


async def test_a_follower_who_is_not_content_gets_the_masters_unit(api: Api) -> None:
    master, (follower, _) = await joined(api, 2)
    await finish(master)
    status, body = await say(api, follower, "rating", resolved="no", satisfaction=1, comment="我家还是没水。")
    assert (status, body["state"]) == (200, "assigned")
    again = await follower.request()
    assert (again["unit"]["code"], again["round"], again["master_no"]) == (UNIT, 2, None)
    assert (await master.request())["state"] == "resolved", "each citizen speaks for himself"


async def test_what_a_followers_citizen_says_reaches_the_masters_unit(api: Api) -> None:
    master, (follower,) = await joined(api)
    await follower.step(HANDLER, "order/progress", master.number("order"), text="正在抢修。")
    assert (await say(api, follower, "supplements", text="我家在三楼，也没有水。"))[0] == 200
    assert (await say(api, follower, "reminders", text="什么时候来水？"))[0] == 200
    heard = await master.heard(HANDLER, "request.supplemented", "request.reminded")
    news = [item for item in heard if item["kind"] in ("request.supplemented", "request.reminded")]
    assert [item["kind"] for item in news] == ["request.supplemented", "request.reminded"]
    assert all(item["details"]["follower"] == follower.ticket for item in news)
    assert [item["details"]["text"] for item in news] == ["我家在三楼，也没有水。", "什么时候来水？"]
    said = (await master.order(who=HANDLER))["supplements"]
    assert [one["text"] for one in said] == ["我家在三楼，也没有水。"]


async def test_one_citizen_never_reads_what_another_said(api: Api) -> None:
    master, (follower,) = await joined(api)
    await say(api, follower, "supplements", text="我家在老井坊三楼，也没有水。")
    await say(api, follower, "reminders", text="老井坊何时来水？")
    page = await api.as_().get(f"/public/requests/{master.ticket}", params={"code": master.code})
    assert "老井坊" not in page.text
    assert "老井坊" in (await api.as_().get(f"/public/requests/{follower.ticket}", params={"code": follower.code})).text


async def test_each_followers_citizen_may_chase_as_often_as_others(api: Api) -> None:
    master, followers = await joined(api, 2)
    for story in (master, *followers):
        for _ in range(3):
            assert (await say(api, story, "reminders"))[0] == 200
        assert (await say(api, story, "reminders"))[1]["code"] == "reminder-limit"
    assert len(await master.events("request.reminded")) == 9


async def test_a_follower_may_chase_what_is_on_hold_though_the_unit_is_not_chased(api: Api) -> None:
    master, (follower,) = await joined(api)
    await master.step("dispatcher", "request/hold", reason="等待施工季", review_on="2026-12-20")
    assert (await say(api, follower, "supplements", text="也没有水。"))[0] == 200
    assert (await say(api, follower, "reminders"))[0] == 200
    assert await follower.events("request.reminded")
    assert not await master.events("request.reminded"), "a master on hold is not chased"


@pytest.mark.parametrize("end", ["declined", "transferred"])
async def test_a_master_that_ends_otherwise_sets_its_followers_free(api: Api, end: str) -> None:
    if end == "transferred":
        master, followers = await joined(api, 2)
        await master.step("operator", "request/transfer", to="110", reason="属警情")
    else:
        master, followers = await file(api), [await file(api) for _ in range(2)]
        for follower in followers:
            await follower.step("dispatcher", "request/merge", into=master.ticket)
        await master.step("dispatcher", "request/decline", reason="military", text="请向有关部门反映。")
    now = await master.request()
    assert (now["state"], now["followers"]) == (end, 0)
    for follower in followers:
        freed = await follower.request()
        assert (freed["state"], freed["master_no"]) == ("received", None)
        assert (await follower.events("request.unmerged"))[0]["actor_kind"] == "system"


async def test_a_direct_answer_is_the_followers_answer_too(api: Api) -> None:
    master, follower = await file(api), await file(api)
    await follower.step("dispatcher", "request/merge", into=master.ticket)
    await master.step("operator", "request/answer", text="停水至今晚八点。")
    assert (await follower.request())["result"] == "停水至今晚八点。"
    await say(api, follower, "rating", resolved="no", satisfaction=1)
    assert (await follower.request())["state"] == "rated", "no unit did it: a supervisor decides"


@pytest.mark.parametrize("which", ["confidential", "report", "shielded"])
async def test_secret_and_open_matters_are_not_joined(api: Api, which: str) -> None:
    extra = {"confidential": {"confidential": True}, "report": {"kind": "report"}}.get(which, {})
    secret, plain = await file(api, **extra), await file(api)
    if which == "shielded":
        await secret.step("dispatcher", "request/shield", unit_codes=["housing"])
    for one, other in ((secret, plain), (plain, secret)):
        assert await one.refused("dispatcher", "request/merge", into=other.ticket) == "secrecy-differs"


async def test_a_master_one_may_not_see_is_unknown(api: Api) -> None:
    master, own = await file(api), await handled(api)
    role = {"code": "joiner", "name": "并案员", "permissions": ["request.read", "request.merge"]}
    assert (await api.as_("admin").post("/v1/roles", json=role)).status_code == 201
    user = {"username": "joiner", "display_name": "某人", "password": "long enough", "roles": ["joiner"]}
    assert (await api.as_("admin").post("/v1/users", json={**user, "unit_code": UNIT})).status_code == 201
    assert await own.refused("joiner", "request/merge", into=master.ticket) == "unknown-ticket"

    async def ended(connection: Connection) -> int:
        return await connection.fetchval("SELECT followers FROM service_request WHERE ticket_no = $1", master.ticket)

    assert await api.here.database.transaction(ended) == 0
