"""Every cell of position × action × role, over HTTP, held against the workflow table and nothing else.

What should happen is worked out here from the rows and the roles alone, in the order that the contract gives:
nobody 401, invisible 404, not allowed 403, no such step 409, else 200 with the states and the event of the row.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.events import EventKind
from app.domain.permissions import CITIZEN_PERMISSIONS, DEFAULT_ROLES
from app.domain.workflow import TRANSITIONS, Guard, OrderState, Position, Transition
from support.api import Api
from support.lives import ABOVE, FORMS, STRANGER, UNIT, WALKS, Life, live

STAFF = {
    "operator": "operator", "dispatcher": "dispatcher", "expert": "expert", "callback": "callback_agent",
    "supervisor": "supervisor", "auditor": "auditor", "admin": "admin",
}  # fmt: skip
HANDLERS = (UNIT, ABOVE, STRANGER)
CALLERS = (*STAFF, *(f"unit-{unit}" for unit in HANDLERS), None)
Cell = tuple[str, str, str | None]


def cells() -> Iterator[Cell]:
    """Every action of the table with each of its choices, except what only the system does."""
    seen = dict.fromkeys((str(row.subject), row.action, row.choice) for row in TRANSITIONS)
    yield from (cell for cell in seen if cell[1] not in ("redo", "rating"))


def permissions_of(caller: str) -> frozenset[str]:
    role = STAFF.get(caller, "handler")
    return frozenset(DEFAULT_ROLES[role][1])


def rows(subject: str, action: str, choice: str | None) -> list[Transition]:
    return [r for r in TRANSITIONS if (r.subject, r.action) == (subject, action) and r.choice in (None, choice)]


def starts_here(row: Transition, at: Position) -> bool:
    if row.guard is Guard.CALLBACK_SPENT and not at.callback_spent:
        return False
    return at.request in row.request_from and at.order in row.order_from


def sees(caller: str, life: Life) -> bool:
    """Staff see all; the unit and the township above it see what the unit was ever given."""
    return caller in STAFF or (life.order_no is not None and caller in (f"unit-{UNIT}", f"unit-{ABOVE}"))


def may(row: Transition, caller: str) -> bool:
    own = row.permission != "work_order.handle" or caller == f"unit-{UNIT}"
    return row.permission in permissions_of(caller) and own


def open_actions(caller: str, at: Position, subject: str) -> list[str]:
    found = [r.action for r in TRANSITIONS if r.subject == subject and may(r, caller) and starts_here(r, at)]
    return list(dict.fromkeys(found))


def expected(cell: Cell, caller: str | None, life: Life) -> tuple[int, Transition | None]:
    """The status, and the row that is walked on 200."""
    if caller is None:
        return 401, None
    if not sees(caller, life):
        return 404, None
    # Without a lead order there is none of one's own.
    leads = cell[0] == "work_order" or life.position.order not in (None, OrderState.WITHDRAWN)
    candidates = [r for r in rows(*cell) if may(r, caller) and (leads or r.permission != "work_order.handle")]
    if not candidates:
        return 403, None
    row = next((row for row in candidates if starts_here(row, life.position)), None)
    return (200, row) if row else (409, None)


def after(row: Transition, at: Position) -> Position:
    """Where the row leads."""
    spent = at.callback_spent
    if row.opens_lead:
        return Position(row.request_to or at.request, OrderState.PENDING)
    if row.event is EventKind.CALLBACK_REFUSED:
        spent = True
    if row.event is EventKind.REQUEST_RATED:
        spent = False
    return Position(row.request_to or at.request, row.order_to or at.order, spent)


async def history(api: Api, life: Life) -> list[dict[str, Any]]:
    answer = await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}/timeline")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def check_success(api: Api, life: Life, caller: str, row: Transition, body: dict[str, Any], seq: int) -> None:
    """The states, the one event and the actions open next are those of the row."""
    there = after(row, life.position)
    events = (await history(api, life))[seq:]
    kinds = [EventKind.ORDER_WITHDRAWN] if row.opens_lead and row.order_to else []
    assert [event["kind"] for event in events] == [*kinds, row.event]
    assert events[-1]["seq"] == seq + len(events)
    now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    lead = now["work_orders"][-1] if now["work_orders"] else None
    assert (now["state"], lead["state"] if lead else None) == (there.request, there.order)
    acting = lead if lead and lead["state"] != OrderState.WITHDRAWN else {"work_order_no": None, "unit": None}
    assert (now["work_order_no"], now["unit"]) == (acting["work_order_no"], acting["unit"])
    assert now["version"] == seq + len(events)
    assert body["available_actions"] == open_actions(caller, there, row.subject)


@pytest.mark.parametrize("name", WALKS)
async def test_every_action_by_every_role(api: Api, name: str) -> None:
    life = await live(api, name)
    seq, tried = len(await history(api, life)), 0
    for cell in cells():
        subject, action, choice = cell
        if subject == "work_order" and life.order_no is None:
            continue  # there is no order that could be named
        for caller in CALLERS:
            status, row = expected(cell, caller, life)
            answer = await api.as_(caller).post(
                f"/v1/{life.path(subject, action)}", json=FORMS.get((action, choice), {})
            )
            where = (name, *cell, caller, answer.text)
            assert answer.status_code == status, where
            tried += 1
            if status == 409:
                assert answer.json()["code"] == "illegal-transition", where
                assert answer.json()["available_actions"] == open_actions(str(caller), life.position, subject), where
                stands = life.position.request if subject == "request" else life.position.order
                assert answer.json()["state"] == stands, where
            if row is None:
                continue
            assert len(await history(api, life)) > seq, where
            await check_success(api, life, str(caller), row, answer.json(), seq)
            if row.opens_lead or action == "callbacks" or after(row, life.position) != life.position:
                life = await live(api, name)
            seq = len(await history(api, life))
    assert len(await history(api, life)) == seq, "a refused step left an event"
    assert tried > 100


CITIZEN = {"supplements": {"text": "再补充一句。"}, "reminders": {}, "rating": FORMS[("rating", None)]}


@pytest.mark.parametrize("name", WALKS)
async def test_every_action_of_the_citizen(api: Api, name: str) -> None:
    for action, form in CITIZEN.items():
        life = await live(api, name)
        seq = len(await history(api, life))
        url = f"/public/requests/{life.ticket_no}/{action}"
        answer = await api.as_().post(url, json={"code": life.code, **form})
        row = next((row for row in rows("request", action, None) if starts_here(row, life.position)), None)
        assert answer.status_code == (200 if row else 409), answer.text
        there = after(row, life.position) if row else life.position
        events = (await history(api, life))[seq:]
        assert [event["kind"] for event in events] == ([row.event] if row else [])
        allowed = [
            r.action
            for r in TRANSITIONS
            if r.subject == "request" and r.permission in CITIZEN_PERMISSIONS and starts_here(r, there)
        ]
        assert answer.json()["available_actions"] == allowed
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
