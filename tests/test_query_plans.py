"""The hot queries use their indexes on tables that have grown: EXPLAIN of the statements just as the calls send them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from app.core.database import Connection
from app.models import metadata
from app.services.due_steps import take_due_steps
from app.services.sweep import sweep
from support.api import TEXT, Api
from support.lives import UNIT, Life, live
from support.messages import tell
from support.statements import Statements, attach

ROWS = 20_000
GROWING = ("service_request", "work_order", "event", "application", "supervision", "idempotency_key", "throttle")


def columns(table: str, **changes: str) -> tuple[str, str]:
    """Column names, and expressions that copy row `t` with changes."""
    names = [c.name for c in metadata.tables[table].c if c.computed is None and c.name not in ("id", "search")]
    return ", ".join(names), ", ".join(changes.get(name, f"t.{name}") for name in names)


NUMBER = "'2025' || lpad(n::text, 10, '0')"
STATE = "(CASE WHEN n % 40 = 0 THEN 'resolved' WHEN n % 40 = 1 THEN 'assigned' WHEN n % 40 = 2 THEN 'received' ELSE 'closed' END)"


async def grow_records(connection: Connection, life: Life) -> None:
    """An application and a slip for every order; most of them settled long ago."""
    settled = "(CASE WHEN o.id % 40 = 3 THEN 'open' ELSE '{}' END)"
    for table, ending, state in (("application", "A1", "approved"), ("supervision", "S1", "accepted")):
        names, copies = columns(
            table, number=f"o.work_order_no || '-{ending}'", work_order_no="o.work_order_no",
            request_id="o.request_id", unit_code="o.unit_code", state=settled.format(state),
        )  # fmt: skip
        await connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {copies} FROM {table} t, work_order o "
            "WHERE t.request_id <> o.request_id AND o.work_order_no LIKE '2025%'"
        )
    followers = "UPDATE service_request SET master_no = $1 WHERE ticket_no LIKE '20250000000%'"
    await connection.execute(followers, life.ticket_no)


async def grow(connection: Connection, life: Life, beside: Life) -> None:
    """Many copies of one life: most of them closed long ago, in the hands of all units."""
    asked, copies = columns(
        "service_request", ticket_no=NUMBER, state=STATE, phone_hash="sha256(n::text::bytea)",
        lead_order_no=f"{NUMBER} || '-1'", callback_outcome="(CASE WHEN n % 120 > 0 THEN 'unreachable' END)", alarmed_until="'infinity'",
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
        WHERE r.ticket_no = $1 AND o.work_order_no LIKE '2025%'
        """,
        life.ticket_no,
    )
    await grow_records(connection, beside)
    await connection.execute(f"INSERT INTO throttle SELECT 'login:name:' || n, now(), 1 FROM {series}")
    kept = "INSERT INTO idempotency_key (scope, key, body_hash, status, answer, created_at)"
    await connection.execute(f"{kept} SELECT 'user:' || n, n::text, '', 201, '', now() FROM {series}")
    await connection.execute("ANALYZE")


@pytest.fixture(scope="module")
async def life(api: Api) -> Life:
    life = await live(api, "assigned", requester={"phone": "13800000000"})
    beside = await live(api, "slip open")
    await api.step(f"unit-{UNIT}", beside.path("work_order", "extend"), **beside.form("extend"))
    async with api.here.database.connection() as connection:
        await grow(connection, life, beside)
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
    (f"unit-{UNIT}", "/v1/work-orders?sort=newest&limit=20", {"ix_work_order_unit_code"}),
    ("dispatcher", "/v1/work-orders?unit=water&state=pending", {"ix_work_order_desk"}),
    ("dispatcher", "/v1/work-orders", {"pk_service_request"}),
    ("dispatcher", "/v1/work-orders?state=pending", {"pk_service_request"}),
    ("operator", "/v1/requests", {"pk_service_request", LEAD}),
    ("operator", "/v1/requests?state=received", {"ix_service_request_state", LEAD}),
    ("operator", "/v1/requests?phone=13800000000", {"ix_service_request_phone_hash", LEAD}),
    ("operator", "/v1/requests?text=东湖花园", {"ix_service_request_search"}),
    ("operator", "/v1/requests?category=01", {"ix_service_request_category_code", LEAD}),
    (f"unit-{UNIT}", "/v1/requests?limit=10", {"ix_service_request_filed_by", LEAD}),
    ("callback", "/v1/callbacks/queue", {"ix_service_request_callback", LEAD}),
    (f"unit-{UNIT}", "/v1/work-orders:export", {"ix_work_order_unit_request"}),
    (
        "auditor",
        "/v1/statistics/league?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
        {"ix_service_request_created_at", "ix_work_order_request_id"},
    ),
    ("dispatcher", "/v1/applications?state=open", {"ix_application_state", LEAD}),
    ("dispatcher", "/v1/applications", {"pk_application", LEAD}),
    (f"unit-{UNIT}", "/v1/applications?limit=200", {"ix_application_unit_code"}),
    ("supervisor", "/v1/supervisions?state=open", {"ix_supervision_state"}),
    (f"unit-{UNIT}", "/v1/supervisions?limit=200", {"ix_supervision_unit_code"}),
    (f"unit-{UNIT}", "/v1/feed?limit=50", {"ix_event_unit_commit_order"}),
    ("auditor", "/v1/feed?limit=50", {"ix_event_commit_order"}),
]


