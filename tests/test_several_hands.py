"""Several hands on one matter: who helps, who sees it, whose time it is (协办、二级派单、吹哨报到)."""

from datetime import datetime, timedelta

import pytest

from support.api import Api
from support.story import CITY, Story, city, handled

LEAD, HELPER = "township-qingshi", "gas"
TEAM = "team-shimen"
TOWN, GAS, HOUSING, SHIMEN = f"unit-{LEAD}", f"unit-{HELPER}", "unit-housing", f"unit-{TEAM}"
MONDAY = city("2026-11-23 09:00")
DONE = {"result": "已完成。", "outcome": "solved"}
CALL = {"method": "电话", "outcome": "已联系"}


async def helped(api: Api, at: datetime | None = None, way: str = "assist", unit: str = HELPER) -> tuple[Story, str]:
    """A township at work, helped by a unit that has not signed yet; and the helper's order."""
    story = await handled(api, at, LEAD)
    await ask(story, way, unit)
    return story, f"{story.ticket}-2"


async def ask(story: Story, way: str, unit: str) -> None:
    named = {"unit_codes": [unit]} if way == "whistle" else {"unit_code": unit}
    await story.step(TOWN, f"order/{way}", **named, task="请到现场核查燃气管线。")


async def test_a_helper_works_and_the_lead_hears_of_it(api: Api) -> None:
    story, order = await helped(api)
    task = await story.order(order, who=GAS)
    assert (task["role"], task["state"], task["parent_no"]) == ("assist", "pending", story.number("order"))
    assert task["available_actions"] == ["accept"]
    assert "contact" not in task["deadlines"], "the lead answers the citizen"
    await story.step(GAS, "order/accept", order)
    await story.step(GAS, "order/progress", order, text="已到现场。")
    assert (await story.order(who=TOWN))["open_helpers"] == 1
    await story.step(GAS, "order/submit", order, **DONE)
    assert (await story.order(order))["state"] == "completed"
    assert (await story.order(who=TOWN))["open_helpers"] == 0
    heard = [item for item in await story.heard(TOWN, "help.received") if item["kind"] == "help.received"]
    assert [(item["details"]["helper_no"], item["details"]["result"]) for item in heard] == [(order, "已完成。")]
    assert heard[0]["work_order"]["work_order_no"] == story.number("order")
    await story.step(TOWN, "order/submit", **DONE)


async def test_a_helpers_order_is_for_the_lead_and_itself_alone(api: Api) -> None:
    story, order = await helped(api)
    await ask(story, "assist", "housing")
    assert (await story.order(order, who=TOWN))["task"] == "请到现场核查燃气管线。"
    for who in (HOUSING, SHIMEN, "unit-water"):
        assert (await api.as_(who).get(f"/v1/work-orders/{order}")).status_code == 404
        assert await story.refused(who, "order/accept", order) == "not-found"
    seen = {who: await story.request(who) for who in (TOWN, GAS, HOUSING)}
    numbers = {who: [o["work_order_no"][-1] for o in found["work_orders"]] for who, found in seen.items()}
    assert numbers == {TOWN: ["1", "2", "3"], GAS: ["2"], HOUSING: ["3"]}
    desk = (await api.as_(TOWN).get("/v1/work-orders", params={"ticket_no": story.ticket})).json()["items"]
    assert [item["role"] for item in desk] == ["lead"], "what it asked of others is not its own desk's work"
    for who in (HOUSING, "unit-water"):
        assert not [i for i in await story.heard(who) if (i["work_order"] or {}).get("work_order_no") == order]


@pytest.mark.parametrize("way", ["assist", "whistle"])
async def test_the_lead_waits_for_its_helpers_or_says_why_not(api: Api, way: str) -> None:
    story, order = await helped(api, way=way)
    assert await story.refused(TOWN, "order/submit", **DONE) == "help-pending"
    await story.step(TOWN, "order/submit", **DONE, without_help="燃气公司的部分不影响结果。")
    assert (await story.order(order))["state"] == "withdrawn"
    assert (await story.events("work_order.submitted"))[0]["payload"]["reason"] == "燃气公司的部分不影响结果。"
    await story.heard(GAS, "work_order.helper_withdrawn")
    await story.step("dispatcher", "request/review", decision="send_back", reason="请补充照片")
    await story.step(TOWN, "order/submit", **DONE)


