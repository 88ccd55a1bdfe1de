"""The published description: complete, with examples that fit, and true of what a living service answers."""

from typing import Any

import pytest

from app.domain import errors
from app.routers.problem_codes import EXTRA, PROBLEMS
from support.api import TEXT, Api
from support.description import DESCRIPTION, LINES, OPERATIONS, Witness, model_of, operation
from support.lives import ABOVE, FORMS, UNIT, WALKS, live

IDS = [f"{method} {path}" for method, path in OPERATIONS]
STAFF = ("operator", "dispatcher", "callback", "supervisor", "auditor", "admin", f"unit-{UNIT}", f"unit-{ABOVE}", None)
NOUNS = ("units", "areas", "places", "categories", "routing-rules", "sla-policies", "calendar", "knowledge", "roles")
FREE: dict[str, dict[str, Any]] = {
    "api-keys": {"username": "admin", "scopes": ["request.read"]},
    "calendar": {"day": "2031-02-08"},
    "routing-rules": {"priority": 777},
    "knowledge": {"title": "充电桩报装怎么办理"},
}
"""What keeps an example clear of what is seeded, or within what its user may do."""
PLAIN = {("get", "/metrics")}


@pytest.fixture(scope="module")
async def witness(api: Api) -> Witness:
    return Witness(api, *STAFF)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=IDS)
def test_every_operation_is_described(method: str, path: str) -> None:
    said = operation(method, path)
    assert said["summary"]
    assert said["description"]
    assert said["tags"]
    assert "HTTPValidationError" not in str(said)
    good = {status: answer for status, answer in said["responses"].items() if status.startswith("2")}
    assert good
    for status, answer in good.items():
        assert answer["description"]
        assert ("content" in answer) is (status != "204")
        if (method, path) in PLAIN:
            continue
        for content in answer.get("content", {}).values():
            model_of(content).validate_python(content["example"])
            assert "type" not in content["schema"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=IDS)
def test_every_refusal_is_described(method: str, path: str) -> None:
    for status, answer in operation(method, path)["responses"].items():
        content = answer.get("content", {}).get("application/problem+json")
        if content is None:
            continue
        fields, example = content["schema"]["properties"], content["example"]
        assert set(fields["code"]["enum"]) <= PROBLEMS[int(status)].keys()
        assert example["code"] in fields["code"]["enum"]
        assert set(content["schema"]["required"]) <= example.keys() <= fields.keys()
        assert EXTRA.get(example["code"], {}).keys() <= example.keys()


def test_every_error_of_the_domain_has_a_documented_code() -> None:
    documented = {code for codes in PROBLEMS.values() for code in codes}
    found = {kind.code for kind in errors.HotlineError.__subclasses__()} - {errors.ConflictError.code}
    assert found | {errors.IllegalTransitionError.code} <= documented


def test_descriptions_name_permissions_and_the_states_of_their_subject() -> None:
    assert "`request.import`" in operation("post", "/v1/requests:import")["description"]
    assert "`request.callback` or `audit.read`" in operation("get", "/v1/callbacks/queue")["description"]
    assert "`identity.write`" in operation("post", "/v1/roles")["description"]
    assert operation("get", "/v1/units")["description"].count("`catalogue.read`") == 1
    assert "from pending → accepted" in operation("post", "/v1/work-orders/{number}/accept")["description"]


async def test_requests_and_orders_answer_as_described(api: Api, witness: Witness) -> None:
    dispatcher, unit = api.as_("dispatcher"), api.as_(f"unit-{UNIT}")
    lives = {name: await live(api, name) for name in WALKS}
    for name in ("received", "in progress"):
        for action in ("classify", "supplements", "reminders", "reveal"):
            await api.step("dispatcher", lives[name].path("request", action), **FORMS.get((action, None), {}))
    await api.step(f"unit-{UNIT}", lives["in progress"].path("request", "reveal"), reason="需要联系诉求人")
    for action in ("contact", "progress"):
        await api.step(f"unit-{UNIT}", lives["in progress"].path("work_order", action), **FORMS[action, None])
    await api.step("dispatcher", lives["submitted"].path("request", "review"), **FORMS["review", "send_back"])
    await api.step("callback", lives["resolved"].path("request", "callbacks"), outcome="no_answer")
    assert (await dispatcher.get("/v1/requests", params={"state": "on_hold"})).json()["items"]
    await api.step("dispatcher", lives["on hold"].path("request", "resume"))
    await api.step("supervisor", lives["closed"].path("request", "reopen"), **FORMS["reopen", None])
    person = {"name": "王某", "phone": "13800000000"}
    secret = await live(api, "in progress", confidential=True, requester=person, address="东湖花园3栋", location={"lat": 31, "lon": 105})  # fmt: skip
    await api.step("dispatcher", secret.path("request", "supplements"), text="联系电话13800000000。")
    for life in (*lives.values(), secret):
        for client in (dispatcher, unit):
            await client.get(f"/v1/requests/{life.ticket_no}")
            await client.get(f"/v1/requests/{life.ticket_no}/timeline")
            await client.get(f"/v1/work-orders/{life.order_no or life.ticket_no + '-1'}")
    for client in (dispatcher, unit, api.as_(f"unit-{ABOVE}")):
        for path in ("/v1/requests", "/v1/work-orders", "/v1/feed"):
            assert (await client.get(path, params={"limit": 200})).json()["items"]
            assert (await client.get(path, params={"limit": 3})).json()["next_cursor"]
    assert (await api.as_("callback").get("/v1/callbacks/queue")).json()["items"]


