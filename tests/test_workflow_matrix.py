"""Every cell of position × action × caller × secrecy, over HTTP, held against the workflow table and the roles alone.

What should happen is worked out by `support/matrix.py` in the order that the contract gives: nobody 401, invisible
404, not allowed 403, no such step 409, else 200 with the states and the events of the row. Of an ordinary request
every cell is tried that the table lets pass or stops (200, 409), and every one on an application or slip; of a
confidential or anonymous one every such reveal. Of the rest each position tries one cell in seven or eleven, at each
position different ones, so that every action and caller meet at several positions.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.permissions import CITIZEN_PERMISSIONS
from app.domain.states import OPEN_ORDER_STATES
from app.domain.walking import Position
from app.domain.workflow import TRANSITIONS, Transition
from support.api import Api
from support.lives import APPLICATIONS, BASE, FORMS, HELPED, SLIPS, UNIT, WALKS, Life, live, master
from support.matrix import (
    CADRE,
    CALLERS,
    GONE,
    LEADS,
    OVER,
    SUBJECT,
    Cell,
    after,
    at_of,
    cells,
    expected,
    open_actions,
    starts_here,
    told,
)

SECRECY: dict[str, dict[str, Any]] = {
    "ordinary": {},
    "confidential": {"confidential": True},
    "anonymous": {"anonymous": True},
}
ONE_IN = {"ordinary": 7, "confidential": 11, "anonymous": 11}
AGAIN = {"assist", "delegate", "whistle", "shield", "callbacks"}
"""Steps after which the same life would answer otherwise although it stands where it stood."""


@pytest.fixture(scope="module")
async def city(api: Api) -> Api:
    """The demo city with a unit above a township, a cadre without unit, and patience with those who chase."""
    admin = api.as_("admin")
    assert (await admin.patch(f"/v1/units/{LEADS}", json={"parent_code": OVER})).status_code == 200
    cadre = {"username": CADRE, "display_name": "联户干部", "password": "long enough", "roles": ["cadre"]}
    assert (await admin.post("/v1/users", json=cadre)).status_code == 201
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE sla_policy SET reminders_a_day = 90")
    await api.here.reference.refresh()
    return api


def subjects(name: str) -> tuple[str, ...]:
    """What can be acted on at this position that could not be before it."""
    if name in HELPED:
        return ("helper", "work_order") if name == "assist pending" else ("helper",)
    if name in SLIPS:
        return ("supervision",)
    if name in APPLICATIONS:
        return ("application",)
    record = ("application",) if WALKS[name].position.record else ()
    lead = ("work_order",) if WALKS[name].position.order else ()
    return ("request", *lead, *record)


async def fresh(api: Api, name: str, secrecy: str) -> Life:
    """A new life at this position, led by the township, with a master that it may follow."""
    life = await live(api, name, unit=LEADS, **SECRECY[secrecy])
    life.master_no = await master(api, **SECRECY[secrecy])
    secret = secrecy != "ordinary"
    life.position = replace(life.position, secret=secret)
    life.helper = replace(life.helper, secret=secret) if life.helper else None
    return life


async def history(api: Api, life: Life) -> list[dict[str, Any]]:
    answer = await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}/timeline")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def tried(name: str, secrecy: str, life: Life) -> Iterator[tuple[Cell, str | None]]:
    """The cells of this position that are tried, as the module says."""
    turn = list(WALKS).index(name) + list(SECRECY).index(secrecy)
    for number, (cell, caller) in enumerate((c, who) for c in cells(*subjects(name)) for who in CALLERS):
        through = expected(cell, caller, life)[0] in (200, 409)
        whole = through and (secrecy == "ordinary" or cell[1] == "reveal")
        whole |= secrecy == "ordinary" and cell[0] in ("application", "supervision")
        if whole or (number + turn) % ONE_IN[secrecy] == 0:
            yield cell, caller


def stands(at: Position, subject: str) -> str | None:
    """The state that a refusal names."""
    by = {"request": at.request, "work_order": at.order, "application": at.record, "supervision": at.record}
    return by[SUBJECT.get(subject, subject)]


async def check_success(
    api: Api, life: Life, cell: Cell, caller: str, row: Transition, body: dict[str, Any], seq: int
) -> tuple[Position, int]:
    """The states, the events and the actions open next are those of the row; returns where the subject stands now
    and the number of its last event."""
    subject = cell[0]
    there = after(row, at_of(life, subject))
    events = (await history(api, life))[seq:]
    assert [event["kind"] for event in events] == told(row, life, subject)
    assert [event["seq"] for event in events] == list(range(seq + 1, seq + len(events) + 1))
    now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    assert (now["state"], now["version"]) == (there.request, seq + len(events))
    orders = {order["work_order_no"]: order for order in now["work_orders"]}
    lead = [order for order in now["work_orders"] if order["role"] == "lead"][-1:]
    if subject == "helper":
        assert orders[life.helper_no]["state"] == there.order
    elif there.order is not None:
        assert lead[0]["state"] == there.order
    acting = (
        lead[0] if lead and lead[0]["state"] not in ("withdrawn", "returned") else {"work_order_no": None, "unit": None}
    )
    assert (now["work_order_no"], now["unit"]) == (acting["work_order_no"], acting["unit"])
    assert sum(o["state"] in OPEN_ORDER_STATES and o["role"] == "lead" for o in orders.values()) <= 1
    if subject in ("application", "supervision"):
        assert body["state"] == there.record
    moved = replace(life, position=there) if subject != "helper" else replace(life, helper=there)
    assert body["available_actions"] == open_actions(caller, moved, subject, at_of(moved, subject))
    return there, seq + len(events)


def check_refusal(life: Life, cell: Cell, caller: str | None, body: dict[str, Any], status: int) -> None:
    """A step that the table does not know from here names the state and what is open instead."""
    if status == 409:
        at = at_of(life, cell[0])
        assert body["code"] == "illegal-transition", (cell, caller, body)
        assert body["available_actions"] == open_actions(str(caller), life, cell[0], at), (cell, caller, body)
        assert body["state"] == stands(at, cell[0]), (cell, caller, body)


@pytest.mark.parametrize("secrecy", SECRECY)
@pytest.mark.parametrize("name", WALKS)
async def test_every_action_by_every_caller(city: Api, name: str, secrecy: str) -> None:
    life = await fresh(city, name, secrecy)
    seq = len(await history(city, life))
    for cell, caller in tried(name, secrecy, life):
        subject, action, choice = cell
        status, row = expected(cell, caller, life)
        form = life.form(action, choice)
        if action == "submit" and life.helper:
            form["without_help"] = "已足以答复"
        answer = await city.as_(caller).post(f"/v1/{life.path(subject, action)}", json=form)
        assert answer.status_code == status, (cell, caller, answer.text)
        check_refusal(life, cell, caller, answer.json(), status)
        if row is None:
            continue
        there, seq = await check_success(city, life, cell, str(caller), row, answer.json(), seq)
        if there != at_of(life, subject) or action in AGAIN or row.opens_lead:
            life = await fresh(city, name, secrecy)
            seq = len(await history(city, life))
    assert len(await history(city, life)) == seq, "a refused step left an event"


def test_each_row_of_the_table_starts_at_one_of_the_positions() -> None:
    positions = [at for walk in WALKS.values() for at in (walk.position, walk.helper) if at]
    positions += [replace(at, order=None) for at in positions if at.order in GONE]
    for row in TRANSITIONS:
        assert any(starts_here(row, at) for at in positions), row


def sketch(name: str) -> Life:
    """A life that is not lived: enough to ask which cells would be tried."""
    at, helper = WALKS[name].position, WALKS[name].helper
    order_no = "" if at.order is None else "1"
    return Life("", "", order_no, at, LEADS, helper, helper_no="2" if helper else None, kind=name.split()[0])


def test_every_caller_meets_every_action() -> None:
    met = {(cell[:2], who) for name in WALKS for cell, who in tried(name, "ordinary", sketch(name))}
    assert {(cell[:2], who) for name in WALKS for cell in cells(*subjects(name)) for who in CALLERS} == met


CITIZEN = {"supplements": {"text": "再补充一句。"}, "reminders": {}, "rating": FORMS[("rating", None)]}


@pytest.mark.parametrize("name", BASE)
async def test_every_action_of_the_citizen(city: Api, name: str) -> None:
    for action, form in CITIZEN.items():
        life = await live(city, name)
        seq, at = len(await history(city, life)), at_of(life, "request")
        url = f"/public/requests/{life.ticket_no}/{action}"
        answer = await city.as_().post(url, json={"code": life.code, **form})
        mine = [r for r in TRANSITIONS if r.subject == "request" and r.permission in CITIZEN_PERMISSIONS]
        row = next((row for row in mine if row.action == action and starts_here(row, at)), None)
        assert answer.status_code == (200 if row else 409), answer.text
        there = after(row, at) if row else at
        events = (await history(city, life))[seq:]
        assert [event["kind"] for event in events] == ([row.event] if row else [])
        assert answer.json()["available_actions"] == [r.action for r in mine if starts_here(r, there)]
        if row:
            assert answer.json()["state"] == there.request


async def test_a_dissatisfied_citizen_gets_another_round_twice_and_then_a_supervisor(api: Api) -> None:
    life = await live(api, "resolved")
    for round_, state in ((2, "assigned"), (3, "assigned"), (3, "rated")):
        await api.as_().post(
            f"/public/requests/{life.ticket_no}/rating", json={"code": life.code, "resolved": "no", "satisfaction": 1}
        )
        now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
        assert (now["round"], now["state"]) == (round_, state)
        if state == "assigned":
            life.order_no = now["work_order_no"]
            assert now["unit"]["code"] == UNIT
            for who, subject, action, choice in (
                (f"unit-{UNIT}", "work_order", "accept", None),
                (f"unit-{UNIT}", "work_order", "submit", None),
                ("dispatcher", "request", "review", "approve"),
            ):
                await api.step(who, life.path(subject, action), **FORMS.get((action, choice), {}))
    kinds = [event["kind"] for event in await history(api, life)]
    assert kinds.count("request.rated") == 3
    assert kinds.count("request.reopened") == 2


async def test_an_answer_given_after_a_withdrawal_is_not_redone_by_the_unit_it_was_taken_from(api: Api) -> None:
    life = await live(api, "withdrawn")
    await api.step("dispatcher", f"requests/{life.ticket_no}/answer", text="已直接答复。")
    await api.as_().post(
        f"/public/requests/{life.ticket_no}/rating", json={"code": life.code, "resolved": "no", "satisfaction": 1}
    )
    now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    assert now["state"] == "rated"
