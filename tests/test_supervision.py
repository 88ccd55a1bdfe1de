"""Nothing is left lying: chases, alarms, rectification slips, leaders' instructions (催办、督办、批示)."""

from datetime import timedelta

import pytest

from support.api import Api
from support.story import UNIT, Story, city, file, handled, resolved

HANDLER = f"unit-{UNIT}"
MONDAY = city("2026-11-23 09:00")
DUE = city("2026-11-30 17:30")
SLIP = {"level": "orange", "reply_by": "2026-12-01T17:30:00+08:00", "text": "请说明逾期原因并限期办结。"}
ORDER_ALARMS = ("work_order.due_soon", "work_order.overdue", "work_order.late", "work_order.escalated")


async def test_citizen_and_operator_together_chase_three_times_a_day(api: Api) -> None:
    story = await handled(api, MONDAY)
    for who in ("citizen", "operator", "citizen"):
        await story.step(who, "request/reminders", text="请尽快。")
    for who in ("citizen", "operator", "supervisor"):
        assert await story.refused(who, "request/reminders") == "reminder-limit"
    story.at = city("2026-11-23 23:59")
    assert await story.refused("citizen", "request/reminders") == "reminder-limit"
    story.at = city("2026-11-24 00:00")
    await story.step("citizen", "request/reminders")
    assert [e["actor_kind"] for e in await story.events("request.reminded")] == [
        "citizen",
        "user",
        "citizen",
        "citizen",
    ]


async def test_how_often_one_may_chase_is_a_row_of_the_policy(api: Api) -> None:
    row = {"kind": "help", "urgency": "normal", "category_prefix": "0301", "reminders_a_day": 1}
    row |= {"dispatch": "1wh", "accept": "2wh", "contact": "1wd", "resolve": "5wd", "callback": "2wd"}
    row |= {"notice_after": "2wh", "escalate_after": "1wd"}
    assert (await api.as_("admin").post("/v1/sla-policies", json=row)).status_code == 201
    story = await handled(api, MONDAY, category_code="0301")
    await story.step("operator", "request/reminders")
    assert await story.refused("operator", "request/reminders") == "reminder-limit"
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    await story.until(city("2026-12-01 11:00"))
    assert (await story.events("work_order.late"))[0]["payload"]["since"].startswith("2026-12-01T03:00")
    await story.until(city("2026-12-01 17:30"))
    assert len(await story.events("work_order.escalated")) == 1


