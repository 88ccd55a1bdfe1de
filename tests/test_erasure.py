"""Erasing the person after the days that a policy says: nothing of it is left, and no figure changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.core.database import Connection
from app.services.housekeeping import clean_up
from support.api import Api
from support.feed import poll
from support.lives import Life, live

PERSON = {"name": "赵铁柱", "phone": "13812345678", "id_number": "11010519491231002X"}
SAID = "我是东湖花园的赵铁柱，电话13812345678，路灯坏了一个星期。"
TRACES = ("赵铁柱", "13812345678", "11010519491231002X", "19491231", "31.2041")
LATER = datetime.now(UTC) + timedelta(days=31)
FIGURES = """
SELECT ticket_no, r.state, r.round, kind, urgency, category_code, area_code, unit_code, satisfaction, resolved_answer,
    r.outcome, contacted_in_time, closed_at - r.created_at AS took, resolved_at, rated_at,
    (SELECT count(*) FROM event e WHERE e.request_id = r.id AND e.kind <> 'request.erased') AS events,
    (SELECT jsonb_agg(jsonb_build_array(e.kind, e.at, e.seq, e.actor, e.unit_code, e.request_state) ORDER BY e.seq)
     FROM event e WHERE e.request_id = r.id AND e.kind <> 'request.erased') AS history
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no ORDER BY r.id
"""


async def keep(api: Api, days: int | None, prefix: str = "") -> None:
    """Let requests of the categories be kept so long."""
    async with api.here.database.connection() as connection:
        await connection.execute(
            "UPDATE sla_policy SET keep_days = $1 WHERE category_prefix LIKE $2 || '%'", days, prefix
        )
    await api.here.reference.refresh()


async def everything(connection: Connection, ticket_no: str) -> str:
    """All that the database holds of a request, as text."""
    parts = [
        await connection.fetchval("SELECT (to_jsonb(r) - 'alarm_at')::text FROM service_request r WHERE ticket_no = $1", ticket_no)
    ]  # fmt: skip
    for table in ("event", "work_order", "application", "supervision"):
        parts += await connection.fetch(
            f"SELECT to_jsonb(t)::text FROM {table} t JOIN service_request r ON r.id = t.request_id WHERE ticket_no = $1",
            ticket_no,
        )
    return "".join(str(part) for part in parts)


@pytest.fixture
async def ended(api: Api) -> Life:
    filing = {"requester": PERSON, "location": {"lat": 31.2041, "lon": 105.6221}, "address": "东湖花园3号楼2单元501室"}
    life = await live(api, "rated", **filing, external_ref=f"赵铁柱{datetime.now(UTC)}")
    await api.step("dispatcher", f"requests/{life.ticket_no}/reveal", reason="赵铁柱要求回电13812345678")
    await api.step("dispatcher", f"requests/{life.ticket_no}/close", note="已告知赵铁柱")
    return life


async def test_nothing_of_the_person_is_left_and_no_figure_changes(api: Api, ended: Life) -> None:
    spoken = await live(api, "received", requester=PERSON, title="赵铁柱的来信")
    await api.step("operator", f"requests/{spoken.ticket_no}/supplements", text=SAID)
    await api.step("dispatcher", f"requests/{spoken.ticket_no}/decline", reason="military", text="赵铁柱，请另行反映。")
    async with api.here.database.connection() as connection:
        before = await connection.fetch(FIGURES)
        assert "赵铁柱" in await everything(connection, ended.ticket_no)
        await keep(api, 30)
        assert await clean_up(api.here, datetime.now(UTC)) == 0, "not yet"
        assert await clean_up(api.here, LATER) >= 2
        assert await clean_up(api.here, LATER) == 0
        for ticket in (ended.ticket_no, spoken.ticket_no):
            left = await everything(connection, ticket)
            assert not [trace for trace in TRACES if trace in left], left
            assert "military" in left or ticket != spoken.ticket_no, "codes are no names"
        assert await connection.fetch(FIGURES) == before
    shown = (await api.as_("dispatcher").get(f"/v1/requests/{ended.ticket_no}")).json()
    assert (shown["requester"], shown["address"], shown["location"]) == (
        {"name": None, "phone": None, "id_number": None}, None, None,
    )  # fmt: skip
    told = (await api.as_("auditor").get(f"/v1/requests/{ended.ticket_no}/timeline")).json()["items"]
    assert (told[-1]["kind"], told[-1]["actor"], told[-1]["seq"]) == ("request.erased", "system", shown["version"])
    assert (await api.as_("operator").get("/v1/requests", params={"phone": PERSON["phone"]})).json()["items"] == []
    assert (await api.as_("operator").get("/v1/requests", params={"text": "赵铁柱"})).json()["items"] == []
    public = await api.as_().get(f"/public/requests/{ended.ticket_no}", params={"code": ended.code})
    assert public.status_code == 200, "the citizen's own number and code still open it"
    await keep(api, None)


async def test_running_and_kept_requests_stay_as_they_are(api: Api, ended: Life) -> None:
    running = await live(api, "in progress", requester=PERSON)
    await keep(api, None)
    await keep(api, 1, "25")
    assert await clean_up(api.here, LATER) == 0
    for life in (ended, running):
        assert (await api.as_("dispatcher").get(f"/v1/requests/{life.ticket_no}")).json()["requester"]["name"] == "赵**"
    await keep(api, 1)
    await clean_up(api.here, LATER)
    revealed = await api.step("dispatcher", f"requests/{running.ticket_no}/reveal", reason="联系")
    assert revealed["requester"]["name"] == "赵铁柱"
    await keep(api, None)


async def test_the_feeds_memory_forgets_as_well(api: Api, ended: Life) -> None:
    cursor = (await poll(api, "dispatcher", "latest"))["next_cursor"]
    await api.step("dispatcher", f"requests/{ended.ticket_no}/reveal", reason="找赵铁柱核对")
    assert "赵铁柱" in str((await poll(api, "dispatcher", cursor, wait=5))["items"])
    await keep(api, 1)
    latest = (await poll(api, "dispatcher", "latest"))["next_cursor"]
    await clean_up(api.here, LATER)
    assert (await poll(api, "dispatcher", latest, wait=5))["items"]
    again = (await poll(api, "dispatcher", cursor))["items"]
    assert "identity.revealed" in [item["kind"] for item in again]
    assert "赵铁柱" not in str(again)
    await keep(api, None)


async def test_several_workers_erase_each_request_once(api: Api) -> None:
    lives = [await live(api, "closed", requester=PERSON) for _ in range(3)]
    await keep(api, 1)
    await asyncio.gather(*(clean_up(api.here, LATER) for _ in range(4)))
    for life in lives:
        items = (await api.as_("auditor").get(f"/v1/requests/{life.ticket_no}/timeline")).json()["items"]
        assert [item["kind"] for item in items].count("request.erased") == 1
    await keep(api, None)


async def test_a_person_that_cannot_be_read_holds_up_nobody(api: Api) -> None:
    broken, good = [await live(api, "closed", requester=PERSON) for _ in range(2)]
    async with api.here.database.connection() as connection:
        spoil = "UPDATE service_request SET requester = 'k9:no' WHERE ticket_no = $1"
        await connection.execute(spoil, broken.ticket_no)
        await keep(api, 1)
        assert await clean_up(api.here, LATER) >= 1
        erased = "SELECT erased_at IS NOT NULL FROM service_request WHERE ticket_no = $1"
        assert await connection.fetchval(erased, good.ticket_no)
        assert not await connection.fetchval(erased, broken.ticket_no)
        await connection.execute("UPDATE service_request SET requester = NULL WHERE ticket_no = $1", broken.ticket_no)
    await keep(api, None)


@pytest.mark.parametrize(
    ("erasing", "statement"),
    [
        ("off", "UPDATE event SET payload = '{}'"),
        ("on", "UPDATE event SET actor = 'x'"),
        ("on", "UPDATE event SET at = now()"),
        ("on", "DELETE FROM event"),
        ("on", "TRUNCATE event"),
    ],
)
async def test_nothing_else_changes_the_history(api: Api, ended: Life, erasing: str, statement: str) -> None:
    async def change(connection: Any) -> None:
        await connection.execute(f"SET LOCAL hotline.erasing = '{erasing}'")
        await connection.execute(statement)

    with pytest.raises(asyncpg.RestrictViolationError, match="insert-only"):
        await api.here.database.transaction(change)
    async with api.here.database.connection() as connection:
        assert not await connection.fetchval("SELECT current_setting('hotline.erasing', true) = 'on'"), (
            "gone with its transaction"
        )