async def test_filing_answers_as_described(api: Api, witness: Witness) -> None:
    operator, dispatcher = api.as_("operator"), api.as_("dispatcher")
    body = {"channel": "phone", "text": TEXT, "requester": {"phone": "13900000000"}, "external_ref": "A-1"}
    for text in (TEXT, "家里燃气泄漏，有浓烈的煤气味，怎么办？", "我要举报有人收受红包，请保密。", "你好"):
        await operator.post("/v1/requests:preview", json={**body, "text": text})
        await operator.post("/v1/requests", json={**body, "text": text, "external_ref": text})
    again = await operator.post("/v1/requests", json={**body, "external_ref": TEXT})
    assert again.json()["already_filed"]
    assert (await operator.post("/v1/requests:preview", json=body)).json()["possible_duplicates"]
    lines = '{"text": "路灯不亮", "external_ref": "L-1"}\n{"text": "路灯不亮", "external_ref": "L-1"}\n{}\n[]\nx\n'
    answer = await dispatcher.post("/v1/requests:import", content=lines, headers={"Content-Type": LINES})
    assert len(answer.text.splitlines()) == 5


async def test_citizens_are_answered_as_described(api: Api, witness: Witness) -> None:
    citizen = api.as_(None)
    filed = (await citizen.post("/public/requests", json={"text": "燃气泄漏，有煤气味。"})).json()
    assert filed["advice"]
    path, code = f"/public/requests/{filed['ticket_no']}", {"code": filed["query_code"]}
    etag = (await citizen.get(path, params=code)).headers["etag"]
    assert (await citizen.get(path, params=code, headers={"If-None-Match": etag})).status_code == 304
    await citizen.post(f"{path}/supplements", json={**code, "text": "在三楼。"})
    await citizen.post(f"{path}/reminders", json=code)
    life = await live(api, "resolved")
    path, code = f"/public/requests/{life.ticket_no}", {"code": life.code}
    await citizen.post(f"{path}/rating", json={**code, "resolved": "no", "satisfaction": 1})
    await citizen.get(path, params=code)
    assert (await citizen.get(path, params={"code": "AAAAAAAAA"})).status_code == 404


def example(method: str, path: str) -> dict[str, Any]:
    """The example of an operation's body."""
    schema = operation(method, path)["requestBody"]["content"]["application/json"]["schema"]
    found: dict[str, Any] = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0]
    return found


async def test_administrators_are_answered_as_described(api: Api, witness: Witness) -> None:
    admin = api.as_("admin")
    for noun in (*NOUNS, "users", "api-keys"):
        path = f"/v1/{noun}"
        assert (await admin.get(path, params={"limit": 200})).status_code == 200
        made = await admin.post(path, json=example("post", path) | FREE.get(noun, {}))
        assert made.status_code == 201, (path, made.text)
        key = next(made.json()[name] for name in ("day", "id", "code", "username") if name in made.json())
        one = f"{path}/{key}"
        assert (await admin.get(one)).json() == {k: v for k, v in made.json().items() if k != "key"}
        template = {"users": "{username}", "api-keys": "{key_id}"}.get(noun, "{key}")
        if "patch" in DESCRIPTION["paths"][f"{path}/{template}"]:
            changed = await admin.patch(one, json=example("patch", f"{path}/{template}"))
            assert changed.status_code == 200, changed.text
        if "delete" in DESCRIPTION["paths"][f"{path}/{template}"]:
            assert (await admin.delete(one)).status_code == 204
    assert (await admin.patch("/v1/users/admin", json={"active": False})).json()["code"] == "own-account"
    await admin.post("/v1/users/li.ming/password", json={"new_password": "one more pass phrase"})
    for matter in ({"category_code": "0203"}, {"category_code": "0203", "area_code": "990100001002", "kind": "help"}):
        await admin.get("/v1/routing-rules:explain", params=matter)
    for day in ("2026-10-01", "2030-01-01"):
        await admin.get("/v1/calendar:check", params={"day": day})


async def test_accounts_and_operation_answer_as_described(api: Api, witness: Witness) -> None:
    nobody = api.as_(None)
    await nobody.post("/v1/auth/token", data={"username": "auditor", "password": "demo"})
    await nobody.post("/v1/auth/token", data={"username": "auditor", "password": "wrong"})
    await nobody.get("/v1/auth/me")
    await api.as_("auditor").get("/v1/auth/me")
    change = {"current_password": "demo", "new_password": "one more pass phrase"}
    assert (await api.as_("auditor").post("/v1/auth/password", json=change)).status_code == 204
    for path in ("/healthz", "/readyz", "/metrics"):
        await nobody.get(path)


async def test_all_operations_were_seen(witness: Witness) -> None:
    """The tests above walk over everything that is described; a new operation has to join them."""
    answered = {(method, path) for method, path, status in witness.seen if status < 300}
    assert set(OPERATIONS) - answered == set()
