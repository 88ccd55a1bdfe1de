"""More time and holds: how much, until when it may be asked for, and where the clocks stand meanwhile (延期、挂账)."""

import re
from datetime import timedelta

import pytest

from support.api import Api
from support.story import UNIT, city, handled

HANDLER = f"unit-{UNIT}"
MONDAY = city("2026-11-23 09:00")
DUE = city("2026-11-30 17:30")
"""Five working days after that Monday."""
MOMENT = timedelta(microseconds=1)


async def test_an_extension_is_granted_once_and_no_longer_than_the_span(api: Api) -> None:
    story = await handled(api, MONDAY)
    assert await story.due() == DUE
    assert await story.refused(HANDLER, "order/extend", reason="等配件", working_days=6) == "out-of-range"
    assert await story.refused(HANDLER, "order/extend", reason="等配件", until="2026-12-07T17:30:01+08:00") == (
        "out-of-range"
    )
    assert await story.refused(HANDLER, "order/extend", reason="等配件", until="2026-11-30T17:30:00+08:00") == (
        "out-of-range"
    )
    await story.step(HANDLER, "order/extend", reason="等配件", working_days=5)
    assert await story.due() == DUE, "asking moves nothing"
    await story.step("supervisor", "application/approve", reason="同意")
    assert await story.due() == city("2026-12-07 17:30")
    assert "2026年12月07日" in (await story.events("request.extended"))[0]["payload"]["public"]
    assert await story.refused(HANDLER, "order/extend", reason="再等", working_days=1) == "illegal-transition"


