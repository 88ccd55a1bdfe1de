"""The published description: complete, with examples that fit, and true of what a living service answers."""

from typing import Any

import pytest

from app.domain import errors
from app.routers.problem_codes import EXTRA, PROBLEMS
from support import crowd, lessons, webhooks
from support.api import TEXT, Api
from support.description import DESCRIPTION, LINES, OPERATIONS, Witness, model_of, operation
from support.lives import ABOVE, FORMS, HELPER, UNIT, WALKS, Life, live, master
from support.messages import PERSON, contact, tell

IDS = [f"{method} {path}" for method, path in OPERATIONS]
STAFF = ("operator", "dispatcher", "expert", "callback", "supervisor", "auditor", "admin")
UNITS = (f"unit-{UNIT}", f"unit-{ABOVE}", f"unit-{HELPER}")
NOUNS = ("units", "areas", "places", "categories", "routing-rules", "sla-policies", "calendar", "knowledge", "roles")
NOUNS_OF_MESSAGES = ("message-templates", "contact-points")
FREE: dict[str, dict[str, Any]] = {
    "api-keys": {"username": "admin", "scopes": ["request.read"]},
    "calendar": {"day": "2031-02-08"},
    "routing-rules": {"priority": 777},
    "knowledge": {"title": "充电桩报装怎么办理"},
}
"""What keeps an example clear of what is seeded, or within what its user may do."""
PLAIN = {
    ("get", "/metrics"),
    ("get", "/v1/attachments/{number}"),
    ("get", "/public/requests/{ticket_no}/attachments/{n}"),
}
"""What answers with no JSON."""


@pytest.fixture(scope="module")
async def witness(api: Api) -> Witness:
    return Witness(api, *STAFF, *UNITS, None)


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
        for media_type, content in answer.get("content", {}).items():
            if media_type == "text/csv":
                assert content["example"]
                continue
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
    extend = operation("post", "/v1/work-orders/{number}/extend")["description"]
    assert "needs reason, either until or working_days" in extend


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
            if life.order_no:
                checked = example("post", "/v1/work-orders/{number}/check-reply")
                await client.post(f"/v1/work-orders/{life.order_no}/check-reply", json=checked)
    for client in (dispatcher, unit, api.as_(f"unit-{ABOVE}")):
        for path in ("/v1/requests", "/v1/work-orders", "/v1/feed"):
            assert (await client.get(path, params={"limit": 200})).json()["items"]
            assert (await client.get(path, params={"limit": 3})).json()["next_cursor"]
    assert (await api.as_("callback").get("/v1/callbacks/queue")).json()["items"]
    assert (await api.as_("auditor").get("/v1/audit/reveals")).json()["items"]


FURTHER = [
    # position, who, subject, action: the steps that no walk takes
    ("at the expert desk", "expert", "request", "handback"),
    ("in progress", "dispatcher", "request", "shield"),
    ("in progress", "supervisor", "request", "instructions"),
    ("merged", "dispatcher", "request", "unmerge"),
    ("slip replied", "supervisor", "supervision", "send_back"),
    ("summons pending", "unit", "helper", "attendance"),
    ("child accepted", "helper", "helper", "contact"),
    ("child accepted", "helper", "helper", "reveal"),
    ("in progress", "unit", "work_order", "reveal"),
]


async def test_the_further_steps_answer_as_described(api: Api, witness: Witness) -> None:
    for name, who, subject, action in FURTHER:
        life = await live(api, name)
        user = {"unit": f"unit-{life.unit}", "helper": f"unit-{life.helper_unit}"}.get(who, who)
        await api.step(user, life.path(subject, action), **life.form(action))


async def refusal(api: Api, who: str, life: Life, subject: str, action: str, form: dict[str, Any]) -> str:
    """The code with which a step is refused."""
    answer = await api.as_(who).post(f"/v1/{life.path(subject, action)}", json=form)
    assert answer.status_code in (409, 422), answer.text
    body = answer.json()
    return str(body["errors"][0]["code"] if answer.status_code == 422 else body["code"])