async def test_chased_before_the_limit_warned_the_day_after_told_to_the_supervisor(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    marks = {
        "work_order.due_soon": city("2026-11-27 14:00"),
        "work_order.overdue": DUE,
        "work_order.late": city("2026-12-01 17:30"),
        "work_order.escalated": city("2026-12-07 17:30"),
    }
    for index, (kind, instant) in enumerate(marks.items()):
        await story.until(instant - timedelta(microseconds=1))
        assert len(await story.events(*ORDER_ALARMS)) == index, kind
        await story.until(instant)
        await story.until(instant)
        assert [e["kind"] for e in await story.events(*ORDER_ALARMS)] == list(marks)[: index + 1]
    assert (await story.order())["escalated_at"]
    await story.heard(HANDLER, *marks)


async def test_an_order_that_is_reported_in_time_is_never_late(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    story.at = city("2026-11-25 09:00")
    await story.step(HANDLER, "order/submit", result="已办。", outcome="solved")
    await story.until(city("2026-12-31 09:00"))
    assert not await story.events(*ORDER_ALARMS)


@pytest.mark.parametrize("level", ["blue", "orange", "red"])
async def test_a_slip_is_answered_sent_back_and_settled(api: Api, level: str) -> None:
    story = await handled(api, MONDAY)
    await story.step("supervisor", "request/supervisions", **{**SLIP, "level": level})
    assert (await story.record("supervision", who=HANDLER))["available_actions"] == ["reply"]
    assert await story.refused("supervisor", "supervision/settle") == "illegal-transition"
    await story.step(HANDLER, "supervision/reply", text="因配件未到。")
    assert await story.refused(HANDLER, "supervision/settle") == "forbidden"
    past = {"reason": "未说明整改措施", "reply_by": "2026-11-23T09:00:00+08:00"}
    assert await story.refused("supervisor", "supervision/send_back", **past) == "past"
    await story.step(
        "supervisor", "supervision/send_back", reason="未说明整改措施", reply_by="2026-12-03T17:30:00+08:00"
    )
    again = await story.record("supervision", who=HANDLER)
    assert (again["state"], again["level"], again["reply_by"]) == ("open", level, "2026-12-03T09:30:00+00:00")
    await story.step(HANDLER, "supervision/reply", text="已更换配件，明日完成。")
    await story.step("supervisor", "supervision/settle")
    settled = await story.record("supervision")
    assert (settled["state"], settled["reply"], settled["available_actions"]) == (
        "accepted",
        "已更换配件，明日完成。",
        [],
    )
    await story.heard(HANDLER, "supervision.issued", "supervision.sent_back", "supervision.accepted")


async def test_an_unanswered_slip_turns_red_once_for_each_date(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step("supervisor", "request/supervisions", **SLIP)
    await story.until(city("2026-12-01 17:30") - timedelta(microseconds=1))
    assert not await story.events("supervision.overdue")
    for _ in range(3):
        await story.until(city("2026-12-01 17:30"))
    assert len(await story.events("supervision.overdue")) == 1
    await story.step(HANDLER, "supervision/reply", text="迟复为歉。")
    await story.step("supervisor", "supervision/send_back", reason="不充分", reply_by="2026-12-04T17:30:00+08:00")
    await story.until(city("2026-12-04 17:30"))
    assert len(await story.events("supervision.overdue")) == 2
    assert (await story.record("supervision"))["overdue_at"]


async def test_a_leaders_instruction_must_be_answered(api: Api) -> None:
    story = await handled(api)
    form = {"leader": "王副市长", "reply_by": "2099-12-01T17:30:00+08:00", "text": "请供水公司三日内解决。"}
    for who in ("operator", "dispatcher", "auditor", HANDLER):
        assert await story.refused(who, "request/instructions", **form) == "forbidden"
    await story.step("supervisor", "request/instructions", **form)
    shown = await story.record("supervision", who=HANDLER)
    assert (shown["kind"], shown["leader"], shown["state"]) == ("instruction", "王副市长", "open")
    await story.step(HANDLER, "supervision/reply", text="已按批示办理。")


async def test_what_is_asked_of_a_unit_may_be_answered_after_the_request_is_resolved(api: Api) -> None:
    story = await handled(api)
    await story.step("supervisor", "request/supervisions", **{**SLIP, "reply_by": "2099-12-01T17:30:00+08:00"})
    await story.step(HANDLER, "order/submit", result="已办。", outcome="solved")
    await story.step("dispatcher", "request/review", decision="approve")
    await story.step("callback", "request/callbacks", outcome="reached", resolved="yes", satisfaction=5)
    await story.step("dispatcher", "request/close")
    await story.step(HANDLER, "supervision/reply", text="已办结。")
    await story.step("supervisor", "supervision/settle")
    assert (await story.record("supervision"))["state"] == "accepted"


async def test_a_resolved_matter_may_still_be_supervised(api: Api) -> None:
    story = await resolved(api)
    await story.step("supervisor", "request/supervisions", **{**SLIP, "reply_by": "2099-12-01T17:30:00+08:00"})
    await story.step(HANDLER, "supervision/reply", text="已说明。")


async def test_a_slip_is_for_the_unit_and_those_above_it(api: Api) -> None:
    story = await handled(api, unit="team-shimen")
    ahead = {**SLIP, "reply_by": "2099-12-01T17:30:00+08:00"}
    await story.step("unit-team-shimen", "order/assist", unit_code="gas", task="协助")
    await story.step("supervisor", "request/supervisions", **ahead)
    seen = {}
    for who in ("unit-team-shimen", "unit-township-qingshi", "unit-gas", "unit-water", "auditor"):
        listed = await api.as_(who).get("/v1/supervisions", params={"ticket_no": story.ticket})
        seen[who] = len(listed.json()["items"])
        read = await api.as_(who).get(f"/v1/supervisions/{story.number('supervision')}")
        assert read.status_code == (200 if seen[who] else 404)
    assert seen == {"unit-team-shimen": 1, "unit-township-qingshi": 1, "unit-gas": 0, "unit-water": 0, "auditor": 1}
    assert await story.refused("unit-township-qingshi", "supervision/reply", text="代答") == "forbidden"
    assert await story.refused("unit-gas", "supervision/reply", text="代答") == "not-found"


@pytest.mark.parametrize("unit", ["gas", "township-qingshi"])
async def test_a_slip_to_a_helper_or_a_superior_reaches_it_and_can_be_answered(api: Api, unit: str) -> None:
    story = await handled(api, unit="team-shimen")
    await story.step("unit-team-shimen", "order/assist", unit_code="gas", task="协助")
    ahead = {**SLIP, "reply_by": "2099-12-01T17:30:00+08:00"}
    await story.step("supervisor", "request/supervisions", **ahead, unit_code=unit)
    who = f"unit-{unit}"
    heard = await story.heard(who, "supervision.issued")
    assert [i["details"]["unit_code"] for i in heard if i["kind"] == "supervision.issued"] == [unit]
    if unit == "gas":
        own = [i["kind"] for i in await story.heard("unit-team-shimen")]
        assert "supervision.issued" not in own, "it is not about the lead"
    await story.step(who, "supervision/reply", text="已落实。")
    await story.step("supervisor", "supervision/settle")


async def test_a_slip_goes_to_nobody_who_has_no_part_in_it(api: Api) -> None:
    """It could neither see nor answer it."""
    story = await handled(api)
    ahead = {**SLIP, "reply_by": "2099-12-01T17:30:00+08:00"}
    assert await story.refused("supervisor", "request/supervisions", **ahead, unit_code="housing") == "not-concerned"
    assert await story.refused("supervisor", "request/supervisions", **ahead, unit_code="nowhere") == "unknown-unit"
    waiting = await file(api)
    assert await waiting.refused("supervisor", "request/supervisions", **ahead) == "illegal-transition"


async def asked(story: Story, **wanted: object) -> list[str]:
    listed = await story.api.as_("supervisor").get("/v1/supervisions", params={"ticket_no": story.ticket, **wanted})
    return [item["number"][-2:] for item in listed.json()["items"]]


async def test_slips_are_listed_by_level_kind_and_state(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step("supervisor", "request/supervisions", **{**SLIP, "reply_by": "2026-11-23T10:00:00+08:00"})
    ahead = {"reply_by": "2099-12-01T17:30:00+08:00", "text": "请办理。"}
    await story.step("supervisor", "request/supervisions", level="red", **ahead)
    await story.step("supervisor", "request/instructions", leader="李市长", **ahead)
    assert await asked(story) == ["S3", "S2", "S1"]
    assert await asked(story, level="red") == ["S2"]
    assert await asked(story, kind="instruction") == ["S3"]
    assert await asked(story, state="replied") == []
