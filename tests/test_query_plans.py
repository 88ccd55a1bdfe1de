"""The hot queries use their indexes on tables that have grown: EXPLAIN of the statements just as the calls send them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from app.core.database import Connection
from app.models import metadata
from app.services.sweep import sweep
from support.api import TEXT, Api
from support.lives import UNIT, Life, live
from support.statements import Statements, attach

ROWS = 20_000
GROWING = ("service_request", "work_order", "event", "idempotency_key", "throttle")


def columns(table: str, **changes: str) -> tuple[str, str]:
    """Column names, and expressions that copy row `t` with changes."""
    names = [c.name for c in metadata.tables[table].c if c.computed is None and c.name not in ("id", "search")]
    return ", ".join(names), ", ".join(changes.get(name, f"t.{name}") for name in names)


NUMBER = "'2025' || lpad(n::text, 10, '0')"
STATE = "(CASE WHEN n % 40 = 0 THEN 'resolved' WHEN n % 40 = 1 THEN 'assigned' WHEN n % 40 = 2 THEN 'received' ELSE 'closed' END)"


async def grow(connection: Connection, life: Life) -> None:
    """Many copies of one life: most of them closed long ago, in the hands of all units."""
    asked, copies = columns(
        "service_request", ticket_no=NUMBER, state=STATE, phone_hash="sha256(n::text::bytea)",
        lead_order_no=f"{NUMBER} || '-1'", callback_outcome="NULL", alarmed_until="'infinity'",
        external_ref="'R' || n", callback_due_at="now() + n * interval '1 minute'",
    )  # fmt: skip
    series = f"generate_series(1, {ROWS}) n"
    await connection.execute(
        f"INSERT INTO service_request ({asked}) SELECT {copies} FROM service_request t, {series} WHERE t.ticket_no = $1",
        life.ticket_no,
    )
    names, orders = columns(
        "work_order", work_order_no=f"{NUMBER} || '-1'", request_id="r.id", unit_code="u.code",
        state="(CASE WHEN n % 40 = 1 THEN 'pending' ELSE 'completed' END)", alarmed_until="'infinity'",
        accept_due_at="now() + n * interval '1 minute'",
    )  # fmt: skip
    await connection.execute(
        f"""
        INSERT INTO work_order ({names}) SELECT {orders} FROM work_order t, {series}
        JOIN service_request r ON r.ticket_no = {NUMBER}
        JOIN (SELECT code, row_number() OVER (ORDER BY code) AS i, count(*) OVER () AS all_of FROM unit) u
            ON u.i = n / 40 % u.all_of + 1
        WHERE t.work_order_no = $1
        """,
        life.order_no,
    )
    names, events = columns(
        "event", request_id="o.request_id", unit_code="o.unit_code", work_order_no="o.work_order_no", xid="(o.id % 400 + 3)::text::xid8",
    )  # fmt: skip
    await connection.execute(
        f"""
        INSERT INTO event ({names}) SELECT {events} FROM event t JOIN service_request r ON r.id = t.request_id, work_order o
        WHERE r.ticket_no = $1 AND o.request_id <> r.id
        """,
        life.ticket_no,
    )
    await connection.execute(f"INSERT INTO throttle SELECT 'login:name:' || n, now(), 1 FROM {series}")
    kept = "INSERT INTO idempotency_key (scope, key, body_hash, status, answer, created_at)"
    await connection.execute(f"{kept} SELECT 'user:' || n, n::text, '', 201, '', now() FROM {series}")
    await connection.execute("ANALYZE")


@pytest.fixture(scope="module")
async def life(api: Api) -> Life:
    life = await live(api, "assigned", requester={"phone": "13800000000"})
    async with api.here.database.connection() as connection:
        await grow(connection, life)
    return life


@pytest.fixture(scope="module")
async def statements(api: Api, life: Life) -> AsyncIterator[Statements]:
    yield await attach(api)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


async def plans(api: Api, sent: list[tuple[str, tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """The nodes of the plans of all statements that read or write rows."""
    found: list[dict[str, Any]] = []
    async with api.here.database.connection() as connection:
        for query, values in sent:
            if query.startswith(("SELECT", "WITH")) and "pg_advisory_unlock_all" not in query:
                explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *values)
                found += nodes(explained[0]["Plan"])
    return found


async def indexes_of(api: Api, statements: Statements, call: Callable[[], Awaitable[Any]]) -> set[str]:
    """Indexes used by a call, once no growing table is read from end to end."""
    found = await plans(api, await statements.with_values(call))
    assert found, "the call sent nothing"
    scanned = [node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"]
    assert not set(scanned) & set(GROWING), [(node["Node Type"], node.get("Relation Name")) for node in found]
    return {node["Index Name"] for node in found if "Index Name" in node}


LEAD = "uq_work_order_work_order_no"
READS = [
    (f"unit-{UNIT}", "/v1/work-orders?state=pending", {"ix_work_order_desk"}),
    (f"unit-{UNIT}", "/v1/work-orders?sort=newest&limit=200", {"ix_work_order_unit_code"}),
    ("dispatcher", "/v1/work-orders?unit=water&state=pending", {"ix_work_order_desk"}),
    ("dispatcher", "/v1/work-orders", {"pk_service_request"}),
    ("dispatcher", "/v1/work-orders?state=pending", {"pk_service_request"}),
    ("operator", "/v1/requests", {"pk_service_request", LEAD}),
    ("operator", "/v1/requests?state=received", {"ix_service_request_state", LEAD}),
    ("operator", "/v1/requests?phone=13800000000", {"ix_service_request_phone_hash", LEAD}),
    ("operator", "/v1/requests?text=东湖花园", {"ix_service_request_search"}),
    ("callback", "/v1/callbacks/queue", {"ix_service_request_callback", LEAD}),
    (f"unit-{UNIT}", "/v1/feed?limit=50", {"ix_event_unit_commit_order"}),
    ("auditor", "/v1/feed?limit=50", {"ix_event_commit_order"}),
]


@pytest.mark.parametrize(("who", "path", "used"), READS, ids=[f"{who} {path}" for who, path, _ in READS])
async def test_reads(api: Api, statements: Statements, who: str, path: str, used: set[str]) -> None:
    found = await indexes_of(api, statements, lambda: api.as_(who).get(path))
    assert used <= found, found


async def test_next_pages(api: Api, statements: Statements) -> None:
    for who, path, used in (
        ("operator", "/v1/requests?limit=5", {"pk_service_request"}),
        ("callback", "/v1/callbacks/queue?limit=5", {"ix_service_request_callback"}),
        (f"unit-{UNIT}", "/v1/work-orders?state=pending&limit=2", {"ix_work_order_desk"}),
    ):
        cursor = (await api.as_(who).get(path)).json()["next_cursor"]
        assert cursor
        url = f"{path}&cursor={cursor}"
        assert used <= await indexes_of(api, statements, partial(api.as_(who).get, url))


async def test_reads_and_steps_of_one(api: Api, statements: Statements, life: Life) -> None:
    ticket = "uq_service_request_ticket_no"
    staff, unit = api.as_("operator"), api.as_(f"unit-{UNIT}")
    for call, used in (
        (lambda: staff.get(f"/v1/requests/{life.ticket_no}"), {ticket, LEAD, "ix_work_order_request_id"}),
        (lambda: unit.get(f"/v1/requests/{life.ticket_no}"), {ticket, LEAD, "ix_work_order_request_id"}),
        (lambda: unit.get(f"/v1/work-orders/{life.order_no}"), {LEAD, "pk_service_request"}),
        (lambda: staff.get(f"/v1/requests/{life.ticket_no}/timeline"), {ticket, "uq_event_request_id_seq"}),
        (
            lambda: api.as_().get(f"/public/requests/{life.ticket_no}?code={life.code}"),
            {ticket, "uq_event_request_id_seq"},
        ),
        (lambda: api.step("dispatcher", life.path("request", "dispatch"), unit_code=UNIT), {ticket, LEAD}),
        (lambda: api.step("operator", life.path("request", "reminders")), {ticket, LEAD}),
    ):
        assert used <= await indexes_of(api, statements, call)


async def test_intake(api: Api, statements: Statements) -> None:
    body = {"channel": "phone", "text": TEXT, "requester": {"phone": "13800000000"}, "external_ref": "NEW-1"}
    headers = {"Idempotency-Key": "plan"}
    found = await indexes_of(
        api, statements, lambda: api.as_("operator").post("/v1/requests", json=body, headers=headers)
    )
    assert {"ix_service_request_phone_hash", "uq_service_request_channel_external_ref"} <= found


async def test_the_sweep(api: Api, statements: Statements) -> None:
    statements.seen.clear()
    await sweep(api.here, datetime.now(UTC) + timedelta(days=90))
    sent = [(query, values) for of_a_call, query, values in statements.seen if not of_a_call and "alarm_at <=" in query]
    assert sent
    found = await plans(api, sent)
    assert not [n for n in found if n["Node Type"] == "Seq Scan" and n["Relation Name"] in GROWING], sent
    used = {node["Index Name"] for node in found if "Index Name" in node}
    assert {"ix_service_request_alarm_at", "ix_work_order_alarm_at"} <= used, used
