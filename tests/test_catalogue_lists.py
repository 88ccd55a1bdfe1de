"""Lists page without gaps at a fixed cost, filters narrow, and a creating call runs once per idempotency key."""

import asyncio
import base64
from typing import Any

import pytest
from sqlalchemy import event

from app.models import metadata
from app.services.catalogue.keeping import KEPT
from app.services.catalogue.noun import Noun
from app.services.catalogue.nouns import NOUNS, ROLES
from support.api import Api
from support.statements import attach

PATHS = [f"/v1/{noun.path}" for noun in (*NOUNS, ROLES)] + ["/v1/users"]


async def items(api: Api, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = await api.as_("admin").get(path, params={"limit": 200, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize("path", PATHS)
async def test_pages_hold_together(api: Api, path: str) -> None:
    whole, cursor = [], None
    for _ in range(1000):
        params = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = (await api.as_("admin").get(path, params=params)).json()
        assert len(page["items"]) <= 7
        whole += page["items"]
        cursor = page["next_cursor"]
        if cursor is None or len(whole) >= 200:
            break
    assert whole[:200] == (await items(api, path))[: len(whole)]


@pytest.mark.parametrize("path", [*PATHS, "/v1/api-keys"])
async def test_cursors_and_limits_that_we_never_gave(api: Api, path: str) -> None:
    forged = [
        "x",
        *(base64.urlsafe_b64encode(text).decode() for text in (b"[null]", b'["\\u0000"]', b"[1e99]", b"[[]]")),
    ]
    forged += [base64.urlsafe_b64encode(text).decode() for text in (b"[9223372036854775808]", b'["\xe4\xb8\xad"]')]
    for cursor in forged:
        answer = await api.as_("admin").get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/cursor"), cursor
    for limit in ("0", "201", "x"):
        assert (await api.as_("admin").get(path, params={"limit": limit})).status_code == 422


@pytest.mark.parametrize("noun", [*NOUNS, ROLES], ids=lambda noun: noun.path)
async def test_a_list_costs_one_statement_whatever_its_length(api: Api, noun: Noun) -> None:
    statements = await attach(api)
    for limit in (5, 200):
        sent = await statements.of(lambda limit=limit: items(api, f"/v1/{noun.path}", limit=limit))
        assert len([statement for statement in sent if f"FROM {noun.table} " in statement]) == 1
        assert len(sent) == 1


@pytest.mark.parametrize("noun", [*NOUNS, ROLES], ids=lambda noun: noun.path)
def test_a_row_is_shown_as_its_table_has_it(noun: Noun) -> None:
    assert set(noun.row.model_fields) <= set(metadata.tables[noun.table].c.keys())
    assert metadata.tables[noun.table] is KEPT[noun].table.__table__
    assert noun.removable is (KEPT[noun].check_removal is not None)


@pytest.mark.parametrize("path", ["/v1/users", "/v1/api-keys"])
async def test_a_list_of_administration_costs_one_statement_too(api: Api, path: str) -> None:
    await items(api, path)
    engine, statements = api.here.database._engine, []
    assert engine is not None

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    try:
        for limit in (5, 200):
            statements.clear()
            await items(api, path, limit=limit)
            assert len(statements) == 1
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", count)


async def test_filters(api: Api) -> None:
    units = await items(api, "/v1/units", kind="village_team", area="990100101")
    assert {unit["code"] for unit in units} >= {"team-shimen", "team-mopan"}
    assert {unit["parent_code"] for unit in units} == {"township-qingshi"}
    assert [u["code"] for u in await items(api, "/v1/units", q="不动产登记")] == ["real-estate-registration"]
    assert [u["code"] for u in await items(api, "/v1/units", q="TRAFFIC")] == ["traffic-police"]
    assert await items(api, "/v1/units", q="%") == []
    assert await items(api, "/v1/units", active="false") == []
    assert {u["parent_code"] for u in await items(api, "/v1/units", parent="housing")} == {"housing"}
    assert [a["code"] for a in await items(api, "/v1/areas", level="county")] == ["990100000000"]
    assert len(await items(api, "/v1/areas", parent="990100000000")) == 12
    assert [a["code"] for a in await items(api, "/v1/areas", q="老东门")] == ["990100001001"]
    assert all(a["code"].startswith("990100101") for a in await items(api, "/v1/areas", prefix="990100101"))
    assert {p["kind"] for p in await items(api, "/v1/places", kind="road")} == {"road"}
    assert {len(c["code"]) for c in await items(api, "/v1/categories", level="1")} == {2}
    assert {c["parent_code"] for c in await items(api, "/v1/categories", parent="02")} == {"02"}
    assert all(c["village_affair"] for c in await items(api, "/v1/categories", village_affair="true"))
    assert "0203" in [c["code"] for c in await items(api, "/v1/categories", q="路灯")]
    assert {r["unit_code"] for r in await items(api, "/v1/routing-rules", unit="housing")} == {"housing"}
    assert all(r["category_prefix"].startswith("02") for r in await items(api, "/v1/routing-rules", category="02"))
    assert {p["urgency"] for p in await items(api, "/v1/sla-policies", urgency="critical")} == {"critical"}
    assert [u["username"] for u in await items(api, "/v1/users", role="dispatcher")] == ["dispatcher"]
    assert [u["username"] for u in await items(api, "/v1/users", unit="housing")] == ["unit-housing"]
    for wrong in ({"kind": "shop"}, {"active": "maybe"}, {"area": "a"}, {"q": ""}, {"q": "\0"}, {"parent": "a b"}):
        assert (await api.as_("admin").get("/v1/units", params=wrong)).status_code == 422, wrong


async def test_a_creating_call_runs_once_per_key(api: Api) -> None:
    client, headers = api.as_("admin"), {"Idempotency-Key": "one"}
    form = {"code": "once", "name": "只建一次", "kind": "department"}
    answers = await asyncio.gather(*(client.post("/v1/units", json=form, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    other = await client.post("/v1/units", json={**form, "name": "另一个"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-mismatch")
    day = {"day": "2026-12-30", "working": False, "name": "某日"}
    days = [await client.post("/v1/calendar", json=day, headers=headers) for _ in range(2)]
    assert [answer.json() for answer in days] == [{**day, "provisional": False}] * 2, "a key is one call's own"


async def test_two_administrators_cannot_tie_a_knot_together(api: Api) -> None:
    client = api.as_("admin")
    for code in ("left", "right"):
        await client.post("/v1/units", json={"code": code, "name": code, "kind": "department"})
    answers = await asyncio.gather(
        client.patch("/v1/units/left", json={"parent_code": "right"}),
        client.patch("/v1/units/right", json={"parent_code": "left"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
