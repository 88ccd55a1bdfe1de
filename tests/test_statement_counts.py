"""What the hot calls cost in statements: the table below is the budget, BEGIN and COMMIT included.

A step looks and writes, each in a transaction of its own; only what holds its request meanwhile begins and commits.
A list of 50 costs what a list of 5 costs. Reference data, users and permissions cost nothing: they are in memory.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from support.api import TEXT, Api
from support.lives import UNIT, Life, live, master
from support.statements import Statements, attach

IN_TRANSACTION = 2  # BEGIN and COMMIT
LOOK, WRITE = 1, 1
STEP = LOOK + WRITE
LOCK_REQUEST, LOCK_LEAD, LOCK_ORDER = 1, 1, 1
HELD_REQUEST = IN_TRANSACTION + LOCK_REQUEST + LOCK_LEAD + WRITE
HELD_ORDER = IN_TRANSACTION + LOCK_ORDER + WRITE
HELPERS, RECORD = 1, 1  # the lead and the orders that help it; the application or slip
HELPED = STEP + HELPERS
STEP_ON_RECORD = STEP + RECORD
MASTER = LOCK_REQUEST + LOCK_REQUEST + WRITE  # looked at; then told of it by a step of its own

STEPS: list[tuple[str, str, str, str, str | None, int]] = [
    # position, who, subject, action, choice, statements
    ("received", "dispatcher", "request", "classify", None, STEP),
    ("received", "dispatcher", "request", "dispatch", None, STEP),
    ("received", "operator", "request", "answer", None, STEP),
    ("received", "dispatcher", "request", "decline", None, STEP),
    ("received", "operator", "request", "transfer", None, STEP),
    ("assigned", "dispatcher", "request", "dispatch", None, STEP),
    ("assigned", "unit", "work_order", "accept", None, STEP),
    ("assigned", "dispatcher", "work_order", "withdraw", None, STEP),
    ("assigned", "operator", "request", "reminders", None, STEP),
    ("in progress", "unit", "work_order", "contact", None, STEP),
    ("in progress", "unit", "work_order", "progress", None, STEP),
    ("in progress", "unit", "work_order", "submit", None, STEP),
    ("in progress", "dispatcher", "request", "hold", None, STEP),
    ("in progress", "operator", "request", "supplements", None, STEP),
    ("on hold", "dispatcher", "request", "resume", None, STEP),
    ("submitted", "dispatcher", "request", "review", "approve", STEP),
    ("submitted", "dispatcher", "request", "review", "send_back", STEP),
    ("resolved", "callback", "request", "callbacks", "reached", STEP),
    ("resolved", "callback", "request", "callbacks", "no_answer", STEP),
    ("rated", "supervisor", "request", "reopen", None, STEP),
    ("rated", "dispatcher", "request", "close", None, STEP),
    ("closed", "dispatcher", "request", "reveal", None, HELD_REQUEST + 1),  # and the sealed person
    ("in progress", "unit", "work_order", "reveal", None, HELD_ORDER + 1),
    ("received", "operator", "request", "handover", None, STEP),
    ("at the expert desk", "expert", "request", "handback", None, STEP),
    ("in progress", "dispatcher", "request", "shield", None, HELD_REQUEST + 1),
    ("received", "dispatcher", "request", "merge", None, HELD_REQUEST - LOCK_LEAD + MASTER),
    ("assigned", "dispatcher", "request", "merge", None, HELD_REQUEST + MASTER),
    (
        "merged",
        "dispatcher",
        "request",
        "unmerge",
        None,
        HELD_REQUEST - LOCK_LEAD + LOCK_REQUEST + WRITE,
    ),
    ("rated", "supervisor", "request", "exclude", None, STEP),
    ("in progress", "supervisor", "request", "supervisions", None, STEP),
    ("in progress", "supervisor", "request", "instructions", None, STEP),
    ("slip open", "unit", "supervision", "reply", None, STEP_ON_RECORD),
    ("slip replied", "supervisor", "supervision", "settle", None, STEP_ON_RECORD),
    ("slip replied", "supervisor", "supervision", "send_back", None, STEP_ON_RECORD),
    ("in progress", "unit", "work_order", "return", None, STEP),
    ("in progress", "unit", "work_order", "extend", None, STEP),
    ("in progress", "unit", "work_order", "hold", None, STEP),
    ("return open", "dispatcher", "application", "approve", None, STEP_ON_RECORD),
    ("extend open", "dispatcher", "application", "approve", None, STEP_ON_RECORD),
    ("hold open", "dispatcher", "application", "approve", None, STEP_ON_RECORD),
    ("return open", "dispatcher", "application", "refuse", None, STEP_ON_RECORD),
    ("hold open", "unit", "application", "cancel", None, STEP_ON_RECORD),
    ("in progress", "unit", "work_order", "assist", None, STEP),
    ("child pending", "unit", "work_order", "whistle", None, HELPED),
    ("assist pending", "unit", "work_order", "progress", None, HELPED),
    ("assist pending", "helper", "helper", "accept", None, HELPED),
    ("assist accepted", "helper", "helper", "submit", None, HELPED),
    ("assist pending", "unit", "helper", "withdraw", None, HELPED),
    ("summons pending", "unit", "helper", "attendance", None, HELPED),
    ("assist pending", "dispatcher", "request", "hold", None, HELPED),
]

INTAKE = 2  # what was there before; request, order, events and the kept answer
INTAKE_AGAIN = 1
PREVIEW = 1
READ_LIST, SEARCH, READ_DETAIL, READ_ORDER, READ_TIMELINE, READ_QUEUE = 1, 2, 2, 1, 1, 1
NOT_SHOWN_BEFORE = 1  # items that this process has not shown as they are now
FEED_FROM_MEMORY, FEED_FROM_DATABASE = 0, 1
LOOK_UP, LOOK_UP_WRONG = 1, 2  # a wrong code is counted
COUNTED = 1  # against flooding
MAY_ATTACH, ADD_ROW, REMOVE_ROW, FORGET_KEY = 1, 1, 2, 1
ATTACH = MAY_ATTACH + HELD_REQUEST + ADD_ROW
REMOVE = HELD_REQUEST + REMOVE_ROW + FORGET_KEY
ATTACH_BY_CITIZEN = COUNTED + LOOK_UP + COUNTED + ATTACH
CITIZEN_STEP = LOOK_UP + COUNTED + STEP + LOOK_UP


@pytest.fixture(scope="module")
async def statements(api: Api) -> AsyncIterator[Statements]:
    for _ in range(2):
        await live(api, "resolved", requester={"phone": "13800000000"})
    yield await attach(api)


def cost(sent: list[str], most: int) -> None:
    assert len(sent) == most, "\n".join(query[:100] for query in sent)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: "-".join(str(part) for part in step[:5]))
async def test_steps(api: Api, statements: Statements, step: tuple[str, str, str, str, str | None, int]) -> None:
    position, who, subject, action, choice, most = step
    life = await live(api, position)
    if action == "merge":
        life.master_no = await master(api)
    user = {"unit": f"unit-{life.unit}", "helper": f"unit-{life.helper_unit}"}.get(who, who)
    form = life.form(action, choice)
    cost(await statements.of(lambda: api.step(user, life.path(subject, action), **form)), most)


def filing(api: Api, key: str | None = None, **form: Any) -> Callable[[], Awaitable[Any]]:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"channel": "phone", "text": TEXT, **form}
    return lambda: api.as_("operator").post("/v1/requests", json=body, headers=headers)


async def test_intake(api: Api, statements: Statements) -> None:
    cost(await statements.of(filing(api)), INTAKE)
    cost(await statements.of(filing(api, requester={"phone": "13800000000"})), INTAKE)
    cost(await statements.of(filing(api, key="one")), INTAKE)
    cost(await statements.of(filing(api, key="one")), INTAKE_AGAIN)
    cost(await statements.of(filing(api, external_ref="R-1")), INTAKE)
    cost(await statements.of(filing(api, external_ref="R-1")), INTAKE_AGAIN)
    form = {"channel": "phone", "text": TEXT, "requester": {"phone": "13800000000"}}
    cost(await statements.of(lambda: api.as_("operator").post("/v1/requests:preview", json=form)), PREVIEW)
    public = {"text": TEXT, "requester": {"phone": "13800000000"}}
    cost(await statements.of(lambda: api.as_().post("/public/requests", json=public)), INTAKE + COUNTED)


async def test_lists_cost_the_same_whatever_their_length(api: Api, statements: Statements) -> None:
    for _ in range(51):
        await live(api, "assigned")
    for who, path, most in (
        ("operator", "/v1/requests", READ_LIST),
        ("operator", "/v1/requests?state=assigned&category=02&text=咨询&lamp=blue", SEARCH),
        (f"unit-{UNIT}", "/v1/requests", READ_LIST),
        (f"unit-{UNIT}", "/v1/work-orders", READ_LIST),
        (f"unit-{UNIT}", "/v1/work-orders?state=pending&sort=newest", READ_LIST),
        ("callback", "/v1/callbacks/queue", READ_QUEUE),
        ("dispatcher", "/v1/applications?state=open", READ_LIST),
        (f"unit-{UNIT}", "/v1/supervisions", READ_LIST),
    ):
        for limit in (5, 50):
            url = f"{path}{'&' if '?' in path else '?'}limit={limit}"
            await api.as_(who).get(url)  # the driver asks once for types it has not met
            api.here.kept.clear()
            assert len(await statements.of(partial(api.as_(who).get, url))) <= most + NOT_SHOWN_BEFORE
            cost(await statements.of(partial(api.as_(who).get, url)), most)


async def test_reads_of_one(api: Api, statements: Statements) -> None:
    life = await live(api, "rated")
    staff, unit = api.as_("operator"), api.as_(f"unit-{UNIT}")
    cost(await statements.of(lambda: staff.get(f"/v1/requests/{life.ticket_no}")), READ_DETAIL)
    cost(await statements.of(lambda: unit.get(f"/v1/requests/{life.ticket_no}/timeline")), READ_TIMELINE)
    cost(await statements.of(lambda: unit.get(f"/v1/work-orders/{life.order_no}")), READ_ORDER)


async def test_the_feed(api: Api, statements: Statements) -> None:
    unit = api.as_(f"unit-{UNIT}")
    latest = (await unit.get("/v1/feed?after=latest")).json()["next_cursor"]
    await live(api, "assigned")
    assert (await unit.get(f"/v1/feed?after={latest}&wait=5")).json()["items"]
    cost(await statements.of(lambda: unit.get(f"/v1/feed?after={latest}")), FEED_FROM_MEMORY)
    cost(await statements.of(lambda: unit.get("/v1/feed?limit=200")), FEED_FROM_DATABASE)


async def test_what_citizens_call(api: Api, statements: Statements) -> None:
    life: Life = await live(api, "in progress")
    nobody, path = api.as_(), f"/public/requests/{life.ticket_no}"
    cost(await statements.of(lambda: nobody.get(path, params={"code": life.code})), LOOK_UP)
    etag = (await nobody.get(path, params={"code": life.code})).headers["etag"]
    again = {"If-None-Match": etag}
    cost(await statements.of(lambda: nobody.get(path, params={"code": life.code}, headers=again)), LOOK_UP)
    wrong = [path, "/public/requests/20000101999999"]
    costs = [await statements.of(partial(nobody.get, url, params={"code": "WRONG2222"})) for url in wrong]
    assert [query[:60] for query in costs[0]] == [query[:60] for query in costs[1]]
    cost(costs[0], LOOK_UP_WRONG)
    body = {"code": life.code, "text": "再补充一句。"}
    cost(await statements.of(lambda: nobody.post(f"{path}/supplements", json=body)), CITIZEN_STEP)


async def test_attachments(api: Api, statements: Statements) -> None:
    life = await live(api, "in progress")
    unit, citizen, file = api.as_(f"unit-{UNIT}"), api.as_(), {"file": ("x.txt", b"x")}
    path, public = f"/v1/requests/{life.ticket_no}/attachments", f"/public/requests/{life.ticket_no}/attachments"
    code = {"code": life.code}
    cost(await statements.of(lambda: unit.post(path, files=file)), ATTACH)
    cost(await statements.of(lambda: citizen.post(public, files=file, data=code)), ATTACH_BY_CITIZEN)
    for _ in range(2):
        cost(await statements.of(lambda: unit.get(path)), 1)
        cost(await statements.of(lambda: unit.get(f"/v1/attachments/{life.ticket_no}-F1")), 1)
        cost(await statements.of(lambda: citizen.get(f"{public}/2", params=code)), LOOK_UP)
        await unit.post(path, files=file)
    cost(await statements.of(lambda: unit.delete(f"/v1/attachments/{life.ticket_no}-F1")), REMOVE)