async def test_refusals_of_the_further_steps_are_described(api: Api, witness: Witness) -> None:
    unit, assist = f"unit-{UNIT}", FORMS["assist", None]
    life, other = await live(api, "assist pending"), await live(api, "closed")
    secret = await live(api, "received", confidential=True)
    whistle = {"unit_codes": ["tax"], "task": "请到现场。"}
    for who, action, form, code in (
        (unit, "assist", assist, "unit-at-work"),
        (unit, "assist", {**assist, "unit_code": "no-such-unit"}, "unknown-unit"),
        (unit, "submit", FORMS["submit", None], "help-pending"),
        (unit, "whistle", whistle, "not-a-township"),
        (unit, "delegate", {"unit_code": "tax"}, "not-subordinate"),
        (unit, "extend", {"reason": "来不及", "working_days": 200}, "out-of-range"),
        (unit, "hold", {"reason": "等待资金", "review_on": "2020-01-01"}, "out-of-range"),
    ):
        assert await refusal(api, who, life, "work_order", action, form) == code
    for who, action, form, code in (
        ("dispatcher", "shield", {"unit_codes": [ABOVE]}, "unit-holds-order"),
        ("dispatcher", "merge", {"into": life.ticket_no}, "itself"),
        ("dispatcher", "merge", {"into": "20000101999999"}, "unknown-ticket"),
        ("dispatcher", "merge", {"into": other.ticket_no}, "master-not-open"),
        ("dispatcher", "merge", {"into": secret.ticket_no}, "secrecy-differs"),
        ("supervisor", "supervisions", {**FORMS["supervisions", None], "reply_by": "2020-01-01T00:00:00Z"}, "past"),
    ):
        assert await refusal(api, who, life, "request", action, form) == code
    await api.step("dispatcher", life.path("request", "shield"), unit_codes=["tax"])
    assert await refusal(api, unit, life, "work_order", "assist", {**assist, "unit_code": "tax"}) == "unit-shielded"
    await api.step("dispatcher", secret.path("request", "shield"), unit_codes=["tax"])
    slip = {**FORMS["supervisions", None], "unit_code": "tax"}
    assert await refusal(api, "supervisor", life, "request", "supervisions", slip) == "unit-shielded"
    follower = await live(api, "received")
    follower.master_no = await master(api)
    for _ in range(3):
        await api.step("operator", follower.path("request", "reminders"))
    assert await refusal(api, "operator", follower, "request", "reminders", {}) == "reminder-limit"


async def test_applications_and_slips_are_read_as_described(api: Api, witness: Witness) -> None:
    applied, slip = await live(api, "hold refused"), await live(api, "slip replied")
    secret = await live(api, "return open", confidential=True)
    for who in ("dispatcher", "auditor", f"unit-{UNIT}", f"unit-{ABOVE}"):
        client = api.as_(who)
        for kind, life in (("applications", applied), ("applications", secret), ("supervisions", slip)):
            one = await client.get(f"/v1/{kind}/{life.record_no}")
            assert one.status_code == 200, one.text
            assert one.json()["ticket_no"] == life.ticket_no
            page = (await client.get(f"/v1/{kind}", params={"ticket_no": life.ticket_no})).json()
            assert page == {"items": [one.json()], "next_cursor": None}
    stranger = api.as_(f"unit-{HELPER}")
    assert (await stranger.get(f"/v1/applications/{applied.record_no}")).status_code == 404
    assert (await stranger.get(f"/v1/supervisions/{slip.record_no}")).status_code == 404


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


async def test_many_at_once_filters_and_files_answer_as_described(api: Api, witness: Witness) -> None:
    dispatcher, life = api.as_("dispatcher"), await live(api, "assigned")
    for noun, body in (
        ("requests", {"action": "reminders", "items": [{"number": life.ticket_no}, {"number": "1"}]}),
        ("work-orders", {"action": "withdraw", "items": [{"number": life.order_no}]}),
    ):
        assert (await dispatcher.post(f"/v1/{noun}:bulk", json=body)).json()["done"] == 1
        for kind in ("csv", "ndjson"):
            assert (await dispatcher.get(f"/v1/{noun}:export", params={"format": kind})).status_code == 200
    for name, who, noun, action in (
        ("extend open", "dispatcher", "applications", "approve"),
        ("slip replied", "supervisor", "supervisions", "settle"),
    ):
        items = [{"number": (await live(api, name)).record_no}]
        answer = await api.as_(who).post(f"/v1/{noun}:bulk", json={"action": action, "items": items})
        assert answer.json()["done"] == 1, answer.text
    made = (await dispatcher.post("/v1/saved-filters", json=example("post", "/v1/saved-filters"))).json()
    path = f"/v1/saved-filters/{made['id']}"
    await dispatcher.patch(path, json=example("patch", "/v1/saved-filters/{key}"))
    assert (await api.as_(f"unit-{UNIT}").get("/v1/saved-filters")).json()["items"][0]["own"] is False
    await dispatcher.get(path)
    assert (await dispatcher.delete(path)).status_code == 204
    for question in ("summary", "league", "trend"):
        assert (await dispatcher.get(f"/v1/statistics/{question}")).status_code == 200
    await live(api, "answered")
    claimed = (await api.as_("callback").post("/v1/callbacks/queue:claim", json={})).json()["items"]
    numbers = {"ticket_nos": [item["ticket_no"] for item in claimed]}
    assert (await api.as_("callback").post("/v1/callbacks/queue:release", json=numbers)).json()["released"]


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