async def test_every_instant_of_an_event_is_written_as_rfc_3339(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/extend", reason="等配件", working_days=5)
    await story.step("supervisor", "application/approve", reason="同意")
    asked, granted = [
        (await story.events(kind))[0]["payload"] for kind in ("extension.applied", "application.approved")
    ]
    assert asked["until"] == granted["until"] == "2026-12-07T09:30:00+00:00"
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2026-12-20")
    assert (await story.events("hold.applied"))[0]["payload"]["review_on"] == "2026-12-20"
    blank = re.compile(r"\d{4}-\d\d-\d\d \d\d:")
    assert not [row for row in await story.events() if blank.search(str(row["payload"]))]


async def test_both_or_neither_of_until_and_days_is_refused_in_words(api: Api) -> None:
    story = await handled(api)
    both = {"until": "2026-12-07T17:30:00+08:00", "working_days": 1}
    for form in ({}, both):
        assert await story.refused(HANDLER, "order/extend", reason="等", **form) == "one-of-until-and-working-days"


async def test_an_extension_may_be_asked_for_at_the_last_minute_and_granted_after_the_limit(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    story.at = DUE - MOMENT
    await story.step(HANDLER, "order/extend", reason="等配件", working_days=2)
    await story.until(DUE + timedelta(hours=1))
    assert (await story.events("work_order.overdue"))[-1]["payload"]["clock"] == "resolve"
    await story.step("dispatcher", "application/approve")
    order = await story.order()
    assert await story.due() == city("2026-12-02 17:30")
    await story.until(city("2026-12-02 17:29"))
    overdue = len(await story.events("work_order.overdue"))
    await story.until(city("2026-12-02 17:30"))
    assert len(await story.events("work_order.overdue")) == overdue + 1, "the new limit has an alarm of its own"
    assert order["escalated_at"] is None


async def test_after_the_limit_it_is_too_late_to_ask(api: Api) -> None:
    story = await handled(api, MONDAY)
    story.at = DUE
    assert await story.refused(HANDLER, "order/extend", reason="等配件", working_days=1) == "extension-too-late"


@pytest.mark.parametrize(("day", "code"), [("2026-11-23", "out-of-range"), ("2027-02-22", "out-of-range")])
async def test_a_review_date_lies_ahead_and_at_most_90_days(api: Api, day: str, code: str) -> None:
    story = await handled(api, MONDAY)
    assert await story.refused(HANDLER, "order/hold", reason="等待资金", review_on=day) == code
    assert await story.refused("dispatcher", "request/hold", reason="等待资金", review_on=day) == code
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2027-02-21", ground="funds")


@pytest.mark.parametrize("end", ["refuse", "cancel"])
async def test_the_clocks_stand_still_while_a_hold_is_asked_for(api: Api, end: str) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    story.at = city("2026-11-25 09:00")
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2026-12-20")
    assert ((await story.order())["lamp"], (await story.request())["state"]) == (None, "in_progress")
    await story.until(city("2026-12-09 09:00"))
    assert not await story.events("work_order.overdue"), "nothing is late that does not run"
    who = HANDLER if end == "cancel" else "dispatcher"
    await story.step(who, f"application/{end}", **({} if end == "cancel" else {"reason": "应当办理"}))
    # Three days, 26, 27 and 30 November, and the 25th were left: 9, 10, 11 and 14 December.
    assert await story.due() == city("2026-12-14 17:30")
    await story.until(city("2026-12-14 17:30"))
    assert len(await story.events("work_order.overdue")) == 1


async def test_a_hold_wakes_up_on_its_review_date(api: Api) -> None:
    story = await handled(api, MONDAY)
    story.at = city("2026-11-27 17:00")
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2026-12-14", ground="funds")
    story.at = city("2026-11-30 10:00")
    await story.step("dispatcher", "application/approve", reason="同意挂账")
    held = await story.request()
    assert (held["state"], held["hold_review_on"], held["lamp"]) == ("on_hold", "2026-12-14", None)
    assert "等待资金" in (await story.events("hold.granted"))[0]["payload"]["public"]
    await story.until(city("2026-12-14 00:00") - MOMENT)
    assert (await story.request())["state"] == "on_hold"
    await story.until(city("2026-12-14 00:00"))
    assert (await story.request())["state"] == "in_progress"
    # Left: half an hour of that Friday and the whole Monday, from the day that was applied for it on.
    assert await story.due() == city("2026-12-15 09:30")
    assert (await story.events("request.resumed"))[0]["actor"] == "system"


async def test_a_hold_that_nobody_decides_about_stops_no_clock_beyond_its_date(api: Api) -> None:
    story = await handled(api, MONDAY)
    story.at = MONDAY + timedelta(hours=1)
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2026-12-01")
    await story.until(city("2026-11-30 23:59"))
    assert (await story.order())["open_application"]
    await story.until(city("2026-12-01 09:00"))
    now = await story.order()
    assert (now["open_application"], now["lamp"]) == (None, "blue")
    assert (await story.record("application"))["state"] == "lapsed"
    assert (await story.events("application.expired"))[0]["actor_kind"] == "system"


async def test_a_hold_may_be_asked_for_as_often_as_the_policy_says(api: Api) -> None:
    story = await handled(api, MONDAY)
    for _ in range(2):
        await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2026-12-20")
        await story.step("dispatcher", "application/refuse", reason="应当办理")
    assert await story.refused(HANDLER, "order/hold", reason="等", review_on="2026-12-20") == "illegal-transition"


async def test_lateness_is_not_counted_while_it_stands_still(api: Api) -> None:
    story = await handled(api, MONDAY)
    await story.step(HANDLER, "order/contact", method="电话", outcome="已联系")
    await story.until(DUE + timedelta(hours=1))
    await story.step(HANDLER, "order/hold", reason="等待资金", review_on="2027-01-04")
    await story.step("dispatcher", "application/approve", reason="同意挂账")
    await story.until(city("2027-01-04 09:00"))
    assert not await story.events("work_order.late", "work_order.escalated")
    await story.until(city("2027-01-04 17:30"))
    assert len(await story.events("work_order.late")) == 1
    await story.until(city("2027-01-08 17:29"))
    assert not await story.events("work_order.escalated")
    await story.until(city("2027-01-08 17:30"))
    assert (await story.order())["escalated_at"]
