"""Questions for experts, and matters that come from or go to 110 (专家座席、110双向流转)."""

import pytest

from support.api import Api
from support.story import UNIT, file, handled

NOTE = {
    "three_way": True,
    "three_way_note": "与110接警员、诉求人三方通话，确认由派出所出警。",
    "reference": "110-20261123-0088",
}


async def test_an_operator_hands_a_question_to_the_expert_who_answers(api: Api) -> None:
    story = await file(api)
    await story.step("operator", "request/handover", question="养老保险补缴政策")
    now = await story.request("expert")
    assert (now["state"], now["desk"]) == ("received", "expert")
    assert {"answer", "handback"} <= set(now["available_actions"])
    assert "handover" not in now["available_actions"]
    assert await story.refused("operator", "request/handover", question="再问") == "illegal-transition"
    await story.step("expert", "request/answer", text="可按规定补缴，请到社保窗口办理。")
    done = await story.request()
    assert (done["state"], done["desk"]) == ("resolved", None)


async def test_an_expert_gives_back_what_is_not_for_it(api: Api) -> None:
    story = await file(api)
    assert await story.refused("expert", "request/handback", reason="不属本席") == "illegal-transition"
    await story.step("operator", "request/handover", question="是否属于社保？")
    await story.step("expert", "request/handback", reason="属供水问题，请派单。")
    assert (await story.request())["desk"] is None
    await story.step("operator", "request/handover", question="请再看")
    await story.step("dispatcher", "request/dispatch", unit_code=UNIT)
    assert (await story.request())["desk"] is None, "who has a unit waits at no desk"
    kinds = await story.kinds()
    assert [kind for kind in kinds if "handed" in kind] == [
        "request.handed_over",
        "request.handed_back",
        "request.handed_over",
    ]


async def test_what_110_passes_on_keeps_its_number_and_is_found_again(api: Api) -> None:
    body = {"channel": "police_110", "text": "小区夜间施工噪音，110转来。", "external_ref": "J2026112300123"}
    one = await api.as_("operator").post("/v1/requests", json=body)
    two = await api.as_("operator").post("/v1/requests", json=body)
    assert (one.status_code, two.status_code) == (201, 200)
    assert one.json()["ticket_no"] == two.json()["ticket_no"]
    detail = (await api.as_("operator").get(f"/v1/requests/{one.json()['ticket_no']}")).json()
    assert (detail["channel"], detail["external_ref"]) == ("police_110", "J2026112300123")
    other = await api.as_("operator").post("/v1/requests", json={**body, "channel": "phone"})
    assert other.status_code == 201, "the number is the police's own, not everybody's"
    listed = await api.as_("operator").get("/v1/requests", params={"channel": "police_110"})
    assert [item["ticket_no"] for item in listed.json()["items"]] == [one.json()["ticket_no"]]


@pytest.mark.parametrize("state", ["received", "assigned", "in_progress"])
@pytest.mark.parametrize("who", ["operator", "dispatcher"])
async def test_an_emergency_goes_to_110_with_the_note_of_the_call(api: Api, state: str, who: str) -> None:
    story = await handled(api) if state == "in_progress" else await file(api)
    if state == "assigned":
        await story.step("dispatcher", "request/dispatch", unit_code=UNIT)
    assert (await story.request())["state"] == state
    await story.step(who, "request/transfer", to="110", reason="人身安全受威胁", **NOTE)
    now = await story.request()
    assert (now["state"], now["available_actions"]) == ("transferred", ["shield", "reveal"])
    told = (await story.events("request.transferred"))[0]["payload"]
    assert {key: told[key] for key in NOTE} == NOTE
    assert [order["state"] for order in now["work_orders"]] == ["withdrawn"] * (state != "received")
    page = (await api.as_().get(f"/public/requests/{story.ticket}", params={"code": story.code})).json()
    assert (page["timeline"][-1]["text"], page["state"]) == ("已转 110 处理。", "transferred")
    assert page["result"] == now["result"] == "已转 110 处理。"
    assert NOTE["three_way_note"] not in str(page)


async def test_a_call_of_three_needs_its_note(api: Api) -> None:
    story = await file(api)
    form = {"to": "110", "reason": "警情", "three_way": True}
    assert await story.refused("operator", "request/transfer", **form) == "three-way-note-required"
    assert await story.refused("callback", "request/transfer", to="110", reason="警情") == "forbidden"
    assert await story.refused(f"unit-{UNIT}", "request/transfer", to="110", reason="警情") == "not-found"