@pytest.mark.parametrize(("who", "path", "used"), READS, ids=[f"{who} {path}" for who, path, _ in READS])
async def test_reads(api: Api, statements: Statements, who: str, path: str, used: set[str]) -> None:
    found = await indexes_of(api, statements, lambda: api.as_(who).get(path))
    assert used <= found, found


@pytest.mark.parametrize("question", ["summary", "league?by=unit", "trend?by=month"])
async def test_figures_look_up_what_a_long_period_holds(api: Api, statements: Statements, question: str) -> None:
    path = f"/v1/statistics/{question}{'&' if '?' in question else '?'}from=2026-01-01T00:00:00Z"
    found = await plans(api, await statements.with_values(lambda: api.as_("auditor").get(path)))
    looked_up = [node for node in found if node.get("Relation Name") in ("work_order", "event")]
    assert {node["Relation Name"] for node in looked_up} == {"work_order", "event"}
    assert all("(request_id = " in node.get("Index Cond", "") for node in looked_up), looked_up
    assert "ix_event_rated" in {node["Index Name"] for node in looked_up}


FLAT = [
    (f"unit-{UNIT}", "/v1/work-orders?limit=5"),
    (f"unit-{UNIT}", "/v1/work-orders?limit=5&sort=newest"),
    (f"unit-{UNIT}", "/v1/work-orders?limit=5&state=pending"),
    (f"unit-{UNIT}", "/v1/work-orders?limit=5&state=pending,accepted"),
    (f"unit-{UNIT}", "/v1/work-orders?limit=5&state=pending,accepted,submitted&sort=newest"),
    ("dispatcher", "/v1/work-orders?limit=5"),
    ("dispatcher", "/v1/work-orders?limit=5&state=withdrawn,submitted&sort=newest"),
    ("dispatcher", "/v1/work-orders?limit=5&state=withdrawn"),
    ("dispatcher", "/v1/work-orders?limit=5&state=withdrawn&sort=newest"),
    ("operator", "/v1/requests?limit=5&state=received"),
    ("operator", "/v1/requests?limit=5&state=received,resolved,rated"),
]


@pytest.mark.parametrize(("who", "path"), FLAT, ids=[f"{who} {path}" for who, path in FLAT])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_page_reads_little_more_than_it_shows(
    api: Api, statements: Statements, who: str, path: str, mode: str
) -> None:
    sent = await statements.with_values(lambda: api.as_(who).get(path))
    async with api.here.database.connection() as connection:
        for query, values in sent:
            if "typeinfo_tree" in query:
                continue  # the driver asks for a type that it meets first
            types = [p.name for p in (await connection.prepare(query)).get_parameters()]
            literals = [
                await connection.fetchval("SELECT quote_nullable($1::text)", as_text(value)) for value in values
            ]
            typed = ", ".join(f"{text}::{kind}" for text, kind in zip(literals, types, strict=True))
            given = f"({typed})" if typed else ""
            await connection.execute(f"SET plan_cache_mode = {mode}; PREPARE page AS {query}")
            try:
                explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page{given}")
            finally:
                await connection.execute("DEALLOCATE page; RESET plan_cache_mode")
            for node in nodes(explained[0]["Plan"]):
                read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                assert read <= 60, (node["Node Type"], node.get("Index Name"), read, query)


