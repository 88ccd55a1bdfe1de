"""The ledger balances on living requests, and finds each fault that is planted behind the door, with its ticket."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS

from app.cli.ledger import show
from app.core.clock import now
from app.services.ledger.balance import Ledger, balance
from app.services.ledger.reading import Scope, batches
from app.services.ledger.replay import replay
from app.services.ledger.rulebook import Rulebook
from app.services.ledger.timekeeper import Timekeeper
from app.services.simulation.demo import make_demo_lives
from app.services.simulation.month.run import play_month
from app.services.sweep import sweep
from support.api import Api
from support.service import run

NEW_ORDER = """
INSERT INTO work_order (work_order_no, request_id, role, state, version, round, unit_code, reason, wall_clocks,
    accept_soon_at, accept_due_at, resolve_soon_at, resolve_due_at, alarmed_until, created_at, updated_at)
SELECT work_order_no || '9', request_id, 'assist', 'pending', 1, round, unit_code, reason, wall_clocks,
    accept_soon_at, accept_due_at, resolve_soon_at, resolve_due_at, alarmed_until, created_at, updated_at
FROM work_order o WHERE {}
"""
OPEN_LEAD = "o.request_id = $1 AND o.role = 'lead' AND o.state IN ('pending', 'accepted')"
FAULTS = [
    ("a state changed", "in_progress", "UPDATE service_request SET state = 'closed' WHERE id = $1",
     ("has state closed, the history says in_progress", "open leads")),
    ("an event lost", "closed", "DELETE FROM event WHERE request_id = $1 AND seq = 3", ("event 4 ", "follows event 2")),
    ("an event forged", "closed", "UPDATE event SET to_state = 'declined' WHERE request_id = $1 AND kind = 'request.closed'",
     ("tells", "declined")),
    ("a step that no rule allows", "in_progress",
     "UPDATE event SET request_state = 'on_hold' WHERE request_id = $1 AND kind = 'work_order.accepted'",
     ("the workflow has no such step",)),
    ("a clock moved", "in_progress", f"UPDATE work_order o SET resolve_due_at = resolve_due_at + '1 day' WHERE {OPEN_LEAD}",
     ("has resolve_due_at", "policy, extensions and holds give")),
    ("an order orphaned", "in_progress", "UPDATE service_request SET lead_order_no = NULL WHERE id = $1",
     ("has lead_order_no None",)),
    ("an order smuggled in", "in_progress", NEW_ORDER.format(OPEN_LEAD), ("stands in no event",)),
    ("a helper without a lead", "closed", NEW_ORDER.format("o.request_id = $1 AND o.role = 'lead' AND o.state = 'completed' ORDER BY o.work_order_no LIMIT 1"),
     ("orders are open without a lead",)),
    ("an alarm skipped", "in_progress", f"UPDATE work_order o SET alarmed_until = now() + '1 day' WHERE {OPEN_LEAD}",
     ("has alarmed_until",)),
    ("an allowance given", "in_progress", f"UPDATE work_order o SET returns_left = 9 WHERE {OPEN_LEAD}",
     ("has returns_left 9",)),
    ("a rating improved", "closed", "UPDATE service_request SET satisfaction = 6 - coalesce(satisfaction, 1) WHERE id = $1",
     ("has satisfaction",)),
]  # fmt: skip


async def command(url: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """`hotline ledger --json` as a process: exit code and outcome."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")}
    given = {"HOTLINE_DATABASE_URL": url, "HOTLINE_SECRET_KEYS": KEYS, "HOTLINE_DATA_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "ledger", "--json"],
        env={**inherited, **given}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def told(found: Ledger) -> list[str]:
    return [f"{discrepancy.ticket_no}: {discrepancy.what}" for discrepancy in found.discrepancies]


async def test_nothing_balances(api: Api) -> None:
    found = await balance(api.here)
    assert found.balanced
    assert found.as_dict()["requests"]["filed"] == 0


async def test_living_requests_balance_to_the_last_clock(api: Api, database_copy: str, workspace: Path) -> None:
    assert await make_demo_lives(api.here, 60) == 60
    end = now()
    month = await play_month(api.here, end - timedelta(days=30), end, requests=60, seed=2)
    assert month.ledger.balanced, told(month.ledger)
    found = await balance(api.here)
    assert found.balanced, told(found)
    assert (found.explained, found.earlier_rules) == (120, 0)
    assert month.ledger.totals.accounts["requests"].came == 60
    code, outcome = await command(database_copy, workspace)
    assert (code, outcome["balanced"], outcome["requests"]["filed"]) == (0, True, 120)
    assert outcome["requests"] == found.as_dict()["requests"]


async def test_people_read_a_sentence(api: Api, database_copy: str, workspace: Path) -> None:
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}
    done = await asyncio.to_thread(run, "ledger", **given)
    assert done.returncode == 0, done.stderr
    assert "It balances" in done.stdout
    assert "[]" not in done.stdout
    change = """UPDATE service_request SET followers = followers {} 7 WHERE id = (SELECT min(id) FROM service_request)
                RETURNING ticket_no"""
    async with api.here.database.connection() as connection:
        ticket = await connection.fetchval(change.format("+"))
    done = await asyncio.to_thread(run, "ledger", **given)
    assert done.returncode == 1
    assert f"\n{ticket}: " in done.stdout
    assert "It does not balance; discrepancies: " in done.stdout
    async with api.here.database.connection() as connection:
        await connection.execute(change.format("-"))


