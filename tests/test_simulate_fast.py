"""Lives that were multiplied are lives: they balance, are looked up, listed and walked on like those that were filed."""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.cli.simulate_fast import for_people
from app.core.clock import now
from app.core.database import Connection
from app.domain.understanding import search_tokens
from app.services.clusters.watch import NAME as CLUSTERS
from app.services.clusters.watch import watch
from app.services.feed.consumer import anything_new
from app.services.intake.filing import PHONE_PURPOSE
from app.services.ledger.balance import balance
from app.services.ledger.reading import Scope, batches, extent
from app.services.messages.consume import NAME as MESSAGES
from app.services.messages.consume import consume
from app.services.personal import unseal
from app.services.simulation.fast.fill import Filled, Progress, fill
from app.services.simulation.fast.patterns import REFERENCE, TICKET, find_patterns
from app.services.simulation.fast.placing import Placements
from app.services.simulation.fast.statements import TABLES, columns
from app.services.simulation.run import play_all
from support.api import Api
from support.random_laws import broken
from support.random_world import Rows
from support.service import run

ORDERS = 360
FAST = "starts_with(r.external_ref, 'fast:')"
MADE = f"SELECT r.* FROM service_request r WHERE {FAST} ORDER BY r.id"
STANDING = """
SELECT o.open_application, o.open_helpers, r.master_no IS NOT NULL OR r.followers > 0 AS followed
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
"""
OPEN = {"received", "assigned", "in_progress", "on_hold", "resolved", "rated"}


async def skip_what_is_there(api: Api) -> None:
    """The readers of the history have begun, and read everything so far."""
    for _ in range(2):
        await consume(api.here, now())
        await watch(api.here, now())


@pytest.fixture(scope="module")
async def filled(api: Api) -> Filled:
    await find_patterns(api.here, ORDERS, 1)
    await skip_what_is_there(api)
    return await fill(api.here, ORDERS, seed=1, compare=False)


async def fetch(api: Api, query: str, *args: Any) -> list[Any]:
    async with api.here.database.connection() as connection:
        return list(await connection.fetch(query, *args))


@pytest.mark.parametrize("alone", [["--fast"], ["--orders", "10"]])
def test_how_many_must_be_said(alone: list[str], workspace: Path) -> None:
    done = run("simulate", *alone, data_dir=workspace / "none")
    assert done.returncode == 2
    assert "--fast and --orders go together" in done.stderr
    assert "Usage: hotline simulate" in done.stderr
    assert not (workspace / "none").exists()


async def test_who_stops_while_patterns_are_played_gets_nothing(api: Api) -> None:
    days: list[datetime] = []
    filled = await fill(
        api.here, 60, seed=1, compare=False, progress=Progress(on_time=days.append, stopped=lambda: len(days) >= 2)
    )
    assert (filled.requests, filled.patterns, filled.left, len(days)) == (0, 0, 60, 2)


async def test_people_read_neither_the_sample_nor_what_was_not_compared(api: Api, filled: Filled) -> None:
    told = for_people(filled.as_dict())
    assert told.keys() == filled.as_dict().keys() - {"sample", "copied", "copy_ratio"}
    assert for_people(Filled(copied=1).as_dict()).keys() >= {"copied", "copy_ratio"}


async def test_so_many_as_were_asked_for_stand_in_every_open_state(api: Api, filled: Filled) -> None:
    rows = await fetch(api, MADE)
    assert len(rows) == ORDERS == filled.requests
    states = {row["state"] for row in rows}
    assert "closed" in states
    patterns = await fetch(
        api, "SELECT DISTINCT state FROM service_request WHERE starts_with(external_ref, $1)", REFERENCE
    )
    assert {row["state"] for row in patterns} & OPEN <= states
    assert states >= {"received", "assigned", "in_progress", "resolved", "closed"}
    assert len({row["created_at"].astimezone(api.here.settings.zone).strftime("%Y%m") for row in rows}) > 18
    later = sum(a["created_at"] <= b["created_at"] for a, b in pairwise(rows))
    assert later > 0.9 * ORDERS  # followers come with their masters
    assert all(
        row["created_at"].astimezone(api.here.settings.zone).strftime("%Y%m%d") == row["ticket_no"][:8] for row in rows
    )
    assert len({row["category_code"] for row in rows}) > 15
    assert len({row["area_code"] for row in rows}) > 10
    assert len({row["kind"] for row in rows}) > 1