def as_text(value: Any) -> str:
    """A bound value as PostgreSQL writes it."""
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)


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


async def test_a_claim(api: Api, statements: Statements) -> None:
    found = await indexes_of(
        api, statements, lambda: api.as_("callback").post("/v1/callbacks/queue:claim", json={"limit": 5})
    )
    assert {"ix_service_request_callback", "pk_service_request", LEAD} <= found


async def test_reads_and_steps_of_one(api: Api, statements: Statements, life: Life) -> None:
    ticket, orders = "uq_service_request_ticket_no", "ix_work_order_request_id"
    staff, unit = api.as_("operator"), api.as_(f"unit-{UNIT}")
    for call, used in (
        (lambda: staff.get(f"/v1/requests/{life.ticket_no}"), {ticket, LEAD, orders}),
        (lambda: unit.get(f"/v1/requests/{life.ticket_no}"), {ticket, LEAD, orders}),
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


async def test_steps_beside_the_way(api: Api, statements: Statements) -> None:
    master, helped = "ix_service_request_master_no", "ix_work_order_request_id"
    cases = [
        ("extend open", "dispatcher", "application", "approve", {"pk_application", LEAD}),
        ("slip open", "unit", "supervision", "reply", {"pk_supervision", LEAD}),
        ("assist pending", "unit", "helper", "withdraw", {LEAD, helped}),
        ("merged", "dispatcher", "request", "unmerge", {"uq_service_request_ticket_no"}),
        ("followed", "dispatcher", "request", "transfer", {master, LEAD}),
    ]
    for position, who, subject, action, used in cases:
        here = await live(api, position)
        user = f"unit-{here.unit}" if who == "unit" else who
        call = partial(api.step, user, here.path(subject, action), **here.form(action))
        found = await indexes_of(api, statements, call)
        assert used <= found, (position, action, found)


async def test_what_is_due(api: Api, statements: Statements) -> None:
    statements.seen.clear()
    await take_due_steps(api.here, datetime.now(UTC))
    await asyncio.sleep(0)  # loggers are called a turn later
    sent = [
        (query, values) for of_a_call, query, values in statements.seen if "AS number" in query or "reply_by" in query
    ]
    found = await plans(api, [(query, values) for query, values in sent if query.startswith("SELECT") and values])
    assert not [n for n in found if n["Node Type"] == "Seq Scan" and n["Relation Name"] in GROWING], sent
    assert "ix_supervision_running" in {node.get("Index Name") for node in found}


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


async def test_messages(api: Api, statements: Statements, life: Life) -> None:
    names, copies = columns("message", request_id="r.id", recipient="'citizen'", uid="gen_random_uuid()")
    async with api.here.database.connection() as connection:
        await connection.execute(
            f"""
            INSERT INTO message ({names}) SELECT {copies} FROM service_request r, (SELECT NULL::bigint AS contact_point_id,
                NULL AS unit_code, 'citizen' AS audience, 'sms' AS channel, 'citizen.news' AS template, 1 AS weight,
                false AS urgent, '{{}}'::jsonb AS facts, 1 AS event_id, 1 AS joined, 'sent' AS state, 1 AS attempts,
                now() AS due_at, NULL::timestamptz AS lease_until, NULL AS reason, NULL AS title, NULL AS body,
                NULL AS gateway_id, now() AS created_at, now() AS done_at) t
            """
        )
        await connection.execute("ANALYZE message")
    statements.seen.clear()
    await tell(api)
    sent = [(query, values) for _, query, values in statements.seen if "message" in query or "consumer" in query]
    scanned = {node["Relation Name"] for node in await plans(api, sent) if node["Node Type"] == "Seq Scan"}
    assert not scanned & {"message", *GROWING}, scanned
    assert "pk_message" in await indexes_of(api, statements, lambda: api.as_("admin").get("/v1/messages"))
    path = f"/v1/messages?ticket_no={life.ticket_no}"
    assert "ix_message_request_id" in await indexes_of(api, statements, lambda: api.as_("admin").get(path))