@pytest.mark.parametrize("way", ["assist", "delegate", "whistle"])
async def test_the_lead_takes_back_what_it_asked_for(api: Api, way: str) -> None:
    story, order = await helped(api, way=way, unit=TEAM)
    assert await story.refused(SHIMEN, "order/withdraw", order) == "forbidden"
    await story.step(TOWN, "order/withdraw", order)
    assert ((await story.order(order))["state"], (await story.order())["open_helpers"]) == ("withdrawn", 0)
    assert await story.refused(SHIMEN, "order/accept", order) == "illegal-transition"
    await ask(story, way, TEAM)
    assert (await story.order())["open_helpers"] == 1


async def test_work_is_passed_down_never_sideways_or_up(api: Api) -> None:
    story = await handled(api, unit=LEAD)
    for unit in (HELPER, LEAD, "team-dongjiao", "nowhere"):
        assert await story.refused(TOWN, "order/delegate", unit_code=unit) == "not-subordinate"
    await story.step(TOWN, "order/delegate", unit_code=TEAM)
    assert await story.refused(TOWN, "order/delegate", unit_code=TEAM) == "unit-at-work"
    assert await story.refused(TOWN, "order/assist", unit_code=LEAD, task="自己") == "unit-at-work"
    upward = await handled(api, unit=TEAM)
    assert await upward.refused(SHIMEN, "order/delegate", unit_code=LEAD) == "not-subordinate"


async def test_the_childs_contact_is_the_leads_contact(api: Api) -> None:
    story, child = await helped(api, way="delegate", unit=TEAM)
    await story.step(SHIMEN, "order/accept", child)
    await story.step(SHIMEN, "order/contact", child, method="电话", outcome="未接通")
    assert (await story.order())["deadlines"]["contact"]["done_at"] is None
    await story.step(SHIMEN, "order/contact", child, **CALL)
    assert (await story.order(child))["deadlines"]["contact"]["done_at"]
    assert (await story.order())["deadlines"]["contact"]["done_at"]


async def test_the_child_may_ring_the_citizen_and_the_assistant_may_not(api: Api) -> None:
    person = {"name": "张先生", "phone": "13800000000"}
    story = await handled(api, unit=LEAD, requester=person)
    await ask(story, "delegate", TEAM)
    await ask(story, "assist", HELPER)
    shown = await story.step(SHIMEN, "order/reveal", f"{story.ticket}-2", reason="联系诉求人")
    assert shown["requester"]["phone"] == "13800000000"
    assert await story.refused(GAS, "order/reveal", f"{story.ticket}-3", reason="联系") == "illegal-transition"
    assert await story.refused(GAS, "request/reveal", reason="联系") == "forbidden"
    assert await story.refused(GAS, "order/contact", f"{story.ticket}-3", **CALL) == "illegal-transition"


@pytest.mark.parametrize("way", ["assist", "delegate", "whistle"])
async def test_a_helpers_time_ends_with_the_leads(api: Api, way: str) -> None:
    story = await handled(api, MONDAY, LEAD)
    story.at = city("2026-11-27 09:00")
    await ask(story, way, TEAM)
    helper = f"{story.ticket}-2"
    assert await story.due("resolve", helper) == await story.due() == city("2026-11-30 17:30")
    assert await story.due("accept", helper) == city("2026-11-27 11:00")


async def test_a_hold_stops_the_helpers_clocks_too(api: Api) -> None:
    story, child = await helped(api, MONDAY, "delegate", TEAM)
    await story.step(SHIMEN, "order/accept", child)
    await story.step(SHIMEN, "order/contact", child, **CALL)
    story.at = city("2026-11-24 09:00")
    await story.step(TOWN, "order/hold", reason="等待资金", review_on="2026-12-08")
    await story.step("dispatcher", "application/approve")
    await story.until(city("2026-12-07 09:00"))
    assert not await story.events("work_order.overdue", "work_order.due_soon")
    await story.until(city("2026-12-08 00:00"))
    assert await story.due("resolve", child) == await story.due() == city("2026-12-14 17:30")


