"""Saved filters: checked as their list checks, one's own to change, everybody's to use when shared."""

import asyncio
from typing import Any

import pytest

from support.api import Api
from support.description import Witness
from support.lives import UNIT, live
from support.problems import ENGLISH, problem

PATH = "/v1/saved-filters"


async def save(api: Api, who: str, name: str, query: dict[str, Any], noun: str = "requests", **more: Any) -> int:
    answer = await api.as_(who).post(PATH, json={"name": name, "noun": noun, "query": query, **more})
    assert answer.status_code == 201, answer.text
    found: int = answer.json()["id"]
    return found


async def shown(api: Api, who: str, url: str) -> list[str]:
    answer = await api.as_(who).get(url)
    assert answer.status_code == 200, answer.text
    return [item.get("work_order_no") or item["ticket_no"] for item in answer.json()["items"]]


async def test_a_list_is_narrowed_and_what_is_given_overrides(api: Api) -> None:
    witness = Witness(api, "dispatcher", f"unit-{UNIT}")
    received, assigned = await live(api, "received"), await live(api, "assigned")
    number = await save(api, "dispatcher", "待派单", {"state": "received", "created_from": "2026-01-01T00:00:00+08:00"})
    assert received.ticket_no in await shown(api, "dispatcher", f"/v1/requests?saved={number}")
    assert await shown(api, "dispatcher", f"/v1/requests?saved={number}&state=assigned") == [assigned.order_no]
    assert await shown(api, "dispatcher", f"/v1/requests?saved={number}&created_to=2026-01-02T00:00:00Z") == []
    desk = await save(api, f"unit-{UNIT}", "待签收", {"state": "pending", "sort": "newest"}, "work-orders")
    assert await shown(api, f"unit-{UNIT}", f"/v1/work-orders?saved={desk}") == [assigned.order_no]
    assert await shown(api, f"unit-{UNIT}", f"/v1/work-orders?saved={desk}&state=accepted&sort=due") == []
    assert ("get", "/v1/requests", 200) in witness.seen


async def test_several_values_are_kept_as_they_were_written(api: Api) -> None:
    received, assigned = await live(api, "received"), await live(api, "assigned")
    closed = await live(api, "closed")
    number = await save(api, "supervisor", "未办", {"state": "received， assigned ,received", "unit": f"water,{UNIT}"})
    kept = (await api.as_("supervisor").get(f"{PATH}/{number}")).json()["query"]
    assert kept == {"state": "received,assigned", "unit": f"water,{UNIT}"}
    assert set(await shown(api, "supervisor", f"/v1/requests?saved={number}")) >= {assigned.order_no}
    everything = await shown(api, "supervisor", "/v1/requests?state=assigned,received&limit=200")
    assert {received.ticket_no, assigned.order_no} <= set(everything)
    assert closed.order_no not in everything


