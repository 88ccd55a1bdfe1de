"""API keys: shown once, never stronger than their user, ended at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from support.api import Api


async def make(api: Api, who: str, **form: Any) -> httpx.Response:
    return await api.as_(who).post("/v1/api-keys", json={"name": "机器", "scopes": ["request.read"], **form})


async def made(api: Api, who: str, **form: Any) -> dict[str, Any]:
    answer = await make(api, who, **form)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def with_key(
    api: Api, key: str, path: str = "/v1/auth/me", method: str = "GET", **options: Any
) -> httpx.Response:
    return await api.as_().request(method, path, headers={"Authorization": f"Bearer {key}"}, **options)


async def test_a_key_from_first_to_last_use(api: Api) -> None:
    key = await made(api, "unit-housing", scopes=["request.read", "work_order.handle", "request.read"])
    assert key["key"].startswith(key["prefix"])
    assert key["username"] == "unit-housing"
    me = (await with_key(api, key["key"])).json()
    assert (me["kind"], me["unit_code"], me["permissions"]) == (
        "api_key",
        "housing",
        ["request.read", "work_order.handle"],
    )
    assert (await with_key(api, key["key"], "/v1/work-orders")).status_code == 200
    assert (await with_key(api, key["key"], "/v1/units")).status_code == 403, "a scope that it was not given"
    listed = await api.as_("unit-housing").get("/v1/api-keys", params={"usable": "true"})
    assert key["key"] not in listed.text
    assert key["id"] in [item["id"] for item in listed.json()["items"]]
    one = f"/v1/api-keys/{key['id']}"
    assert (await api.as_("unit-housing").get(one)).json() == {k: v for k, v in key.items() if k != "key"}
    for _ in range(2):
        assert (await api.as_("unit-housing").delete(one)).status_code == 204
    assert (await with_key(api, key["key"])).status_code == 401, "revoked at once"
    assert (await api.as_("unit-housing").get(one)).json()["revoked_at"]
    usable = (await api.as_("unit-housing").get("/v1/api-keys", params={"usable": "true"})).json()["items"]
    assert key["id"] not in [item["id"] for item in usable]


async def test_a_key_is_never_stronger_than_its_user(api: Api) -> None:
    wrong = await make(api, "operator", scopes=["request.read", "catalogue.write"])
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/scopes/1")
    form = {"username": "promoted", "display_name": "某人", "password": "correct horse", "roles": ["dispatcher"]}
    await api.as_("admin").post("/v1/users", json=form)
    key = (await made(api, "promoted", scopes=["request.read", "request.review"]))["key"]
    assert "request.review" in (await with_key(api, key)).json()["permissions"]
    await api.as_("admin").patch("/v1/users/promoted", json={"roles": ["operator"]})
    assert (await with_key(api, key)).json()["permissions"] == ["request.read"], "it lost what its user lost"
    await api.as_("admin").patch("/v1/users/promoted", json={"active": False})
    assert (await with_key(api, key)).status_code == 401


async def test_keys_end_on_their_day(api: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    key = (await made(api, "operator", expires_at=soon.isoformat()))["key"]
    assert (await with_key(api, key)).status_code == 200
    await asyncio.sleep(1.1)
    assert (await with_key(api, key)).status_code == 401
    for wrong in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00", "tomorrow"):
        answer = await make(api, "operator", expires_at=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expires_at"), wrong


async def test_everybody_manages_their_own_and_an_administrator_all(api: Api) -> None:
    mine = await made(api, "operator")
    one = f"/v1/api-keys/{mine['id']}"
    assert (await api.as_("dispatcher").get(one)).status_code == 404
    assert (await api.as_("dispatcher").delete(one)).status_code == 404
    assert (await api.as_("auditor").get(one)).status_code == 200
    assert (await api.as_("auditor").delete(one)).status_code == 403
    assert (await make(api, "dispatcher", username="operator")).status_code == 403
    assert (await make(api, "admin", username="nobody")).json()["errors"][0]["pointer"] == "/username"
    others = await made(api, "admin", username="unit-housing", scopes=["work_order.handle"])
    assert others["username"] == "unit-housing"
    assert {item["username"] for item in (await api.as_("operator").get("/v1/api-keys")).json()["items"]} == {
        "operator"
    }
    every = {item["username"] for item in (await api.as_("admin").get("/v1/api-keys")).json()["items"]}
    assert every >= {"operator", "unit-housing"}
    assert (await api.as_("admin").delete(one)).status_code == 204
    assert (await with_key(api, mine["key"])).status_code == 401


async def test_a_key_makes_no_further_keys(api: Api) -> None:
    key = (await made(api, "dispatcher", scopes=["request.read"]))["key"]
    form = {"name": "后继", "scopes": ["request.review"]}
    assert (await with_key(api, key, "/v1/api-keys", "POST", json=form)).status_code == 403


async def test_the_same_call_gives_the_same_key(api: Api) -> None:
    form, headers = {"name": "一次", "scopes": ["request.read"]}, {"Idempotency-Key": "k1"}
    first, second = [await api.as_("operator").post("/v1/api-keys", json=form, headers=headers) for _ in range(2)]
    assert first.content == second.content
    others = await api.as_("dispatcher").post("/v1/api-keys", json=form, headers=headers)
    assert others.json()["key"] != first.json()["key"]