async def test_help_asked_for_while_a_hold_is_open_stands_still_with_the_lead(api: Api) -> None:
    story = await handled(api, MONDAY, LEAD)
    await story.step(TOWN, "order/contact", **CALL)
    await story.step(TOWN, "order/hold", reason="等待资金", review_on="2026-12-08")
    await ask(story, "assist", HELPER)
    await story.until(city("2026-11-25 09:00"))
    assert not await story.events("work_order.overdue")
    await story.step("dispatcher", "application/refuse", reason="应当办理")
    helper = f"{story.ticket}-2"
    assert await story.due("accept", helper) == city("2026-11-25 11:00")
    assert await story.due("resolve", helper) == await story.due()


@pytest.mark.parametrize("leaving", ["withdraw", "dispatch", "return"])
async def test_the_helpers_go_when_the_lead_loses_the_order(api: Api, leaving: str) -> None:
    story, order = await helped(api)
    await story.step(GAS, "order/accept", order)
    if leaving == "withdraw":
        await story.step("dispatcher", "order/withdraw")
    elif leaving == "dispatch":
        await story.step("dispatcher", "request/dispatch", unit_code="water")
    else:
        await story.step(TOWN, "order/return", reason="not_our_area")
        await story.step("dispatcher", "application/approve")
    assert (await story.order(order))["state"] == "withdrawn"
    assert await story.refused(GAS, "order/submit", order, **DONE) == "illegal-transition"
    await story.heard(GAS, "work_order.helper_withdrawn")


async def test_a_township_whistles_and_writes_down_who_came(api: Api) -> None:
    story = await handled(api, unit=LEAD)
    meeting = {"meet_at": "2026-11-25T09:00:00+08:00", "place": "石门村村委会", "task": "现场会商"}
    units = ["gas", "housing", "emergency"]
    await story.step(TOWN, "order/whistle", unit_codes=units, **meeting)
    orders = (await story.request(TOWN))["work_orders"][1:]
    assert {o["unit"]["code"]: o["role"] for o in orders} == dict.fromkeys(units, "summons")
    for unit in units:
        told = [i for i in await story.heard(f"unit-{unit}", "whistle.blown") if i["kind"] == "whistle.blown"]
        assert [(i["details"]["place"], i["details"]["unit_code"]) for i in told][-1] == ("石门村村委会", unit)
    for order, present in zip(orders, (True, False, True), strict=True):
        number = order["work_order_no"]
        assert await story.refused(f"unit-{order['unit']['code']}", "order/attendance", number, present=True) == (
            "forbidden"
        )
        await story.step(TOWN, "order/attendance", number, present=present, text="报到登记")
        await story.step(f"unit-{order['unit']['code']}", "order/accept", number)
        await story.step(f"unit-{order['unit']['code']}", "order/submit", number, **DONE)
    assert [o["attended"] for o in (await story.request(TOWN))["work_orders"][1:]] == [True, False, True]
    await story.step(TOWN, "order/submit", **DONE)


async def test_a_whistle_is_a_townships_and_names_each_unit_once(api: Api) -> None:
    story = await handled(api, unit="water")
    assert await story.refused("unit-water", "order/whistle", unit_codes=["gas"], task="来") == "not-a-township"
    town = await handled(api, unit=LEAD)
    assert await town.refused(TOWN, "order/whistle", unit_codes=["gas", "gas"], task="来") == "duplicate-items"
    assert await town.refused(TOWN, "order/whistle", unit_codes=["gas", "nowhere"], task="来") == "unknown-unit"
    assert await town.refused(TOWN, "order/whistle", unit_codes=[], task="来") == "too-short"
    assert (await town.order())["open_helpers"] == 0, "a refused whistle has called nobody"


async def test_a_late_lead_gives_its_helpers_a_span_of_their_own(api: Api) -> None:
    story = await handled(api, MONDAY, LEAD)
    story.at = city("2026-12-01 09:00")
    await ask(story, "assist", HELPER)
    due = await story.due("resolve", f"{story.ticket}-2")
    assert due == city("2026-12-08 17:30")
    assert due - story.at.astimezone(CITY) > timedelta(days=5)