@pytest.mark.parametrize(
    ("explained", "earlier", "told"),
    [
        (3, 0, "history, rows and clocks agree.\n"),
        (1, 2, "history and rows agree.\nThe clocks of 2 requests were not recomputed: time limits"),
        (0, 219, "history and rows agree.\nNo clock was checked: time limits or calendar were written later"),
    ],
)
def test_the_sentence_says_which_clocks_were_recomputed(
    capsys: pytest.CaptureFixture[str], explained: int, earlier: int, told: str
) -> None:
    show(Ledger(explained=explained, earlier_rules=earlier).as_dict(), as_json=False)
    assert f"\nIt balances: {told}" in capsys.readouterr().out


async def test_every_planted_fault_is_found_at_its_ticket(api: Api, database_copy: str, workspace: Path) -> None:
    planted: dict[str, tuple[str, ...]] = {}
    async with api.here.database.connection() as connection:
        for name, state, fault, words in FAULTS:
            victim = await connection.fetchrow(
                """SELECT r.id, r.ticket_no FROM service_request r
                JOIN work_order o ON o.work_order_no = r.lead_order_no
                WHERE r.state = $1 AND o.state <> 'submitted' AND r.ticket_no <> ALL ($2) ORDER BY r.id LIMIT 1""",
                state,
                list(planted),
            )
            assert victim, f"no request that is {state} is left for {name}"
            async with connection.transaction():
                # The history refuses changes; whoever owns the database can get round it.
                await connection.execute("SET LOCAL session_replication_role = replica")
                assert (await connection.execute(fault, victim["id"])).endswith(" 1"), name
            planted[victim["ticket_no"]] = words
    found = await balance(api.here)
    for ticket_no, words in planted.items():
        said = " ".join(discrepancy.what for discrepancy in found.discrepancies if discrepancy.ticket_no == ticket_no)
        assert all(word in said for word in words), (ticket_no, words, said)
    assert {discrepancy.ticket_no for discrepancy in found.discrepancies} <= {*planted, None}
    code, outcome = await command(database_copy, workspace)
    assert (code, outcome["balanced"]) == (1, False)
    assert outcome["discrepancies"] == found.count == len(outcome["first"])


