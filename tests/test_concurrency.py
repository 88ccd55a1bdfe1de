"""Many callers at once on one thing: one wins, the rest are told so, and the history stays one straight line."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.domain.states import OPEN_ORDER_STATES
from app.services.due_steps import take_due_steps
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
        elif event["to_state"] is not None and event["kind"].startswith(("request.", "callback.")):
            assert event["from_state"] == state, event
            assert event["to_state"] == event["request_state"]
        state = event["request_state"]
    assert now["state"] == state
    stand = {o["work_order_no"]: o["state"] for o in now["work_orders"]}
    assert stand == {number: orders.get(number, "pending") for number in stand}
    leads = [o["state"] for o in now["work_orders"] if o["role"] == "lead"]
    assert sum(state in OPEN_ORDER_STATES for state in leads) <= 1
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


async def test_two_that_merge_into_each_other_at_once_make_no_circle(api: Api) -> None:
    for _ in range(5):
        one, two = await live(api, "received"), await live(api, "received")
        calls: list[Call] = [
            ("dispatcher", f"/v1/{a.path('request', 'merge')}", {"into": b.ticket_no}, {})
            for a, b in ((one, two), (two, one))
        ]
        answers = await all_at_once(api, calls)
        assert sorted(a.status_code for a in answers) == [200, 409]
        lost = next(a.json() for a in answers if a.status_code == 409)
        assert lost["code"] in ("illegal-transition", "master-not-open")
        seen = [(await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json() for life in (one, two)]
        assert sorted((r["state"], r["followers"]) for r in seen) == [("merged", 0), ("received", 1)]
        for life in (one, two):
            await straight_line(api, life)


async def test_a_crowd_merged_into_one_at_once_is_counted_whole(api: Api) -> None:
    master = await live(api, "in progress")
    crowd = [await live(api, "received") for _ in range(12)]
    into = {"into": master.ticket_no}
    answers = await all_at_once(api, [("dispatcher", f"/v1/{c.path('request', 'merge')}", into, {}) for c in crowd])
    assert {a.status_code for a in answers} == {200}
    assert (await api.as_("auditor").get(f"/v1/requests/{master.ticket_no}")).json()["followers"] == len(crowd)
    await api.step(HANDLER, master.path("work_order", "submit"), **FORMS["submit", None])
    resolving: Call = ("dispatcher", f"/v1/{master.path('request', 'review')}", {"decision": "approve"}, {})
    adding: list[Call] = [
        ("operator", f"/v1/{c.path('request', 'supplements')}", {"text": "再补充。"}, {}) for c in crowd
    ]
    answers = await all_at_once(api, [*adding[:6], resolving, *adding[6:]])
    assert answers[6].status_code == 200
    assert (await api.as_("auditor").get(f"/v1/requests/{master.ticket_no}")).json()["followers"] == 0
    for life in (master, *crowd):
        assert (await straight_line(api, life))[-1]["request_state"] == "resolved"


async def test_two_decisions_of_one_application_at_once_are_one(api: Api) -> None:
    for kind in ("return", "extend", "hold"):
        life = await live(api, f"{kind} open")
        path = f"/v1/applications/{life.record_no}"
        calls: list[Call] = [
            ("dispatcher", f"{path}/approve", {}, {}),
            ("supervisor", f"{path}/refuse", {"reason": "理由不充分"}, {}),
            (HANDLER, f"{path}/cancel", {}, {}),
        ] * 4
        answers = await all_at_once(api, calls)
        assert Counter(a.status_code for a in answers) == {200: 1, 409: len(calls) - 1}
        won = next(a.json()["state"] for a in answers if a.status_code == 200)
        assert {a.json()["state"] for a in answers if a.status_code == 409} == {won}
        events = await straight_line(api, life)
        decided = [e["kind"] for e in events if e["kind"] in DECIDED]
        assert decided == [f"application.{won}"]


DECIDED = ("application.approved", "application.refused", "application.cancelled")


async def test_a_return_approved_while_the_unit_reports_leaves_one_of_both(api: Api) -> None:
    """The unit takes its application back and reports in the moment in which the return is approved."""
    for _ in range(8):
        life = await live(api, "return open")
        application, order = f"/v1/applications/{life.record_no}", f"/v1/{life.path('work_order', 'submit')}"
        calls: list[Call] = [
            (HANDLER, order, FORMS["submit", None], {}),
            (HANDLER, f"{application}/cancel", {}, {}),
            ("dispatcher", f"{application}/approve", {}, {}),
            (HANDLER, order, FORMS["submit", None], {}),
        ]
        _, cancelled, approved, reported = await all_at_once(api, calls)
        assert {cancelled.status_code, approved.status_code} == {200, 409}
        await straight_line(api, life)
        now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
        if approved.status_code == 200:
            assert (now["state"], now["work_orders"][0]["state"], now["unit"]) == ("received", "returned", None)
            assert reported.status_code == 409
        else:
            assert (now["state"], now["unit"]["code"]) == ("in_progress", UNIT)


async def test_20_chases_at_once_keep_to_the_days_limit(api: Api) -> None:
    life = await live(api, "in progress")
    limit = api.here.reference.now.policies[0].reminders_a_day
    answers = await all_at_once(api, [("operator", f"/v1/{life.path('request', 'reminders')}", {}, {})] * 20)
    assert Counter(a.status_code for a in answers) == {200: limit, 409: 20 - limit}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"reminder-limit"}
    events = await straight_line(api, life)
    assert [event["kind"] for event in events].count("request.reminded") == limit


async def test_workers_at_the_same_time_mark_a_slip_that_nobody_answered_once(api: Api) -> None:
    later = datetime.now(UTC) + timedelta(days=30)
    await take_due_steps(api.here, later)
    lives = [await live(api, "slip open") for _ in range(5)]
    taken = await asyncio.gather(*(take_due_steps(api.here, later) for _ in range(6)))
    assert sum(taken) == len(lives)
    for life in lives:
        events = await straight_line(api, life)
        assert [event["kind"] for event in events].count("supervision.overdue") == 1
        slip = (await api.as_("supervisor").get(f"/v1/supervisions/{life.record_no}")).json()
        assert slip["overdue_at"]
        assert slip["state"] == "open"


async def test_helpers_that_finish_at_once_are_all_counted_off(api: Api) -> None:
    life = await live(api, "in progress")
    units = ("fire-rescue", "tax", "forestry", "health")
    for unit in units:
        await api.step(HANDLER, life.path("work_order", "assist"), unit_code=unit, task="请协助核查。")
    numbers = [f"{life.ticket_no}-{number}" for number in range(2, 2 + len(units))]
    done = FORMS["submit", None]
    for action, form in (("accept", {}), ("submit", done)):
        calls: list[Call] = [
            (f"unit-{unit}", f"/v1/work-orders/{number}/{action}", form, {})
            for unit, number in zip(units, numbers, strict=True)
        ]
        assert {a.status_code for a in await all_at_once(api, calls)} == {200}
    lead = (await api.as_(HANDLER).get(f"/v1/work-orders/{life.order_no}")).json()
    assert lead["open_helpers"] == 0
    await api.step(HANDLER, life.path("work_order", "submit"), **done)


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
