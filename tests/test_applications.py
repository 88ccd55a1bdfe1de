"""What a unit may apply for: to return its order, to have more time, to put it on hold (退单、延期、挂账)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from support.api import Api
from support.story import UNIT, city, file, handled

HANDLER = f"unit-{UNIT}"
MONDAY = city("2026-11-23 09:00")
RETURN = {"reason": "not_our_duty", "text": "路灯由住建部门管养。"}


async def test_a_return_is_granted_and_the_next_dispatcher_reads_why(api: Api) -> None:
    story = await handled(api)
    await story.step(HANDLER, "order/return", **RETURN, suggestion="建议派住建局。", suggested_unit_code="housing")
    assert (await story.order())["due_at"], "the clocks run on while a return waits"
    asked = await story.record("application", who=HANDLER)
    assert (asked["kind"], asked["state"], asked["return_reason"]) == ("return", "open", "not_our_duty")
    assert (asked["available_actions"], (await story.record("application"))["available_actions"]) == (
        ["cancel"],
        ["approve", "refuse"],
    )
    await story.step("dispatcher", "application/approve", reason="属实")
    assert (await story.request())["state"] == "received"
    assert (await story.order())["state"] == "returned"
    listed = await api.as_("dispatcher").get("/v1/applications", params={"ticket_no": story.ticket})
    shown = listed.json()["items"][0]
    assert (shown["state"], shown["suggestion"], shown["suggested_unit_code"]) == (
        "approved",
        "建议派住建局。",
        "housing",
    )
    await story.step("dispatcher", "request/dispatch", unit_code="housing", reason="按退单建议改派")
    labels = [
        (row["source"], row["unit_before"], row["unit_after"], row["reason"]) for row in await story.rows("correction")
    ]
    assert labels == [
        ("return", UNIT, None, "not_our_duty"),
        ("redispatch", UNIT, "housing", None),
    ]


async def test_the_reasons_for_a_return_are_a_closed_list(api: Api) -> None:
    story = await handled(api)
    assert await story.refused(HANDLER, "order/return", reason="busy") == "enum"
    assert await story.refused(HANDLER, "order/return", **RETURN, suggested_unit_code="nowhere") == "unknown-unit"
    assert await story.refused("unit-gas", "order/return", **RETURN) == "not-found"
    for reason in ("not_our_area", "insufficient_information", "duplicate", "statutory_procedure"):
        other = await handled(api)
        await other.step(HANDLER, "order/return", reason=reason)


@pytest.mark.parametrize(
    ("when", "taken"),
    [("2026-11-25 17:29", True), ("2026-11-25 17:30", False), ("2026-11-26 09:00", False)],
)
async def test_a_return_may_be_asked_for_two_working_days_after_accepting(api: Api, when: str, taken: bool) -> None:
    story = await handled(api, MONDAY)
    story.at = city(when)
    if taken:
        await story.step(HANDLER, "order/return", **RETURN)
    else:
        assert await story.refused(HANDLER, "order/return", **RETURN) == "return-window-over"


@pytest.mark.parametrize(
    "answers", [("refuse", "refuse"), ("approve", "approve"), ("refuse", "approve"), ("approve", "refuse")]
)
async def test_after_two_returns_a_round_the_order_is_the_units_for_good(api: Api, answers: tuple[str, str]) -> None:
    story, unit = await handled(api), UNIT
    for decision, following in zip(answers, ("gas", "power"), strict=True):
        await story.step(f"unit-{unit}", "order/return", **RETURN)
        await story.step("dispatcher", f"application/{decision}", reason="请见说明")
        if decision == "approve":
            unit = following
            await story.step("dispatcher", "request/dispatch", unit_code=unit)
            await story.step(f"unit-{unit}", "order/accept")
    assert (await story.order())["forced"] is True
    assert await story.refused(f"unit-{unit}", "order/return", **RETURN) == "illegal-transition"
    last = (await story.events("work_order.forced", "request.dispatched"))[-1]
    assert last["payload"]["forced"] is True
    assert last["unit_code"] == unit


async def test_a_dispatcher_may_force_at_once(api: Api) -> None:
    story = await file(api)
    await story.step("dispatcher", "request/dispatch", unit_code=UNIT, force=True)
    await story.step(HANDLER, "order/accept")
    assert "return" not in (await story.order(who=HANDLER))["available_actions"]


async def test_a_new_round_gives_new_allowances(api: Api) -> None:
    story = await handled(api)
    for _ in range(2):
        await story.step(HANDLER, "order/return", **RETURN)
        await story.step("dispatcher", "application/refuse", reason="属本单位职责")
    await story.step(HANDLER, "order/extend", reason="等待配件", working_days=2)
    await story.step("dispatcher", "application/refuse", reason="可按期办结")
    await story.step(HANDLER, "order/submit", result="已说明。", outcome="explained")
    await story.step("dispatcher", "request/review", decision="approve")
    await story.step("callback", "request/callbacks", outcome="reached", resolved="no", satisfaction=1)
    order = (await story.request())["work_order_no"]
    assert order.endswith("-2")
    await story.step(HANDLER, "order/accept", order)
    again = await story.order(order, who=HANDLER)
    assert (again["round"], again["forced"]) == (2, False)
    assert {"return", "extend", "hold"} <= set(again["available_actions"])


async def test_one_application_is_open_at_a_time_and_none_when_it_reports(api: Api) -> None:
    story = await handled(api)
    await story.step(HANDLER, "order/extend", reason="等待配件", working_days=2)
    for path, form in (
        ("order/extend", {"reason": "再等", "working_days": 1}),
        ("order/return", RETURN),
        ("order/hold", {"reason": "等待资金", "review_on": "2026-12-20"}),
        ("order/submit", {"result": "已办。", "outcome": "solved"}),
    ):
        assert await story.refused(HANDLER, path, **form) == "illegal-transition"
    assert (
        await story.refused("dispatcher", "request/hold", reason="等", review_on="2026-12-20") == "illegal-transition"
    )
    await story.step(HANDLER, "application/cancel")
    assert (await story.record("application"))["state"] == "cancelled"
    assert await story.refused("dispatcher", "application/approve") == "illegal-transition"
    assert await story.refused(HANDLER, "order/extend", reason="再等", working_days=1) == "illegal-transition", (
        "what was taken back has been counted"
    )
    await story.step(HANDLER, "order/submit", result="已办。", outcome="solved")


@pytest.mark.parametrize(
    ("who", "code"),
    [("operator", "forbidden"), ("callback", "forbidden"), ("auditor", "forbidden"), (HANDLER, "forbidden"),
     ("unit-gas", "not-found")],
)  # fmt: skip
async def test_only_the_centre_decides(api: Api, who: str, code: str) -> None:
    story = await handled(api)
    await story.step(HANDLER, "order/return", **RETURN)
    for action in ("approve", "refuse"):
        assert await story.refused(who, f"application/{action}", reason="同意") == code
    await story.step("supervisor", "application/refuse", reason="属本单位职责")


LEAVING = {
    "withdrawn": ("order/withdraw", {}),
    "redispatched": ("request/dispatch", {"unit_code": "gas"}),
    "transferred": ("request/transfer", {"to": "110", "reason": "属警情"}),
    "merged": ("request/merge", {}),
}


@pytest.mark.parametrize("way", LEAVING)
@pytest.mark.parametrize(
    ("ask", "form"),
    [("return", RETURN), ("extend", {"reason": "等待配件", "working_days": 2}),
     ("hold", {"reason": "等待资金", "review_on": "2026-12-20"})],
)  # fmt: skip
async def test_what_nobody_decided_lapses_with_the_order(api: Api, way: str, ask: str, form: dict[str, str]) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, f"order/{ask}", **form)
    path, how = LEAVING[way]
    if way == "merged":
        how = {"into": (await file(api, MONDAY)).ticket}
    order = story.number("order")
    await story.step("dispatcher", path, **how)
    assert (await story.record("application"))["state"] == "lapsed"
    assert "application.lapsed" in await story.kinds()
    left = await story.order(order)
    assert (left["open_application"], left["lamp"]) == (None, None)
    assert await story.refused("dispatcher", "application/approve") == "illegal-transition"


async def test_the_limits_are_rows_of_the_policy(api: Api) -> None:
    row = {"kind": "help", "urgency": "normal", "category_prefix": "0301"}
    row |= {"dispatch": "1wh", "accept": "2wh", "contact": "1wd", "resolve": "5wd", "callback": "2wd"}
    admin = api.as_("admin")
    made = await admin.post("/v1/sla-policies", json={**row, "max_returns": 1, "max_extensions": 2, "max_holds": 0})
    assert made.status_code == 201, made.text
    story = await handled(api, MONDAY, category_code="0301", unit="housing")
    who = "unit-housing"
    assert await story.refused(who, "order/hold", reason="等", review_on="2026-12-01") == "illegal-transition"
    for days in (1, 2):
        await story.step(who, "order/extend", reason="等待配件", working_days=days)
        await story.step("dispatcher", "application/approve")
    assert await story.refused(who, "order/extend", reason="再等", working_days=1) == "illegal-transition"
    change = {"return_window": "1wd", "max_hold_days": 10, "max_holds": 1}
    assert (await admin.patch(f"/v1/sla-policies/{made.json()['id']}", json=change)).status_code == 200
    later = await handled(api, MONDAY, category_code="0301", unit="housing")
    assert await later.refused(who, "order/hold", reason="等", review_on="2026-12-04") == "out-of-range"
    later.at = city("2026-11-24 17:30")
    assert await later.refused(who, "order/return", **RETURN) == "return-window-over"
    later.at -= timedelta(microseconds=1)
    await later.step(who, "order/return", **RETURN)
    await later.step("dispatcher", "application/refuse", reason="属本单位职责")
    assert (await later.order())["forced"] is True


async def test_many_at_once_open_one_application_and_decide_it_once(api: Api) -> None:
    story = await handled(api)
    form = {"reason": "等待配件", "working_days": 2}
    asked = [api.as_(HANDLER).post(f"/v1/work-orders/{story.number('order')}/extend", json=form) for _ in range(20)]
    assert Counter(answer.status_code for answer in await asyncio.gather(*asked)) == {200: 1, 409: 19}
    number = f"{story.number('order')}-A1"
    decided = [
        api.as_(who).post(f"/v1/applications/{number}/{action}", json={"reason": "已核"})
        for who in ("dispatcher", "supervisor")
        for action in ("approve", "refuse")
    ] + [api.as_(HANDLER).post(f"/v1/applications/{number}/cancel")]
    assert Counter(answer.status_code for answer in await asyncio.gather(*decided)) == {200: 1, 409: 4}
    assert [row["number"] for row in await story.rows("application")] == [number]