async def test_an_alarm_lost_or_raised_twice_is_told(api: Api) -> None:
    """The history is thinned and thickened in memory; the numbers stay straight."""
    await make_demo_lives(api.here, 60, first=500)
    reference, tried = api.here.reference.now, 0
    async for cases in batches(api.here.database, Scope(), 2**31):
        for case in cases:
            alarms = [n for n, event in enumerate(case.events) if event["kind"].startswith("work_order.overdue")]
            if not alarms or alarms[0] == len(case.events) - 1:
                continue
            tried += 1
            head, alarm, tail = case.events[: alarms[0]], case.events[alarms[0]], case.events[alarms[0] + 1 :]
            for events in ([*head, *tail], [*head, alarm, alarm, *tail]):
                renumbered = [{**event, "seq": number} for number, event in enumerate(events, 1)]
                rulebook = Rulebook(reference.policies, case.request, renumbered)
                life = replay("X", renumbered, [Timekeeper(reference.calendar, rulebook)])
                assert any("raised" in fault for fault in life.faults), (len(events), life.faults)
    assert tried > 5


async def test_a_changed_rule_makes_older_clocks_unexplained_not_wrong(api: Api) -> None:
    before = await balance(api.here)
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE sla_policy SET resolve = '9wd', accept = '7wh'")
    await api.here.reference.refresh()
    found = await balance(api.here)
    assert (found.explained, found.earlier_rules) == (0, before.explained + before.earlier_rules)
    assert not any("policy, extensions" in what for what in told(found))
    await api.file()
    assert (await balance(api.here)).explained == 1


async def test_a_long_list_is_cut_and_still_counted(api: Api) -> None:
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE service_request SET version = version + 1, followers = 7")
    found = await balance(api.here)
    assert found.count > 200
    assert len(found.discrepancies) == 100


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ({"seq": 3}, "follows event 1"),
        ({"request_state": "closed"}, "the workflow has no such step"),
        ({"kind": "work_order.accepted", "from_state": "pending", "to_state": "accepted"}, "never opened"),
        ({"kind": "application.refused", "payload": {"application": "X-1-A1"}}, "never opened"),
        ({"payload": {"unit_code": None}, "work_order_no": None}, ""),
        ({"kind": "supervision.issued", "payload": {}}, "cannot be understood"),
    ],
)
def test_a_broken_line_is_told_and_never_raised(second: dict[str, Any], fault: str) -> None:
    blank = {
        "at": now(), "work_order_no": None, "unit_code": None, "actor_kind": "system", "payload": {}, "from_state": None,
    }  # fmt: skip
    first = {**blank, "seq": 1, "kind": "request.received", "to_state": "received", "request_state": "received"}
    then = {"seq": 2, "kind": "request.dispatched", "from_state": "received", "to_state": "assigned"}
    life = replay("X", [first, {**blank, **then, "request_state": "assigned", **second}])
    assert any(fault in said for said in life.faults) or not fault


async def test_an_alarm_lost_at_the_end_is_told(api: Api) -> None:
    """Last on this database: its clocks are now a month ahead."""
    ticket_no, reference = (await api.file())["ticket_no"], api.here.reference.now
    await sweep(api.here, now() + timedelta(days=30))
    found = [c async for cases in batches(api.here.database, Scope(), 2**31) for c in cases]
    (case,) = [case for case in found if case.request["ticket_no"] == ticket_no]
    alarms = [event for event in case.events if event["kind"].startswith("work_order.")]
    assert [event["kind"] for event in alarms[-2:]] == ["work_order.late", "work_order.escalated"]
    for lost in (None, *alarms[:-1]):
        events = [{**e, "seq": n} for n, e in enumerate((e for e in case.events if e is not lost), 1)]
        keeper = Timekeeper(reference.calendar, Rulebook(reference.policies, case.request, events))
        faults = replay(ticket_no, events, [keeper]).faults
        assert bool(faults) == (lost is not None), faults
