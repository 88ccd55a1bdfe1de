"""The database keeps its own promises: an insert-only history, one open lead, clocks that rows and rules agree on."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.core.database import Connection
from app.domain.actors import SYSTEM
from app.domain.clocks import ORDER_CLOCKS, alarms_between
from app.domain.events import EventKind
from app.domain.states import OrderState, RequestState
from app.services.sweep import sweep
from app.services.workflow.alarms import running_limits
from app.services.workflow.lock import ORDER_LIST, REQUEST_LIST, split
from support.api import Api
from support.lives import WALKS, Life, live

HOUR = timedelta(hours=1)


@pytest.fixture
async def connection(api: Api) -> AsyncIterator[Connection]:
    async with api.here.database.connection() as connection:
        yield connection


async def events(connection: Connection, life: Life) -> list[Any]:
    return await connection.fetch(
        "SELECT e.* FROM event e JOIN service_request r ON r.id = e.request_id WHERE ticket_no = $1 ORDER BY seq",
        life.ticket_no,
    )


async def order_of(connection: Connection, life: Life) -> Any:
    return await connection.fetchrow("SELECT * FROM work_order WHERE work_order_no = $1", life.order_no)


async def alarms(connection: Connection, life: Life) -> list[tuple[str, str]]:
    """(`due_soon` or `overdue`, clock) of all alarms, in order."""
    return [
        (row["kind"].split(".")[1], row["payload"]["clock"])
        for row in await events(connection, life)
        if row["kind"].endswith(("due_soon", "overdue"))
    ]


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'x'", "DELETE FROM event", "TRUNCATE event CASCADE"])
async def test_the_history_cannot_be_changed(api: Api, connection: Connection, statement: str) -> None:
    life = await live(api, "received")
    with pytest.raises(asyncpg.RestrictViolationError, match="insert-only"):
        await connection.execute(statement)
    assert len(await events(connection, life)) == 1


async def test_a_request_has_at_most_one_open_lead(api: Api, connection: Connection) -> None:
    life = await live(api, "in progress")
    columns = (
        "request_id, role, state, version, round, unit_code, reason, wall_clocks, accept_soon_at, accept_due_at, "
        + ("contact_soon_at, contact_due_at, resolve_soon_at, resolve_due_at, alarmed_until, created_at, updated_at")
    )
    copy = f"INSERT INTO work_order (work_order_no, {columns}) SELECT $2, {columns} FROM work_order WHERE work_order_no = $1"
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_work_order_open_lead"):
        await connection.execute(copy, life.order_no, f"{life.ticket_no}-9")


async def test_every_state_has_its_event(api: Api, connection: Connection) -> None:
    lives = [await live(api, name) for name in WALKS]
    for life, (name, walk) in zip(lives, WALKS.items(), strict=True):
        told, position = await events(connection, life), walk.position
        assert told[-1]["request_state"] == position.request, name
        if position.order:
            mine = [
                row for row in told if row["work_order_no"] == life.order_no and row["kind"].startswith("work_order.")
            ]
            steps = [row["to_state"] for row in mine if row["to_state"]]
            assert (steps or ["pending"])[-1] == position.order, name


async def test_rows_and_rules_agree_on_every_clock(api: Api, connection: Connection) -> None:
    """Whatever the columns hold: due_at, soon_at and alarm_at are what `running_limits` says."""
    chance = random.Random(12345)
    life, now = await live(api, "in progress"), datetime.now(UTC).replace(microsecond=0)

    def instant(maybe: bool = False) -> datetime | None:
        return None if maybe and chance.random() < 0.5 else now + HOUR * chance.randint(-50, 50)

    for _ in range(150):
        order: dict[str, Any] = {f"{name}_{edge}_at": instant() for name in ORDER_CLOCKS for edge in ("soon", "due")}
        order |= {"contacted_at": instant(True), "held_at": instant(True), "alarmed_until": instant()}
        order["state"] = chance.choice([state.value for state in OrderState])
        request = {"state": chance.choice([state.value for state in RequestState]), "alarmed_until": instant()}
        request |= {"dispatch_soon_at": instant(), "dispatch_due_at": instant()}
        for table, key, number, changes in (
            ("work_order", "work_order_no", life.order_no, order),
            ("service_request", "ticket_no", life.ticket_no, request),
        ):
            names = ", ".join(f"{name} = ${index}" for index, name in enumerate(changes, 2))
            await connection.execute(f"UPDATE {table} SET {names} WHERE {key} = $1", number, *changes.values())
        row: Any = await connection.fetchrow(
            f"""
            SELECT {REQUEST_LIST}, {ORDER_LIST} FROM service_request r JOIN work_order o ON o.request_id = r.id
            WHERE r.ticket_no = $1
            """,
            life.ticket_no,
        )
        seen_request, seen_order = split(row)
        limits = running_limits(seen_request, seen_order)
        of_order = {name: limit for name, limit in limits.items() if name != "dispatch"}
        assert seen_order is not None
        assert seen_order["due_at"] == min((limit.due for limit in of_order.values()), default=None)
        assert seen_order["soon_at"] == min((limit.soon for limit in of_order.values()), default=None)
        for values, group in (
            (seen_order, of_order),
            (seen_request, {k: v for k, v in limits.items() if k == "dispatch"}),
        ):
            ahead = alarms_between(group, values["alarmed_until"], now + 1000 * HOUR)
            assert values["alarm_at"] == (ahead[0][0] if ahead else None)


async def move(connection: Connection, life: Life, table: str, **hours: float) -> None:
    """Let clocks have begun long ago: `accept_soon=-2` puts `accept_soon_at` two hours back."""
    key, number = ("work_order_no", life.order_no) if table == "work_order" else ("ticket_no", life.ticket_no)
    changes = {f"{name}_at": datetime.now(UTC) + HOUR * offset for name, offset in hours.items()}
    names = ", ".join(f"{name} = ${index}" for index, name in enumerate(changes, 3))
    await connection.execute(
        f"UPDATE {table} SET alarmed_until = $2, {names} WHERE {key} = $1",
        number, datetime.now(UTC) - 90 * HOUR, *changes.values(),
    )  # fmt: skip


async def test_the_sweep_raises_yellow_and_red_exactly_once(api: Api, connection: Connection) -> None:
    waiting, pending = await live(api, "received"), await live(api, "assigned")
    await sweep(api.here, datetime.now(UTC))
    await move(connection, waiting, "service_request", dispatch_soon=-2, dispatch_due=1)
    await move(connection, pending, "work_order", accept_soon=-3, accept_due=-1, contact_soon=-2, contact_due=1)
    now = datetime.now(UTC)
    assert await sweep(api.here, now) == 4
    assert await sweep(api.here, now) == 0
    assert await alarms(connection, waiting) == [("due_soon", "dispatch")]
    assert await alarms(connection, pending) == [("due_soon", "accept"), ("due_soon", "contact"), ("overdue", "accept")]
    await sweep(api.here, now + 2 * HOUR)
    await sweep(api.here, now + 2 * HOUR)
    assert await alarms(connection, waiting) == [("due_soon", "dispatch"), ("overdue", "dispatch")]
    assert (await alarms(connection, pending))[3:] == [("overdue", "contact")]
    row = (await events(connection, waiting))[-1]
    assert (row["kind"], row["actor_kind"], row["from_state"]) == (EventKind.REQUEST_OVERDUE, SYSTEM.kind, None)


async def test_a_step_first_raises_what_is_due(api: Api, connection: Connection) -> None:
    life = await live(api, "assigned")
    await move(connection, life, "work_order", accept_soon=-3, accept_due=-1)
    await api.step(f"unit-{life.unit}", life.path("work_order", "accept"))
    told = [row["kind"] for row in await events(connection, life)][-3:]
    assert told == ["work_order.due_soon", "work_order.overdue", "work_order.accepted"]
    assert await sweep(api.here, datetime.now(UTC)) == 0
    now = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}")).json()
    assert now["version"] == len(await events(connection, life))


async def test_a_refused_step_raises_nothing(api: Api, connection: Connection) -> None:
    life = await live(api, "assigned")
    await move(connection, life, "work_order", accept_soon=-3, accept_due=-1)
    path = f"/v1/{life.path('work_order', 'submit')}"
    answer = await api.as_(f"unit-{life.unit}").post(path, json={"result": "好", "outcome": "solved"})
    assert answer.status_code == 409
    assert await alarms(connection, life) == []


async def test_a_hold_stops_the_clocks_and_resuming_gives_back_the_working_time_left(
    api: Api, connection: Connection
) -> None:
    life = await live(api, "on hold")
    calendar = api.here.reference.now.calendar
    held = await order_of(connection, life)
    assert (held["due_at"], held["soon_at"], held["alarm_at"]) == (None, None, None)
    await sweep(api.here, datetime.now(UTC) + 24 * 60 * HOUR)
    assert await alarms(connection, life) == []
    await connection.execute(
        "UPDATE work_order SET held_at = held_at - interval '6 days', resolve_due_at = resolve_due_at - interval '2 days' "
        "WHERE work_order_no = $1",
        life.order_no,
    )
    before = await order_of(connection, life)
    left = calendar.working_time_between(before["held_at"], before["resolve_due_at"])
    await api.step("dispatcher", life.path("request", "resume"))
    after = await order_of(connection, life)
    assert after["held_at"] is None
    resumed = (await events(connection, life))[-1]["at"]
    assert calendar.working_time_between(resumed, after["resolve_due_at"]) == left
    assert after["resolve_due_at"] > before["resolve_due_at"]
    assert after["alarm_at"] is not None


async def test_an_urgent_matter_gets_back_the_hours_it_had_left(api: Api, connection: Connection) -> None:
    life = await live(api, "on hold", urgency="urgent")
    before = await order_of(connection, life)
    left = before["resolve_due_at"] - before["held_at"]
    assert timedelta(hours=23) < left <= timedelta(hours=24), "24 hours by the clock, day and night"
    await connection.execute(
        "UPDATE work_order SET held_at = held_at - interval '3 days', resolve_due_at = resolve_due_at - interval '3 days', "
        "resolve_soon_at = resolve_soon_at - interval '3 days' WHERE work_order_no = $1",
        life.order_no,
    )
    await api.step("dispatcher", life.path("request", "resume"))
    after = await order_of(connection, life)
    resumed = (await events(connection, life))[-1]["at"]
    assert after["resolve_due_at"] - resumed == left
