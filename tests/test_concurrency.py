"""Many callers at once on one thing: one wins, the rest are told so, and the history stays one straight line."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.domain.workflow import OPEN_ORDER_STATES
from app.services.sweep import sweep
from support.api import TEXT, Api
from support.lives import FORMS, UNIT, Life, live

HANDLER = f"unit-{UNIT}"
CROWD = 120
Call = tuple[str, str, dict[str, Any], dict[str, str]]
"""Who, path, form, headers."""


async def all_at_once(api: Api, calls: list[Call]) -> list[httpx.Response]:
    """Send all calls at the same moment; none may end in a server error."""
    answers = await asyncio.gather(
        *(api.as_(who).post(path, json=form, headers=headers) for who, path, form, headers in calls)
    )
    assert {a.status_code for a in answers} <= {200, 201, 409, 412}, [a.text for a in answers if a.status_code >= 500]
    return list(answers)


async def straight_line(api: Api, life: Life) -> list[dict[str, Any]]:
    """The history, once it is known to be gapless, consistent and as long as the version says."""
    events = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}/timeline")).json()["items"]
    now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert now["version"] == len(events)
    state: str | None = None
    orders: dict[str, str] = {}
    for event in events:
        if event["from_state"] is not None and event["kind"].startswith("work_order."):
            assert event["from_state"] == orders.get(event["work_order_no"], "pending"), event
            orders[event["work_order_no"]] = event["to_state"]
        elif event["to_state"] is not None:
            assert event["from_state"] == state, event
            assert event["to_state"] == event["request_state"]
        state = event["request_state"]
    assert now["state"] == state
    stand = {o["work_order_no"]: o["state"] for o in now["work_orders"]}
    assert stand == {number: orders.get(number, "pending") for number in stand}
    assert sum(state in OPEN_ORDER_STATES for state in stand.values()) <= 1
    return list(events)


async def test_the_same_accept_120_times_is_taken_once(api: Api) -> None:
    life = await live(api, "assigned")
    path = f"/v1/{life.path('work_order', 'accept')}"
    answers = await all_at_once(api, [(HANDLER, path, {}, {})] * CROWD)
    assert Counter(a.status_code for a in answers) == {200: 1, 409: CROWD - 1}
    assert {a.json()["state"] for a in answers if a.status_code == 409} == {"accepted"}
    events = await straight_line(api, life)
    assert [event["kind"] for event in events].count("work_order.accepted") == 1


async def test_the_same_version_120_times_is_changed_once(api: Api) -> None:
    life = await live(api, "assigned")
    path = f"/v1/{life.path('request', 'reminders')}"
    version = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()["version"]
    answers = await all_at_once(api, [("operator", path, {}, {"If-Match": f'"{version}"'})] * CROWD)
    assert Counter(a.status_code for a in answers) == {200: 1, 412: CROWD - 1}
    assert len(await straight_line(api, life)) == version + 1


async def test_120_different_actions_on_one_order_leave_one_straight_line(api: Api) -> None:
    life = await live(api, "assigned")
    before = len(await straight_line(api, life))
    kinds = [
        (HANDLER, life.path("work_order", "accept"), {}),
        (HANDLER, life.path("work_order", "accept"), {}),
        (HANDLER, life.path("work_order", "progress"), {"text": "正在处理。"}),
        (HANDLER, life.path("work_order", "submit"), FORMS[("submit", None)]),
        ("dispatcher", life.path("request", "dispatch"), {"unit_code": UNIT}),
        ("supervisor", life.path("work_order", "withdraw"), {}),
        ("dispatcher", life.path("request", "hold"), FORMS[("hold", None)]),
        ("dispatcher", life.path("request", "resume"), {}),
        ("dispatcher", life.path("request", "review"), FORMS[("review", "approve")]),
        ("dispatcher", life.path("request", "decline"), FORMS[("decline", None)]),
        ("callback", life.path("request", "callbacks"), FORMS[("callbacks", "reached")]),
        ("operator", life.path("request", "supplements"), FORMS[("supplements", None)]),
    ]
    calls: list[Call] = [(who, f"/v1/{path}", form, {}) for who, path, form in kinds * 10]
    answers = await all_at_once(api, calls)
    taken = sum(a.status_code == 200 for a in answers)
    events = await straight_line(api, life)
    # A re-dispatch that takes an open order away writes two events; every other step one.
    extra = sum(e["kind"] == "work_order.withdrawn" for e in events) - sum(
        a.status_code == 200 and a.request.url.path.endswith("/withdraw") for a in answers
    )
    assert len(events) == before + taken + extra


async def test_of_40_dispatchers_each_takes_the_order_from_the_one_before(api: Api) -> None:
    life = await live(api, "received")
    path = f"/v1/{life.path('request', 'dispatch')}"
    answers = await all_at_once(api, [("dispatcher", path, {"unit_code": UNIT}, {})] * 40)
    assert {a.status_code for a in answers} == {200}
    events = await straight_line(api, life)
    assert sum(event["kind"] == "work_order.withdrawn" for event in events) == 39


async def test_one_idempotency_key_many_times_at_once_files_once(api: Api) -> None:
    call: Call = ("operator", "/v1/requests", {"channel": "phone", "text": TEXT}, {"Idempotency-Key": "at-once"})
    answers = await all_at_once(api, [call] * 20)
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    async with api.here.database.connection() as connection:
        kept = await connection.fetchval("SELECT count(*) FROM idempotency_key WHERE key = 'at-once'")
    assert kept == 1
    other = await api.as_("operator").post(
        "/v1/requests", json={"channel": "phone", "text": "别的事"}, headers={"Idempotency-Key": "at-once"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-mismatch")


async def test_one_external_reference_many_times_at_once_files_once(api: Api) -> None:
    call: Call = ("operator", "/v1/requests", {"channel": "app", "text": TEXT, "external_ref": "APP-1"}, {})
    answers = await all_at_once(api, [call] * 20)
    assert Counter(a.status_code for a in answers) == {201: 1, 200: 19}
    assert len({a.json()["ticket_no"] for a in answers}) == 1


async def test_sweeps_at_the_same_time_raise_each_alarm_once(api: Api) -> None:
    lives = [await live(api, name) for name in ("received", "assigned", "in progress") for _ in range(6)]
    later = datetime.now(UTC) + timedelta(days=60)
    raised = await asyncio.gather(*(sweep(api.here, later) for _ in range(8)))
    assert sum(raised) > 0
    assert await sweep(api.here, later) == 0
    async with api.here.database.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT r.ticket_no, e.kind, e.payload ->> 'clock' AS clock, e.work_order_no, count(*) AS times
            FROM event e JOIN service_request r ON r.id = e.request_id
            WHERE e.kind LIKE '%due%' GROUP BY 1, 2, 3, 4
            """
        )
    assert {row["times"] for row in rows} == {1}
    mine = {life.ticket_no for life in lives}
    # received: dispatch; pending: accept, contact, resolve; accepted: contact, resolve; each yellow and red.
    assert sum(row["ticket_no"] in mine for row in rows) == 6 * 2 * (1 + 3 + 2)
    for life in lives:
        await straight_line(api, life)
