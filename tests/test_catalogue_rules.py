"""Routing rules and time limits: what they may say, that they hold at once, and which of them decides."""

from typing import Any

import pytest

from support.api import Api

SPANS = {"dispatch": "1wh", "accept": "2wh", "contact": "1wd", "resolve": "4wd", "callback": "2wd"}


@pytest.mark.parametrize(
    ("form", "pointer", "code"),
    [
        ({"category_prefix": "02"}, "/unit_code", "one-target"),
        ({"unit_code": "housing", "area_unit": "township"}, "/unit_code", "one-target"),
        ({"area_unit": "department"}, "/area_unit", "enum"),
        ({"unit_code": "nobody"}, "/unit_code", "unknown"),
        ({"unit_code": "housing", "category_prefix": "97"}, "/category_prefix", "unknown"),
        ({"unit_code": "housing", "category_prefix": "020"}, "/category_prefix", "string-pattern-mismatch"),
        ({"unit_code": "housing", "area_prefix": "5"}, "/area_prefix", "unknown"),
        ({"unit_code": "housing", "priority": "1"}, "/priority", "int-type"),
        ({"unit_code": "housing", "priority": 10**30}, "/priority", "less-than-equal"),
        ({"unit_code": "housing", "kind": "rumour"}, "/kind", "enum"),
        ({"unit_code": "a\u0000b"}, "/unit_code", "nul-character"),
    ],
)
async def test_rules_that_could_not_work(api: Api, form: dict[str, Any], pointer: str, code: str) -> None:
    before = (await api.as_("admin").get("/v1/routing-rules", params={"limit": 200})).json()
    answer = await api.as_("admin").post("/v1/routing-rules", json=form)
    assert (answer.status_code, [(e["pointer"], e["code"]) for e in answer.json()["errors"]]) == (
        422,
        [(pointer, code)],
    )
    assert (await api.as_("admin").get("/v1/routing-rules", params={"limit": 200})).json() == before


async def explain(api: Api, **params: str) -> dict[str, Any]:
    answer = await api.as_("dispatcher").get("/v1/routing-rules:explain", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_rule_decides_from_the_moment_it_is_written(api: Api) -> None:
    admin, place = api.as_("admin"), "990100001001"
    general = await explain(api, category_code="0203", area_code=place)
    assert general["unit"]["code"] == "urban-management"
    assert general["area_name"] == "云岭市 东河街道 迎晖社区"
    assert general["category_path"][-1] == "路灯照明"
    form = {"category_prefix": "0203", "area_prefix": "990100001", "kind": "complaint", "unit_code": "power"}
    made = await admin.post("/v1/routing-rules", json=form)
    assert made.status_code == 201
    rule = made.json()
    assert (await admin.post("/v1/routing-rules", json=form)).json()["code"] == "already-exists"
    special = await explain(api, category_code="0203", area_code=place, kind="complaint")
    assert (special["unit"]["code"], special["rule"]) == ("power", rule)
    assert (await explain(api, category_code="0203", area_code=place, kind="help"))["unit"] == general["unit"]
    local = await admin.patch(f"/v1/routing-rules/{rule['id']}", json={"unit_code": None, "area_unit": "township"})
    assert local.status_code == 200, local.text
    after = await explain(api, category_code="0203", area_code=place, kind="complaint")
    assert after["unit"]["code"] == "township-donghe"
    one = f"/v1/routing-rules/{rule['id']}"
    assert (await admin.patch(one, json={"unit_code": "housing"})).json()["errors"][0]["code"] == "one-target"
    assert (await admin.delete(one)).status_code == 204
    assert (await admin.delete(one)).status_code == 404
    assert (await explain(api, category_code="0203", area_code=place, kind="complaint"))["unit"] == general["unit"]


async def test_questions_about_what_is_not_there(api: Api) -> None:
    client = api.as_("dispatcher")
    for params, pointer in (
        ({}, "/query/category_code"),
        ({"category_code": "9797"}, "/query/category_code"),
        ({"category_code": "0203", "area_code": "999999999999"}, "/query/area_code"),
        ({"category_code": "0203", "kind": "rumour"}, "/query/kind"),
    ):
        answer = await client.get("/v1/routing-rules:explain", params=params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    for number in ("0", str(2**63), "x", "-1"):
        assert (await client.get(f"/v1/routing-rules/{number}")).status_code == 422
    assert (await client.get(f"/v1/routing-rules/{2**62}")).status_code == 404


async def test_time_limits(api: Api) -> None:
    admin = api.as_("admin")
    form = {"kind": "help", "urgency": "normal", "category_prefix": "0203", **SPANS}
    for wrong in ("5", "0wd", "5 days", "12345h", "", None, 5):
        answer = await admin.post("/v1/sla-policies", json={**form, "resolve": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/resolve"), wrong
    unknown = await admin.post("/v1/sla-policies", json={**form, "category_prefix": "97"})
    assert unknown.json()["errors"][0]["code"] == "unknown"
    made = await admin.post("/v1/sla-policies", json=form)
    assert made.status_code == 201, made.text
    policy = made.json()
    assert (await admin.post("/v1/sla-policies", json=form)).json()["code"] == "already-exists"
    slow = (await api.file(kind="help"))["deadlines"]
    await admin.patch(f"/v1/sla-policies/{policy['id']}", json={"resolve": "30m"})
    quick = (await api.file(kind="help"))["deadlines"]
    assert quick["resolve"]["due_at"] < slow["resolve"]["due_at"], "a new limit holds for the next request"
    assert (await admin.delete(f"/v1/sla-policies/{policy['id']}")).status_code == 204


async def test_some_limit_always_applies(api: Api) -> None:
    admin = api.as_("admin")
    policies = (await admin.get("/v1/sla-policies", params={"limit": 200})).json()["items"]
    (last,) = [p for p in policies if (p["kind"], p["urgency"], p["category_prefix"]) == (None, None, "")]
    one = f"/v1/sla-policies/{last['id']}"
    for answer in (
        await admin.delete(one),
        await admin.patch(one, json={"kind": "help"}),
        await admin.patch(one, json={"category_prefix": "02"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last-catch-all")
    assert (await admin.patch(one, json={"resolve": "6wd"})).json() == {**last, "resolve": "6wd"}
