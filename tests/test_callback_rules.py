"""Ringing the citizen: tries, claims, what is asked, what follows from it, and what the figures keep (回访)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from support.api import Api
from support.story import UNIT, Story, city, resolved

HANDLER = f"unit-{UNIT}"
MONDAY = city("2026-11-23 09:00")
CONTENT = {"outcome": "reached", "resolved": "yes", "satisfaction": 4}
UNHAPPY = {"outcome": "reached", "resolved": "no", "satisfaction": 2}


async def claim(story: Story, by: str | None, until: datetime) -> None:
    """What taking the next call writes down."""
    async with story.api.here.database.connection() as connection:
        await connection.execute(
            "UPDATE service_request SET callback_claimed_by = $2, callback_claimed_until = $3 WHERE ticket_no = $1",
            story.ticket,
            by,
            until,
        )


async def again(story: Story, unit: str = UNIT) -> None:
    """The next round, up to its result."""
    await story.step(f"unit-{unit}", "order/accept", order := (await story.request())["work_order_no"])
    await story.step(f"unit-{unit}", "order/submit", order, result="再次处理。", outcome="solved")
    await story.step("dispatcher", "request/review", decision="approve")


async def test_the_call_is_due_two_working_days_after_the_result(api: Api) -> None:
    story = await resolved(api, city("2026-11-26 09:00"))
    due = datetime.fromisoformat((await story.request())["callback"]["due_at"])
    assert due == city("2026-11-30 17:30")


async def test_three_tries_on_different_half_days_make_the_citizen_unreachable(api: Api) -> None:
    story = await resolved(api, MONDAY)
    attempts = []
    for when in ("23 10:00", "23 11:59", "23 12:00", "23 17:00", "24 11:59"):
        story.at = city(f"2026-11-{when}")
        await story.step("callback", "request/callbacks", outcome="no_answer")
        attempts.append((await story.request())["callback"]["attempts"])
    assert attempts == [1, 1, 2, 2, 3], "twice in a half-day counts once"
    assert (await story.request())["callback"]["outcome"] == "unreachable"
    told = [(e["payload"]["attempt"], e["payload"]["counted"]) for e in await story.events("callback.unanswered")]
    assert told == [(1, True), (1, False), (2, True), (2, False), (3, True)]
    await story.step("callback", "request/close")


async def test_until_then_it_is_not_closed(api: Api) -> None:
    story = await resolved(api, MONDAY)
    await story.step("callback", "request/callbacks", outcome="no_answer")
    assert await story.refused("callback", "request/close") == "illegal-transition"
    await story.step("callback", "request/callbacks", outcome="refused")
    assert (await story.request())["callback"]["outcome"] == "refused"
    await story.step("callback", "request/close")


async def test_what_another_is_ringing_is_left_to_him(api: Api) -> None:
    story = await resolved(api, MONDAY)
    await claim(story, "agent-two", MONDAY + timedelta(minutes=15))
    assert await story.refused("callback", "request/callbacks", **CONTENT) == "claimed-by-another"
    story.at = MONDAY + timedelta(minutes=15)
    await story.step("callback", "request/callbacks", outcome="no_answer")
    await claim(story, "callback", story.at + timedelta(minutes=15))
    await story.step("callback", "request/callbacks", **CONTENT)


async def test_rating_online_replaces_the_call_even_while_it_is_made(api: Api) -> None:
    story = await resolved(api, MONDAY)
    await claim(story, "callback", MONDAY + timedelta(minutes=15))
    await story.step("citizen", "request/rating", resolved="yes", satisfaction=5)
    queue = (await api.as_("callback").get("/v1/callbacks/queue", params={"limit": 200})).json()["items"]
    assert story.ticket not in [item["ticket_no"] for item in queue]
    assert await story.refused("callback", "request/callbacks", **CONTENT) == "illegal-transition"


@pytest.mark.parametrize(
    ("said", "redone"),
    [(("no", 5), True), (("yes", 2), True), (("partly", 1), True), (("partly", 3), False), (("yes", 3), False)],
)
async def test_unresolved_or_dissatisfied_is_done_again(api: Api, said: tuple[str, int], redone: bool) -> None:
    story = await resolved(api)
    await story.step("callback", "request/callbacks", outcome="reached", resolved=said[0], satisfaction=said[1])
    now = await story.request()
    assert (now["state"], now["round"]) == (("assigned", 2) if redone else ("rated", 1))


async def test_it_is_done_again_by_another_unit_when_the_agent_says_so(api: Api) -> None:
    story = await resolved(api)
    assert await story.refused("callback", "request/callbacks", **UNHAPPY, redo_unit_code="nowhere") == "unknown-unit"
    await story.step("callback", "request/callbacks", **UNHAPPY, redo_unit_code="gas")
    assert (await story.request())["unit"]["code"] == "gas"
    await again(story, "gas")
    assert (await story.request())["state"] == "resolved"


async def test_a_content_citizen_changes_nothing_about_who_did_it(api: Api) -> None:
    story = await resolved(api)
    await story.step("callback", "request/callbacks", **CONTENT, redo_unit_code="gas")
    assert [row["resolved_unit_code"] for row in await row_of(story)] == [UNIT]


async def row_of(story: Story) -> list[dict[str, Any]]:
    async with story.api.here.database.connection() as connection:
        found = await connection.fetch("SELECT * FROM service_request WHERE ticket_no = $1", story.ticket)
    return [dict(row) for row in found]


async def test_after_two_rounds_again_only_a_supervisor_decides(api: Api) -> None:
    story = await resolved(api)
    for _ in range(2):
        await story.step("callback", "request/callbacks", **UNHAPPY)
        await again(story)
    await story.step("callback", "request/callbacks", **UNHAPPY)
    now = await story.request()
    assert (now["state"], now["round"]) == ("rated", 3)
    for who in ("dispatcher", "callback"):
        assert await story.refused(who, "request/close") == "illegal-transition"
    assert {"close", "reopen"} <= set((await story.request("supervisor"))["available_actions"])
    await story.step("supervisor", "request/close")
    await story.step("supervisor", "request/reopen", reason="领导要求", unit_code="gas")
    assert (await story.request())["round"] == 4


async def test_how_often_it_is_done_again_is_a_row_of_the_policy(api: Api) -> None:
    row = {"kind": "help", "urgency": "normal", "category_prefix": "0301", "redo_rounds": 0, "call_attempts": 1}
    row |= {"dispatch": "1wh", "accept": "2wh", "contact": "1wd", "resolve": "5wd", "callback": "1wd"}
    assert (await api.as_("admin").post("/v1/sla-policies", json=row)).status_code == 201
    story = await resolved(api, MONDAY, category_code="0301")
    assert datetime.fromisoformat((await story.request())["callback"]["due_at"]) == city("2026-11-24 17:30")
    await story.step("citizen", "request/rating", resolved="no", satisfaction=1)
    assert (await story.request())["state"] == "rated"
    other = await resolved(api, MONDAY, category_code="0301")
    await other.step("callback", "request/callbacks", outcome="no_answer")
    assert (await other.request())["callback"]["outcome"] == "unreachable"


async def test_an_unreasonable_rating_is_left_out_and_kept(api: Api) -> None:
    story = await resolved(api)
    for _ in range(2):
        await story.step("callback", "request/callbacks", **UNHAPPY)
        await again(story)
    await story.step("callback", "request/callbacks", **UNHAPPY, comment="要求免单")
    form = {"reason": "unreasonable", "text": "诉求超出法定职责"}
    for who in ("dispatcher", "callback", "auditor"):
        assert await story.refused(who, "request/exclude", **form) == "forbidden"
    assert await story.refused("supervisor", "request/exclude", reason="because", text="无") == "enum"
    await story.step("supervisor", "request/exclude", **form)
    assert await story.refused("supervisor", "request/exclude", **form) == "illegal-transition", "once"
    row = (await row_of(story))[0]
    assert (row["satisfaction"], row["resolved_answer"], row["rating_excluded"]) == (2, "no", "unreasonable")
    told = (await story.events("rating.excluded"))[0]
    assert (told["actor"], told["payload"]["exclusion"], told["payload"]["reason"]) == (
        "supervisor",
        "unreasonable",
        "诉求超出法定职责",
    )
    await story.step("dispatcher", "request/close")


@pytest.mark.parametrize("way", ["agent", "citizen"])
async def test_the_history_keeps_every_figure_of_each_round(api: Api, way: str) -> None:
    story = await resolved(api)
    said = {"resolved": "no", "satisfaction": 1, "contacted_in_time": False, "comment": "没人联系我"}
    then = {"resolved": "yes", "satisfaction": 5, "contacted_in_time": True, "comment": "这次好了"}
    for round_, answers in ((1, said), (2, then)):
        if way == "agent":
            await story.step("callback", "request/callbacks", outcome="reached", **answers)
        else:
            body = {"code": story.code, **answers}
            answer = await api.as_().post(f"/public/requests/{story.ticket}/rating", json=body)
            assert answer.status_code == 200
        told = (await story.events("request.rated"))[-1]
        assert told["payload"] == {**answers, "round": round_}
        assert told["actor_kind"] == ("user" if way == "agent" else "citizen")
        if round_ == 1:
            await again(story)
    now = await story.request()
    assert (now["satisfaction"], now["resolved"], now["round"]) == (5, "yes", 2)
    assert now["callback"] | {"due_at": 0, "rated_at": 0, "attempts": 0} == {
        "due_at": 0, "attempts": 0, "outcome": "reached", "contacted_in_time": True, "comment": "这次好了", "rated_at": 0,
        "excluded": None,
    }  # fmt: skip


async def test_a_reached_citizen_has_answered(api: Api) -> None:
    story = await resolved(api)
    for form in ({}, {"resolved": "yes"}, {"satisfaction": 3}):
        assert await story.refused("callback", "request/callbacks", outcome="reached", **form) == "answers-required"
    for score in (0, 6, "5", True):
        assert await story.refused(
            "callback", "request/callbacks", outcome="reached", resolved="yes", satisfaction=score
        )
    assert (await story.request())["state"] == "resolved"