async def test_own_ones_and_shared_ones(api: Api) -> None:
    witness = Witness(api, "operator", "expert")
    mine = await save(api, "operator", "我的", {"kind": "help"})
    shared = await save(api, "operator", "大家的", {"kind": "complaint"}, shared=True)
    expert, operator = api.as_("expert"), api.as_("operator")
    items = (await expert.get(PATH, params={"noun": "requests"})).json()["items"]
    assert [(item["id"], item["owner"], item["own"]) for item in items] == [(shared, "operator", False)]
    assert (await expert.get(PATH, params={"noun": "work-orders"})).json()["items"] == []
    assert await shown(api, "expert", f"/v1/requests?saved={shared}") == []
    for method in ("patch", "delete"):
        body = {"json": {"name": "x"}} if method == "patch" else {}
        problem(await getattr(expert, method)(f"{PATH}/{shared}", **body), 403)
        problem(await getattr(expert, method)(f"{PATH}/{mine}", **body), 404)
    problem(await expert.get(f"{PATH}/{mine}"), 404)
    for number in (mine, 999999, 2**63 - 1):
        said = problem(await expert.get("/v1/requests", params={"saved": number}), 422)
        assert said["errors"][0]["pointer"] == "/query/saved"
    assert problem(await expert.get(f"/v1/work-orders?saved={shared}"), 422)
    changed = await operator.patch(f"{PATH}/{mine}", json={"shared": True, "query": {"kind": "praise"}})
    assert changed.json()["query"] == {"kind": "praise"}
    assert (await expert.get(f"{PATH}/{mine}")).json()["shared"]
    assert (await operator.delete(f"{PATH}/{mine}")).status_code == 204
    problem(await operator.get(f"{PATH}/{mine}"), 404)
    assert ("delete", PATH + "/{key}", 204) in witness.seen


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"state": "lost"}, "/query/state"),
        ({"state": "received,lost,found"}, "/query/state"),
        ({"state": ",".join(["received"] * 21)}, "/query/state"),
        ({"unit": "water,"}, "/query/unit"),
        ({"state": []}, "/query/state"),
        ({"state": 1}, "/query/state"),
        ({"state": {"a": 1}}, "/query/state"),
        ({"state": ["received", None]}, "/query/state"),
        ({"unit": [1]}, "/query/unit"),
        ({"colour": "red"}, "/query/colour"),
        ({"phone": "13800000000"}, "/query/phone"),
        ({"limit": 5}, "/query/limit"),
        ({"category": 2}, "/query/category"),
        ({"text": "a\x00b"}, "/query/text"),
        ({"text": "灯"}, "/query/text"),
        ({"created_from": 5}, "/query/created_from"),
        ({"created_from": "2026-02-30"}, "/query/created_from"),
        ({"sort": "due"}, "/query/sort"),
        ({f"x{n}": 1 for n in range(21)}, "/query"),
        ([], "/query"),
    ],
)
async def test_a_query_that_the_list_would_refuse(api: Api, query: Any, pointer: str) -> None:
    for language in ({}, ENGLISH):
        body = {"name": "n", "noun": "requests", "query": query}
        said = problem(await api.as_("auditor").post(PATH, json=body, headers=language), 422)
        assert [error["pointer"] for error in said["errors"]] == [pointer]


async def test_a_name_is_taken_once_and_a_repeated_call_saves_once(api: Api) -> None:
    body = {"name": "超期", "noun": "requests", "query": {"lamp": "red"}}
    client = api.as_("supervisor")
    found = await asyncio.gather(*(client.post(PATH, json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in found) == [201, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in found if answer.status_code == 409} == {"already-exists"}
    key = {"Idempotency-Key": "save"}
    body["name"] = "又一个"
    again = await asyncio.gather(*(client.post(PATH, json=body, headers=key) for _ in range(4)))
    assert {(answer.status_code, answer.json()["id"]) for answer in again} == {(201, again[0].json()["id"])}
    other = await save(api, "supervisor", "第三个", {})
    assert problem(await client.patch(f"{PATH}/{other}", json={"name": "超期"}), 409)["code"] == "already-exists"
    assert (await client.patch(f"{PATH}/{other}", json={"name": "第三个"})).status_code == 200
    assert problem(await client.patch(f"{PATH}/{other}", json={}), 422)
    assert problem(await client.patch(f"{PATH}/{other}", json={"query": {"lamp": "pink"}}), 422)


async def test_nobody_keeps_more_than_a_hundred(api: Api) -> None:
    for n in range(100):
        await save(api, "callback", f"{n}", {})
    body = {"name": "one more", "noun": "requests", "query": {}}
    assert problem(await api.as_("callback").post(PATH, json=body), 409)["code"] == "too-many"
    page = (await api.as_("callback").get(PATH, params={"limit": 60})).json()
    rest = (await api.as_("callback").get(PATH, params={"limit": 60, "cursor": page["next_cursor"]})).json()
    assert len({item["id"] for item in (*page["items"], *rest["items"]) if item["own"]}) == 100
