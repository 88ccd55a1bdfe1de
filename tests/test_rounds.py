"""After the unit has reported: sent back, rung in vain, rated badly; with the clocks that go with it."""

from datetime import UTC, datetime, timedelta

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.states import Subject
from app.schemas import steps
from app.services.authentication import actor_of
from app.services.workflow.door import Command, act
from support.api import Api
from support.lives import HELPER, UNIT, live


def actor(api: Api, name: str) -> Actor:
    reference = api.here.reference.now
    return actor_of(reference, next(u for u in reference.identities.users.values() if u.username == name))


async def call(api: Api, ticket: str, at: datetime) -> dict[str, object]:
    """A call that nobody answers, at a given instant."""

    async def work(connection: Connection) -> dict[str, object]:
        form = steps.Callback(outcome=steps.CallOutcome.NO_ANSWER)
        command = Command(Subject.REQUEST, "callbacks", ticket, form)
        step = await act(
            connection,
            actor(api, "callback"),
            command,
            reference=api.here.reference.now,
            settings=api.here.settings,
            at=at,
        )
        return dict(step.request)

    return await api.here.database.transaction(work)


async def test_three_calls_on_different_half_days_make_unreachable(api: Api) -> None:
    life = await live(api, "resolved")
    morning = (datetime.now(UTC) + timedelta(days=1)).astimezone(api.here.settings.zone).replace(hour=9)
    attempts = [
        (await call(api, life.ticket_no, morning + timedelta(hours=hours)))["callback_attempts"]
        for hours in (0, 0.1, 2, 5)
    ]
    assert attempts == [1, 1, 1, 2], "twice in a morning counts once"
    last = await call(api, life.ticket_no, morning + timedelta(days=1))
    assert (last["callback_attempts"], last["callback_outcome"]) == (3, "unreachable")


async def test_the_time_of_the_review_is_not_the_units(api: Api) -> None:
    life = await live(api, "submitted")
    async with api.here.database.connection() as connection:
        await connection.execute(
            """
            UPDATE work_order SET submitted_at = now() - interval '10 days', resolve_due_at = now() - interval '9 days',
                resolve_soon_at = now() - interval '9.5 days' WHERE work_order_no = $1
            """,
            life.order_no,
        )
    await api.step("dispatcher", life.path("request", "review"), decision="send_back", reason="请补充照片")
    order = (await api.as_(f"unit-{UNIT}").get(f"/v1/work-orders/{life.order_no}")).json()
    assert datetime.fromisoformat(order["deadlines"]["resolve"]["due_at"]) > datetime.now(UTC)


async def test_a_unit_asked_while_a_hold_is_being_decided_waits_and_goes_on_with_the_lead(api: Api) -> None:
    life = await live(api, "hold open")
    await api.step(f"unit-{UNIT}", life.path("work_order", "assist"), **life.form("assist"))
    path = f"/v1/work-orders/{life.ticket_no}-2"
    waiting = (await api.as_(f"unit-{HELPER}").get(path)).json()["deadlines"]
    assert {clock["lamp"] for clock in waiting.values()} == {None}
    await api.step("dispatcher", life.path("application", "refuse"), reason="理由不充分")
    going = (await api.as_(f"unit-{HELPER}").get(path)).json()["deadlines"]
    assert {clock["lamp"] for clock in going.values()} == {"blue"}
    assert all(going[name]["due_at"] >= waiting[name]["due_at"] for name in going)


async def test_a_bad_rating_is_kept_although_the_unit_is_closed(api: Api) -> None:
    unit = {"code": "short-lived", "name": "临时专班", "kind": "department"}
    assert (await api.as_("admin").post("/v1/units", json=unit)).status_code == 201
    handler = {"username": "short.lived", "display_name": "专班", "password": "long enough", "roles": ["handler"]}
    assert (await api.as_("admin").post("/v1/users", json={**handler, "unit_code": "short-lived"})).status_code == 201
    filed = await api.file(category_code=None, text="你好，想咨询一下。")
    ticket = filed["ticket_no"]
    await api.step("dispatcher", f"requests/{ticket}/dispatch", unit_code="short-lived")
    order = f"{ticket}-1"
    await api.step("short.lived", f"work-orders/{order}/accept")
    await api.step("short.lived", f"work-orders/{order}/submit", result="已办。", outcome="solved")
    await api.step("dispatcher", f"requests/{ticket}/review", decision="approve")
    assert (await api.as_("admin").patch("/v1/units/short-lived", json={"active": False})).status_code == 200
    said = {"code": filed["query_code"], "resolved": "no", "satisfaction": 1}
    answer = await api.as_().post(f"/public/requests/{ticket}/rating", json=said)
    assert (answer.status_code, answer.json()["state"]) == (200, "rated")
    assert "reopen" in (await api.as_("supervisor").get(f"/v1/requests/{ticket}")).json()["available_actions"]


async def test_a_step_is_taken_once_for_a_key(api: Api) -> None:
    life = await live(api, "in progress")
    headers = {"Idempotency-Key": "once"}
    path = f"/v1/{life.path('work_order', 'progress')}"
    one, two = [
        await api.as_(f"unit-{UNIT}").post(path, json={"text": "已到现场。"}, headers=headers) for _ in range(2)
    ]
    assert one.json() == two.json()
    other = await api.as_(f"unit-{UNIT}").post(path, json={"text": "别的。"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-mismatch")
    events = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}/timeline")).json()["items"]
    assert [event["kind"] for event in events].count("work_order.progressed") == 1


async def test_a_call_that_nobody_answered_is_no_contact(api: Api) -> None:
    life = await live(api, "in progress")
    path = life.path("work_order", "contact")
    missed = await api.step(f"unit-{UNIT}", path, method="电话", outcome="未接通")
    assert missed["deadlines"]["contact"]["done_at"] is None
    reached = await api.step(f"unit-{UNIT}", path, method="电话", outcome="已核对情况")
    assert reached["deadlines"]["contact"]["done_at"]


async def test_a_misspelt_or_doubled_filter_is_refused(api: Api) -> None:
    for path, code in (
        ("/v1/requests?stat=assigned", "unknown-parameter"),
        ("/v1/requests?state=rated&state=closed", "repeated-parameter"),
    ):
        answer = await api.as_("operator").get(path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
