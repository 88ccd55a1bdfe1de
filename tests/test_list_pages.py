"""Pages of desks and request lists: every row once and in order, however a page is found, and always as it is now."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.services import state_counts, word_search, work_orders
from app.services.authentication import actor_of
from app.services.kept_items import KeptItems
from support.api import Api
from support.lives import ABOVE, HELPER, UNIT, live

HANDLER = f"unit-{UNIT}"
POSITIONS = ("received", "assigned", "in progress", "on hold", "submitted", "resolved", "closed", "assist pending")
ORDERS = "SELECT o.work_order_no FROM work_order o JOIN service_request r ON r.id = o.request_id"
REQUESTS = "SELECT r.ticket_no FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no"
COUNTED = "SELECT state, count(*) AS n FROM work_order GROUP BY state"
OURS = f"r.id IN (SELECT request_id FROM work_order WHERE unit_code = '{UNIT}')"


@pytest.fixture(scope="module", autouse=True)
async def city(api: Api) -> None:
    for position in POSITIONS * 2:
        await live(api, position)
    life = await live(api, "assigned")
    await api.step("dispatcher", life.path("work_order", "withdraw"), **life.form("withdraw"))
    await live(api, "assist pending")


async def all_pages(api: Api, who: str, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await api.as_(who).get(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next_cursor"] is None:
            assert page["items"] or not found, "a cursor leads to something"
            return found
        assert len(page["items"]) == limit, "only the last page is short"
        cursor = f"&cursor={page['next_cursor']}"


DESKS = [
    ("dispatcher", "", "TRUE"),
    ("dispatcher", "state=pending", "o.state = 'pending'"),
    ("dispatcher", "state=completed", "o.state = 'completed'"),
    ("dispatcher", "state=withdrawn", "o.state = 'withdrawn'"),
    ("dispatcher", f"unit={UNIT}&state=accepted", f"o.unit_code = '{UNIT}' AND o.state = 'accepted'"),
    ("dispatcher", "state=pending,completed", "o.state IN ('pending', 'completed')"),
    ("dispatcher", "state=pending,accepted", "o.state IN ('pending', 'accepted')"),
    (
        HANDLER,
        "state=pending,accepted,submitted",
        f"o.unit_code = '{UNIT}' AND o.state IN ('pending', 'accepted', 'submitted')",
    ),
    ("dispatcher", "state=withdrawn,submitted", "o.state IN ('withdrawn', 'submitted')"),
    ("dispatcher", f"unit={UNIT},water&role=lead,assist", f"o.unit_code IN ('{UNIT}', 'water')"),
    (HANDLER, "", f"o.unit_code = '{UNIT}'"),
    (HANDLER, "state=accepted,completed", f"o.unit_code = '{UNIT}' AND o.state IN ('accepted', 'completed')"),
    (HANDLER, f"unit=water,{UNIT}&lamp=red,yellow,blue", f"o.unit_code = '{UNIT}' AND o.due_at IS NOT NULL"),
    (HANDLER, "state=submitted", f"o.unit_code = '{UNIT}' AND o.state = 'submitted'"),
    (HANDLER, "unit=water", "FALSE"),
]


@pytest.mark.parametrize(("who", "query", "where"), DESKS)
@pytest.mark.parametrize(("sort", "order"), [("due", "o.due_at, o.id"), ("newest", "o.id DESC")])
async def test_a_desk_shows_every_order_once(api: Api, who: str, query: str, where: str, sort: str, order: str) -> None:
    async with api.here.database.connection() as connection:
        expected = [row[0] for row in await connection.fetch(f"{ORDERS} WHERE {where} ORDER BY {order}")]
    for limit in (1, 3, 200):
        shown = await all_pages(api, who, f"/v1/work-orders?sort={sort}&{query}", limit)
        assert [item["work_order_no"] for item in shown] == expected, limit


async def test_who_stands_above_sees_the_desks_of_all_units_below(api: Api) -> None:
    below = api.here.reference.now.subordinates[ABOVE]
    assert len(below) > 1
    async with api.here.database.connection() as connection:
        query = f"{ORDERS} WHERE o.unit_code = ANY($1) ORDER BY o.due_at, o.id"
        expected = [row[0] for row in await connection.fetch(query, list(below))]
    shown = await all_pages(api, f"unit-{ABOVE}", "/v1/work-orders", 3)
    assert [item["work_order_no"] for item in shown] == expected


LISTS = [
    ("operator", "", "TRUE"),
    ("operator", "state=received", "r.state = 'received'"),
    ("operator", "category=02", "r.category_code LIKE '02%'"),
    ("operator", "category=02&state=closed", "r.category_code LIKE '02%' AND r.state = 'closed'"),
    ("operator", f"unit={UNIT}", f"o.unit_code = '{UNIT}'"),
    ("operator", "state=closed,received,closed", "r.state IN ('closed', 'received')"),
    (
        "operator",
        "category=02,10&kind=complaint,help",
        "left(r.category_code, 2) IN ('02', '10') AND r.kind IN ('complaint', 'help')",
    ),
    ("operator", f"unit={HELPER},{UNIT}", f"o.unit_code IN ('{UNIT}', '{HELPER}')"),
    ("operator", "lamp=red,blue&state=assigned,received", "r.state IN ('assigned', 'received')"),
    (HANDLER, "", OURS),
    (HANDLER, "state=resolved", f"r.state = 'resolved' AND {OURS}"),
]


@pytest.mark.parametrize(("who", "query", "where"), LISTS)
async def test_a_list_shows_every_request_once(api: Api, who: str, query: str, where: str) -> None:
    async with api.here.database.connection() as connection:
        expected = [row[0] for row in await connection.fetch(f"{REQUESTS} WHERE {where} ORDER BY r.id DESC")]
    for limit in (1, 3, 200):
        shown = await all_pages(api, who, f"/v1/requests?{query}", limit)
        assert [item["ticket_no"] for item in shown] == expected, limit


async def test_a_list_shows_what_the_row_by_itself_shows(api: Api) -> None:
    await live(api, "in progress", confidential=True)
    for who in ("operator", "dispatcher", HANDLER, "auditor"):
        for _ in range(2):  # read, then kept
            for item in await all_pages(api, who, "/v1/work-orders", 50):
                alone = (await api.as_(who).get(f"/v1/work-orders/{item['work_order_no']}")).json()
                assert item == {key: alone[key] for key in item}
            for item in await all_pages(api, who, "/v1/requests", 50):
                alone = (await api.as_(who).get(f"/v1/requests/{item['ticket_no']}")).json()
                ours = {key: alone[key] for key in item if key != "result"}
                assert item == {**ours, "result": item["result"]}


async def test_what_changes_is_shown_at_once(api: Api) -> None:
    life = await live(api, "assigned")
    path = f"/v1/work-orders?ticket_no={life.ticket_no}"
    (before,) = await all_pages(api, HANDLER, path, 50)
    await api.step(HANDLER, life.path("work_order", "accept"))
    (accepted,) = await all_pages(api, HANDLER, path, 50)
    assert (before["state"], accepted["state"]) == ("pending", "accepted")
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE service_request SET title = '改过' WHERE ticket_no = $1", life.ticket_no)
    assert [item["title"] for item in await all_pages(api, HANDLER, path, 50)] == ["改过"]


async def test_a_kept_item_changes_its_lamp_in_time(api: Api) -> None:
    life = await live(api, "assigned")
    reference = api.here.reference.now
    actor = actor_of(reference, next(u for u in reference.identities.users.values() if u.username == HANDLER))
    wanted, now = work_orders.DeskFilter(ticket_no=life.ticket_no), datetime.now(UTC)

    async def lamp(at: datetime) -> str:
        page = await work_orders.list_orders(api.here, actor, wanted, by_due=True, limit=5, cursor=None, now=at)
        return str(orjson.loads(orjson.dumps(page))["items"][0]["lamp"])

    assert [await lamp(now), await lamp(now + timedelta(days=90)), await lamp(now)] == ["blue", "red", "blue"]


async def test_what_is_kept_has_a_bound(api: Api) -> None:
    kept, at = KeptItems(100_000), datetime.now(UTC)
    tracemalloc.start()
    for number in range(500):
        kept.keep((number,), {"n": number, "text": "路灯坏了" * (number % 100)}, {}, at)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < kept.bytes <= 100_000
    assert held < 2 * kept.bytes, "what is kept must not carry the room in which it was made"
    assert kept.find((499,), at) is not None
    assert kept.find((0,), at) is None
    kept.keep((499,), {"n": 0}, {}, at)
    kept.keep(("too long",), {"text": "x" * 200_000}, {}, at)
    assert len(kept) == 1


@pytest.mark.parametrize("who", ["operator", HANDLER])
@pytest.mark.parametrize("words", ["咨询", "你好咨询", "绝对没有的词"])
async def test_rare_and_common_words_find_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch, who: str, words: str
) -> None:
    found = []
    for common in (10_000, -1):
        monkeypatch.setattr(word_search, "COMMON", common)
        shown = await all_pages(api, who, f"/v1/requests?text={words}", 3)
        found.append([item["ticket_no"] for item in shown])
    assert found[0] == found[1]
    assert bool(found[0]) is (words != "绝对没有的词")
    assert found[0] == sorted(found[0], reverse=True)


async def test_what_has_ended_is_estimated_when_there_is_much_of_it(api: Api) -> None:
    async with api.here.database.connection() as connection:
        await connection.execute("ANALYZE service_request, work_order")
        exact, estimated = [
            {(row["what"], row["state"]): row["n"] for row in await connection.fetch(state_counts.statement(large))}
            for large in (10**9, 1)
        ]
        truth = {row["state"]: row["n"] for row in await connection.fetch(COUNTED)}
    assert {state: n for (what, state), n in exact.items() if what == "order"} == truth
    assert exact[("request", "closed")] >= 2
    assert estimated[("request", "closed")] == exact[("request", "closed")]  # of so few rows it has looked at each
    assert estimated.items() <= exact.items()


async def test_an_item_made_under_names_that_changed_meanwhile_is_shown_to_nobody(api: Api) -> None:
    """Readers have numbers; who is late with an item must not leave it under another reader's number."""
    now, here = datetime.now(UTC), api.here
    users = {user.username: user for user in here.reference.now.identities.users.values()}
    trusted = actor_of(here.reference.now, users["discipline"])
    clerk = actor_of(here.reference.now, users[HANDLER])
    kept, before = KeptItems(), here.reference.now
    late = kept.of(before, trusted)
    changed = replace(before, units={**before.units, "new": next(iter(before.units.values()))})
    reader = kept.of(changed, clerk)
    kept.keep(("x", 1, late), {"title": "secret"}, {}, now)
    assert kept.find(("x", 1, reader), now) is None
    assert kept.find(("x", 1, kept.of(changed, trusted)), now) is None


async def test_items_outlive_changes_that_no_item_shows(api: Api) -> None:
    now, reference = datetime.now(UTC), api.here.reference.now
    clerk = actor_of(reference, next(iter(reference.identities.users.values())))
    kept = KeptItems()
    kept.keep(("x", 1, kept.of(reference, clerk)), {"title": "x"}, {}, now)
    assert kept.find(("x", 1, kept.of(replace(reference, auto_dispatch_confidence=0.9), clerk)), now) is not None
    assert kept.find(("x", 1, kept.of(replace(reference, areas={}), clerk)), now) is None


async def test_a_number_beyond_all_measure_is_told_as_such(api: Api) -> None:
    said = (await api.as_("operator").get("/v1/requests?limit=" + "9" * 5000)).json()["errors"]
    assert [(fault["pointer"], fault["message"]) for fault in said] == [("/query/limit", "数字过大")]