async def test_every_copy_balances_to_the_last_clock(api: Api, filled: Filled) -> None:
    found = await balance(api.here)
    assert [f"{one.ticket_no}: {one.what}" for one in found.discrepancies] == []
    (total,) = await fetch(api, "SELECT count(*) FROM service_request")
    assert (found.explained, found.earlier_rules) == (total[0], 0)


async def lives(connection: Connection, api: Api) -> dict[int, Rows]:
    found = {row["id"]: Rows(dict(row)) for row in await connection.fetch(MADE)}
    for name, table, order in (
        ("orders", "work_order", "id"), ("applications", "application", "number"),
        ("slips", "supervision", "number"), ("events", "event", "seq"),
    ):  # fmt: skip
        rows = await connection.fetch(f"SELECT * FROM {table} WHERE request_id = ANY($1) ORDER BY {order}", list(found))
        for row in rows:
            getattr(found[row["request_id"]], name).append(dict(row))
    return found


async def test_no_law_of_a_single_life_is_broken(api: Api, filled: Filled) -> None:
    async with api.here.database.connection() as connection:
        found = await lives(connection, api)
    assert [f"{life.request['ticket_no']}: {what}" for life in found.values() for what in broken(None, life)] == []
    assert filled.rows["event"] == sum(len(life.events) for life in found.values())
    assert filled.rows["work_order"] == sum(len(life.orders) for life in found.values())


def numbers_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(inner)
    elif isinstance(value, str):
        yield from TICKET.findall(value)


async def test_copies_name_copies_only(api: Api, filled: Filled) -> None:
    own = {row["ticket_no"] for row in await fetch(api, MADE)}
    for table in TABLES:
        key = "id" if table == "service_request" else "request_id"
        rows = await fetch(api, f"SELECT t.* FROM {table} t JOIN service_request r ON r.id = t.{key} WHERE {FAST}")
        assert {number for row in rows for value in row.values() for number in numbers_in(value)} <= own
        assert not any(re.search("@(moment|date|ticket):", str(row)) for row in rows)


async def test_callers_call_again_and_are_known_by_their_own_number(api: Api, filled: Filled) -> None:
    rows = await fetch(api, MADE)
    for row in rows:
        person = unseal(api.here.keys, row["requester"])
        assert row["phone_hash"] == api.here.keys.lookup_hash(f"+86{person['phone']}", PHONE_PURPOSE)
    assert ORDERS * 0.4 < len({row["phone_hash"] for row in rows}) < ORDERS * 0.95


async def test_words_are_those_of_the_text(api: Api, filled: Filled) -> None:
    rows = await fetch(api, "SELECT title, text, tsvector_to_array(search) AS words FROM (" + MADE + ") made")
    assert all(set(row["words"]) == set(search_tokens(f"{row['title']}\n{row['text']}")) for row in rows)
    keyed = await fetch(
        api,
        f"SELECT DISTINCT k.request_id FROM request_key k JOIN service_request r ON r.id = k.request_id WHERE {FAST} AND k.filed_at = r.created_at",
    )
    (secret,) = await fetch(
        api, f"SELECT count(*) FROM service_request r WHERE {FAST} AND (confidential OR restricted OR kind = 'report')"
    )
    assert ORDERS - secret[0] <= len(keyed) + 5