async def test_attachments_answer_as_described(api: Api, witness: Witness) -> None:
    life, citizen, unit = await live(api, "in progress", confidential=True), api.as_(None), api.as_(f"unit-{UNIT}")
    path, file = f"/v1/requests/{life.ticket_no}/attachments", {"file": ("photo.txt", "路灯照片".encode())}
    for client in (unit, api.as_("dispatcher")):
        assert (await client.post(path, files=file, data={"note": "维修后", "public": "true"})).status_code == 201
    public = f"/public/requests/{life.ticket_no}"
    form = {"code": life.code, "note": "门口"}
    assert (await citizen.post(f"{public}/attachments", files=file, data=form)).status_code == 201
    assert len((await unit.get(path)).json()["items"]) == 3
    assert len((await citizen.get(public, params={"code": life.code})).json()["attachments"]) == 3
    assert (await unit.get(f"/v1/attachments/{life.ticket_no}-F3")).status_code == 403
    for url, client, query in (
        (f"/v1/attachments/{life.ticket_no}-F1", unit, {}),
        (f"{public}/attachments/1", citizen, {"code": life.code}),
    ):
        etag = (await client.get(url, params=query)).headers["etag"]
        for headers, status in (
            ({"If-None-Match": etag}, 304),
            ({"Range": "bytes=0-2"}, 206),
            ({"Range": "bytes=99-"}, 416),
        ):
            assert (await client.get(url, params=query, headers=headers)).status_code == status
    assert (await unit.delete(f"/v1/attachments/{life.ticket_no}-F2")).status_code == 403
    assert (await unit.delete(f"/v1/attachments/{life.ticket_no}-F1")).status_code == 204


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
    await admin.get("/v1/knowledge:answers", params={"question": "公积金怎么提取"})
    for day in ("2026-10-01", "2030-01-01"):
        await admin.get("/v1/calendar:check", params={"day": day})


async def test_messages_are_answered_as_described(api: Api, witness: Witness) -> None:
    admin = api.as_("admin")
    await live(api, "received", requester=PERSON)
    await contact(api, role_code="supervisor", kind="apprise", address="wecombot://key")
    await tell(api)
    found = (await admin.get("/v1/messages", params={"state": "skipped", "limit": 1})).json()["items"]
    for action in ("retry", "cancel", "cancel"):
        await admin.post(f"/v1/messages/{found[0]['id']}:{action}")
    await admin.post("/v1/message-templates:preview", json=example("post", "/v1/message-templates:preview"))
    await admin.delete("/v1/message-templates/unit.reminded.rich.zh")
    for noun in NOUNS_OF_MESSAGES:
        path = f"/v1/{noun}"
        assert (await admin.get(path, params={"limit": 200})).json()["items"]
        made = (await admin.post(path, json=example("post", path))).json()
        one = f"{path}/{made.get('id') or made['code']}"
        assert (await admin.get(one)).json() == made
        assert (await admin.patch(one, json=example("patch", f"{path}/{{key}}"))).status_code == 200
        if noun == "contact-points":
            assert (await admin.post(f"{one}:test")).json()["reason"] == "channel-off"
        assert (await admin.delete(one)).status_code == 204


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


async def test_webhooks_answer_as_described(api: Api, witness: Witness) -> None:
    await webhooks.walk(api)


async def test_routing_is_answered_as_described(api: Api, witness: Witness) -> None:
    await lessons.walk(api)


async def test_clusters_answer_as_described(api: Api, witness: Witness) -> None:
    await crowd.walk(api)


async def test_all_operations_were_seen(witness: Witness) -> None:
    """The tests above walk over everything that is described; a new operation has to join them."""
    answered = {(method, path) for method, path, status in witness.seen if status < 300}
    assert set(OPERATIONS) - answered == set()