async def test_citizens_look_them_up(api: Api, filled: Filled) -> None:
    for known in random.Random(1).sample(filled.sample, 12):
        answer = await api.as_().get(f"/public/requests/{known['ticket_no']}", params={"code": known["code"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["ticket_no"] == known["ticket_no"]
    wrong = await api.as_().get(f"/public/requests/{known['ticket_no']}", params={"code": "222222222"})
    assert wrong.status_code == 404


async def test_staff_read_them(api: Api, filled: Filled) -> None:
    auditor = api.as_("auditor")
    listed = (await auditor.get("/v1/requests", params={"limit": 50})).json()["items"]
    assert len(listed) == 50
    for item in listed[:10]:
        timeline = (await auditor.get(f"/v1/requests/{item['ticket_no']}/timeline")).json()
        assert len(timeline["items"]) == item["version"] > 0
    (order,) = await fetch(
        api,
        f"SELECT o.unit_code FROM work_order o JOIN service_request r ON r.id = o.request_id WHERE {FAST} AND o.state = 'accepted' LIMIT 1",
    )
    desk = await api.as_(f"unit-{order[0]}").get("/v1/work-orders", params={"state": "accepted"})
    assert desk.json()["items"]
    word = await auditor.get("/v1/requests", params={"text": "路灯"})
    assert word.status_code == 200, word.text
    figures = await auditor.get("/v1/statistics/summary")
    assert figures.status_code == 200, figures.text


async def test_nobody_is_told_of_them(api: Api, filled: Filled) -> None:
    async with api.here.database.connection() as connection:
        assert not await anything_new(connection, MESSAGES)
        assert not await anything_new(connection, CLUSTERS)


async def test_their_lives_go_on(api: Api, filled: Filled) -> None:
    open_before = await fetch(api, f"SELECT r.id FROM service_request r WHERE {FAST} AND state = ANY($1)", list(OPEN))
    played = await play_all(api.here, players=4, speed=0, seed=1, on_life=lambda: None, on_total=lambda _: None)
    assert played.lives >= len(open_before) > 10
    still = await fetch(api, f"{STANDING} WHERE {FAST} AND r.state = ANY($1)", list(OPEN))
    assert len(still) < len(open_before) / 2
    # The simple player decides no applications and waits for no helpers.
    assert all(row["open_application"] or row["open_helpers"] or row["followed"] for row in still)
    assert (await balance(api.here)).balanced


async def test_a_further_call_adds_and_compares(api: Api, filled: Filled) -> None:
    patterns = "SELECT count(*) FROM service_request WHERE starts_with(external_ref, $1)"
    before, counter = await fetch(api, patterns, REFERENCE), await fetch(api, "SELECT last_value FROM ticket_no_seq")
    more = await fill(api.here, 60, seed=2, compare=True)
    assert more.requests == 60
    assert more.copied == 30
    assert more.as_dict()["copy_ratio"] > 0
    assert await fetch(api, patterns, REFERENCE) == before
    assert (await fetch(api, "SELECT last_value FROM ticket_no_seq"))[0][0] >= counter[0][0] + 60
    assert len(await fetch(api, MADE)) == ORDERS + 60
    assert (await balance(api.here)).balanced


async def test_what_was_filled_stays_when_it_is_stopped(api: Api, filled: Filled) -> None:
    before = [await fetch(api, f"SELECT count(*) FROM {table}") for table in TABLES]
    stopped = RuntimeError("stopped by hand")

    def stop(_done: int) -> None:
        raise stopped

    with pytest.raises(RuntimeError):
        await fill(api.here, 60, seed=3, compare=True, progress=Progress(on_done=stop))
    after = [await fetch(api, f"SELECT count(*) FROM {table}") for table in TABLES]
    assert after[0][0][0] == before[0][0][0] + 10
    assert (await balance(api.here)).balanced


async def test_every_column_is_multiplied_or_made(api: Api) -> None:
    """A column that is added later is copied like its neighbours, unless PostgreSQL fills it."""
    for table in TABLES:
        rows = await fetch(
            api,
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_generated = 'NEVER'",
            table,
        )
        left = {row[0] for row in rows} - set(columns(table))
        assert left <= {"id", "xid"}


async def test_lives_are_put_where_the_week_is_the_same(api: Api, filled: Filled) -> None:
    families = await find_patterns(api.here, ORDERS, 1)
    calendar = api.here.reference.now.calendar
    begin = now() - timedelta(days=730)
    placements = Placements(families, calendar, begin)
    assert len(placements) > len(families)
    choice = placements.between(begin, now())
    assert all(placement.at >= begin for placement in choice.placements)
    for placement in choice.placements[::25]:
        for instant in placement.family.instants:
            day = instant.astimezone(calendar.zone).date()
            assert calendar.is_working_day(day) == calendar.is_working_day(day - timedelta(weeks=placement.weeks))


async def test_the_scope_of_patterns_is_small(api: Api, filled: Filled) -> None:
    scope = Scope(reference=REFERENCE)
    async with api.here.database.connection() as connection:
        number, last = await extent(connection, scope)
    read = [case async for batch in batches(api.here.database, scope, last) for case in batch]
    assert number == len(read) < 150
