"""A whistle-blower's story: the accused department, its people, its village team and its machine try every call there
is with the right numbers, and learn nothing, not even that there is something; nor do colleagues without the right."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from support.api import Api
from support.description import DESCRIPTION, OPERATIONS, Witness
from support.feed import Reader, poll
from support.lives import FORMS
from support.statements import Statements, attach

ACCUSED, BELOW, ABOVE = "township-qingshi", "team-shimen", "housing"
SAID = "青石镇有人虚报冒领危房改造款四十多户，我叫赵铁柱，电话13812345678，请保密。"
PERSON = {"name": "赵铁柱", "phone": "13812345678"}
NEVER = "20301231999999"
HEAD, CADRE, MACHINE = "accused.head", "accused.cadre", "machine of the accused"
SHUT_OUT = [f"unit-{ACCUSED}", f"unit-{BELOW}", HEAD, CADRE, MACHINE]
WITHOUT_THE_RIGHT = ["operator", "dispatcher", "expert", "callback", "supervisor", "auditor", "admin"]
LISTS = [
    "/v1/requests", "/v1/requests?text={ticket}", "/v1/requests?text=危房改造", "/v1/requests?phone=13812345678",
    "/v1/requests?restricted=true", "/v1/requests?kind=report", "/v1/requests?category=25", "/v1/requests?unit=discipline",
    "/v1/work-orders", "/v1/work-orders?ticket_no={ticket}", "/v1/work-orders?sort=newest", "/v1/work-orders?unit=discipline",
    "/v1/feed", "/v1/feed?limit=200", "/v1/callbacks/queue", "/v1/audit/reveals?ticket_no={ticket}",
]  # fmt: skip


@dataclass
class Story:
    """The matter's numbers, and what everybody saw before it began."""

    ticket: str
    order: str
    code: str
    before: dict[str, Any]


async def colleagues(api: Api) -> None:
    """The accused department's head, who may read and reveal everything elsewhere, its cadre, and its machine."""
    for name, roles in ((HEAD, ["handler", "supervisor", "dispatcher", "discipline", "auditor"]), (CADRE, ["cadre"])):
        form = {"username": name, "display_name": name, "password": "long enough", "roles": roles, "unit_code": ACCUSED}
        assert (await api.as_("admin").post("/v1/users", json=form)).status_code == 201
    scopes = ["request.read", "work_order.handle", "catalogue.read"]
    key = await api.as_("admin").post(
        "/v1/api-keys", json={"name": "系统", "username": f"unit-{ACCUSED}", "scopes": scopes}
    )
    assert key.status_code == 201, key.text
    await api.here.reference.refresh()
    bearer = {"Authorization": f"Bearer {key.json()['key']}"}
    api._clients[MACHINE] = httpx.AsyncClient(base_url=api.url, headers=bearer, timeout=60)


async def seen_by(api: Api, who: str, ticket: str) -> dict[str, Any]:
    """What all lists show, cursors of the feed left out: they tell that somewhere something happened."""
    found = {}
    for path in LISTS:
        answer = await api.as_(who).get(path.format(ticket=ticket))
        body = answer.json()
        found[path] = body.get("items", body.get("code"))
    return found


@pytest.fixture(scope="module")
async def story(api: Api) -> Story:
    await colleagues(api)
    await api.file()
    everybody = [*SHUT_OUT, *WITHOUT_THE_RIGHT]
    await Reader(api, "auditor").step(wait=5)
    before = {who: await seen_by(api, who, NEVER) for who in everybody}
    answer = await api.as_("operator").post(
        "/v1/requests",
        json={"channel": "phone", "text": SAID, "kind": "report", "category_code": "2504", "requester": PERSON,
              "external_ref": "letter-1", "accused_unit_codes": [ACCUSED], "area_code": "990100101201"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    filed = answer.json()
    assert (filed["state"], filed["dispatch"]) == ("received", None), "never sent on by the machine"
    path = f"requests/{filed['ticket_no']}"
    sent = await api.step("discipline", f"{path}/dispatch", unit_code="discipline", reason="交纪委办理，来电人赵铁柱")
    order = f"work-orders/{sent['work_order_no']}"
    await api.step("unit-discipline", f"{order}/accept")
    await api.step("discipline", f"{path}/supplements", text="赵铁柱补充：还有证据。")
    await api.step("discipline", f"{path}/reveal", reason="向赵铁柱核实")
    await api.step("unit-discipline", f"{order}/progress", text="已初核。")
    await api.step("unit-discipline", f"{order}/submit", result="已立案。", outcome="solved")
    await api.step("discipline", f"{path}/review", decision="approve")
    await Reader(api, "discipline").step(wait=5)
    return Story(filed["ticket_no"], sent["work_order_no"], filed["query_code"], before)


@pytest.fixture(scope="module")
async def statements(api: Api, story: Story) -> Statements:
    return await attach(api)


def form_for(path: str) -> dict[str, Any]:
    """A form that fits the action at the end of a path, else the example of the call's body."""
    action = path.rpartition("/")[2]
    if action == "merge":
        return {"into": "20000101000000"}
    found = next((form for (name, _), form in FORMS.items() if name == action), None)
    if found is not None:
        return found
    content = DESCRIPTION["paths"][path]["post"].get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = next((part["$ref"] for part in (content.get("schema", {}), *content.get("schema", {}).get("anyOf", ())) if "$ref" in part), "")  # fmt: skip
    example: dict[str, Any] = DESCRIPTION["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return dict(example.get("examples", [{}])[0])


def calls_about(ticket: str, order: str) -> dict[str, Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]]:
    """Every described call whose path names a request, an order or an application, made for these numbers."""
    found = {}
    for method, path in OPERATIONS:
        names = re.findall(r"\{(\w+)\}", path)
        numbers = {
            "/requests/{": ticket,
            "/work-orders/{": order,
            "/applications/{": f"{order}-A1",
            "/supervisions/{": f"{ticket}-S1",
            "/v1/attachments/{": f"{ticket}-F1",
        }
        number = next((number for word, number in numbers.items() if word in path), None)
        if number is None:
            continue
        url = path
        for name in names:
            url = url.replace(f"{{{name}}}", number if name == names[0] else "1")
        code = {"code": "WRONG2222"}
        if method == "get":
            params = code if path.startswith("/public/") else {}
            found[f"{method} {path}"] = lambda client, url=url, params=params: client.get(url, params=params)
        elif method == "delete":
            found[f"{method} {path}"] = lambda client, url=url: client.delete(url)
        elif path.endswith("/attachments"):
            found[f"{method} {path}"] = lambda client, url=url, code=code: client.post(
                url, data=code if url.startswith("/public/") else {}, files={"file": ("说明.txt", "见附件。".encode())}
            )
        else:
            body = form_for(path) | (code if path.startswith("/public/") else {})
            found[f"{method} {path}"] = lambda client, method=method, url=url, body=body: client.request(
                method, url, json=body, headers={"If-Match": '"1"'}
            )
    return found


async def heard(
    statements: Statements, client: httpx.AsyncClient, call: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]
) -> tuple[Any, ...]:
    """Everything that a caller can tell answers apart by: status, headers, body; and what it cost."""
    answers: list[httpx.Response] = []

    async def once() -> None:
        answers.append(await call(client))

    sent = await statements.of(once)
    (answer,) = answers
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in ("date", "x-request-id"))
    return answer.status_code, headers, answer.content, sent


@pytest.mark.parametrize("who", [*SHUT_OUT, *WITHOUT_THE_RIGHT])
async def test_the_right_number_answers_like_a_wrong_one(
    api: Api, story: Story, statements: Statements, who: str
) -> None:
    real, wrong = calls_about(story.ticket, story.order), calls_about(NEVER, f"{NEVER}-1")
    assert len(real) > 20
    async with api.here.database.connection() as connection:
        await connection.execute("DELETE FROM throttle")  # wrong query codes of the reader before
    for name, call in real.items():
        about_it = await heard(statements, api.as_(who), call)
        assert about_it == await heard(statements, api.as_(who), wrong[name]), name
        assert about_it[0] in (403, 404), (name, about_it)


@pytest.mark.parametrize("who", [*SHUT_OUT, *WITHOUT_THE_RIGHT])
async def test_lists_searches_and_the_feed_are_as_before(api: Api, story: Story, who: str) -> None:
    assert await seen_by(api, who, story.ticket) == story.before[who]
    events = await Reader(api, who, limit=3).drain()
    assert story.ticket not in {ticket for ticket, *_ in events}


@pytest.mark.parametrize("who", [CADRE, HEAD, "operator"])
async def test_filing_tells_of_no_matter_that_is_hidden(api: Api, story: Story, who: str) -> None:
    body = {"channel": "phone", "text": SAID, "requester": PERSON, "kind": "report", "category_code": "2504"}
    if who != HEAD:  # a dispatcher without request.file would do as well; the head may file
        assert (await api.as_(who).post("/v1/requests:preview", json=body)).json()["possible_duplicates"] == []
    taken = await api.as_(who).post("/v1/requests", json={**body, "text": "别的事", "external_ref": "letter-1"})
    if who == "operator":  # who filed it is told what it was told then
        assert (taken.status_code, taken.json()["ticket_no"]) == (200, story.ticket)
        assert (taken.json()["state"], taken.json()["version"]) == ("received", 1)
    else:
        assert (taken.status_code, taken.json()["code"]) == (409, "external-ref-taken")
        assert story.ticket not in taken.text


async def test_those_who_act_on_it_see_it_masked_and_the_inspectors_see_it(api: Api, story: Story) -> None:
    witness = Witness(api, "discipline", "unit-discipline")
    inspector, handler = api.as_("discipline"), api.as_("unit-discipline")
    queue = (await inspector.get("/v1/requests", params={"restricted": True})).json()["items"]
    assert [item["ticket_no"] for item in queue] == [story.ticket]
    others = (await inspector.get("/v1/requests", params={"restricted": False, "limit": 200})).json()["items"]
    assert story.ticket not in [item["ticket_no"] for item in others]
    whole = (await inspector.get(f"/v1/requests/{story.ticket}")).json()
    assert (whole["restricted"], [unit["code"] for unit in whole["accused_units"]]) == (True, [ACCUSED])
    assert "赵铁柱" in whole["text"]
    assert story.ticket in [item["ticket_no"] for item in (await inspector.get("/v1/callbacks/queue")).json()["items"]]
    for path in (f"requests/{story.ticket}", f"requests/{story.ticket}/timeline", f"work-orders/{story.order}", "feed"):
        answer = await handler.get(f"/v1/{path}")
        assert answer.status_code == 200
        assert not [word for word in ("赵铁柱", "13812345678") if word in answer.text], path
    assert (await handler.get(f"/v1/requests/{story.ticket}")).json()["accused_units"] == []
    assert story.ticket in {ticket for ticket, *_ in await Reader(api, "unit-discipline").drain()}
    assert story.ticket in {ticket for ticket, *_ in await Reader(api, "discipline").drain()}
    public = await api.as_().get(f"/public/requests/{story.ticket}", params={"code": story.code})
    assert public.json()["state"] == "resolved", "who blew the whistle follows it with number and code"
    assert ("get", "/v1/callbacks/queue", 200) in witness.seen


async def test_auditors_see_that_somebody_looked_but_not_at_what(api: Api, story: Story) -> None:
    witness = Witness(api, "auditor")
    filed = await api.file(requester={"name": "钱七", "phone": "13712345678"})
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/reveal", reason="联系诉求人")
    auditor = api.as_("auditor")
    page = (await auditor.get("/v1/audit/reveals", params={"limit": 1})).json()
    assert page["items"][0] | {"at": None} == {
        "at": None, "actor_kind": "user", "actor": "dispatcher", "ticket_no": filed["ticket_no"], "reason": "联系诉求人",
        "restricted": False,
    }  # fmt: skip
    rest = (await auditor.get("/v1/audit/reveals", params={"cursor": page["next_cursor"]})).json()
    (closed,) = [item for item in rest["items"] if item["actor"] == "discipline"]
    assert (closed["ticket_no"], closed["reason"], closed["restricted"]) == (None, "（保密）", True)
    for query, count in (
        ({"user": "dispatcher"}, 1),
        ({"user": "nobody"}, 0),
        ({"since": closed["at"], "until": page["items"][0]["at"]}, 1),
        ({"ticket_no": filed["ticket_no"]}, 1),
        ({"ticket_no": story.ticket}, 0),
    ):
        assert len((await auditor.get("/v1/audit/reveals", params=query)).json()["items"]) == count, query
    assert (await api.as_("operator").get("/v1/audit/reveals")).status_code == 403
    assert (await auditor.get("/v1/audit/reveals", params={"cursor": "x"})).status_code == 422
    assert ("get", "/v1/audit/reveals", 200) in witness.seen
    shut = (await api.as_(HEAD).get("/v1/audit/reveals")).json()["items"]
    assert [item["actor"] for item in shut] == ["dispatcher"], "of what it is accused in, its own auditor reads nothing"


async def test_the_machine_neither_proposes_nor_chooses_the_accused(api: Api) -> None:
    village = {
        "category_code": "1103",
        "area_code": "990100101201",
        "text": "村里的账目一直没有公开，村务公开栏是空的。",
    }
    plain = await api.file(**village)
    assert plain["dispatch"]["unit"]["code"] == BELOW
    for accused, avoided in (([BELOW], {BELOW}), ([ACCUSED], {BELOW, ACCUSED}), ([BELOW, BELOW, "water"], {BELOW})):
        filed = await api.file(**village, accused_unit_codes=accused)
        assert filed["dispatch"] is None, "people decide who is to have it instead"
        proposed = {route["unit"]["code"]: route["reason"] for route in filed["suggested_units"]}
        assert not avoided & proposed.keys()
        assert all("回避" in reason for reason in proposed.values())
        assert (await api.as_(f"unit-{BELOW}").get(f"/v1/requests/{filed['ticket_no']}")).status_code == 404


@pytest.mark.parametrize(
    ("accused", "pointer", "code"),
    [
        (["nobody"], "/accused_unit_codes", "unknown-unit"),
        (["water"] * 11, "/accused_unit_codes", "too-long"),
        (["a\x00b"], "/accused_unit_codes/0", "nul-character"),
        ("water", "/accused_unit_codes", "list-type"),
        ([1], "/accused_unit_codes/0", "string-type"),
    ],
)
async def test_accusing_whom_there_is_not(api: Api, accused: Any, pointer: str, code: str) -> None:
    body = {"channel": "phone", "text": SAID, "accused_unit_codes": accused}
    answer = await api.as_("operator").post("/v1/requests", json=body)
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(pointer, code)]


async def test_citizens_accuse_no_unit_by_code(api: Api) -> None:
    answer = await api.as_().post("/public/requests", json={"text": SAID, "accused_unit_codes": [ACCUSED]})
    assert answer.json()["errors"][0]["code"] == "extra-forbidden"


async def test_whoever_is_accused_later_loses_sight_at_once_in_the_feeds_memory_too(api: Api) -> None:
    handler = f"unit-{ACCUSED}"
    cursor = (await poll(api, handler, "latest"))["next_cursor"]
    filed = await api.file()
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code=ACCUSED)
    assert (await poll(api, handler, cursor, wait=5))["items"]
    async with api.here.database.connection() as connection:
        accuse = "UPDATE service_request SET accused_units = $2 WHERE ticket_no = $1"
        await connection.execute(accuse, filed["ticket_no"], [ACCUSED])
    told = (await poll(api, "dispatcher", "latest"))["next_cursor"]
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code="discipline")
    assert (await poll(api, "dispatcher", told, wait=5))["items"]
    for start in (cursor, ""):
        items = (await poll(api, handler, start))["items"]
        assert filed["ticket_no"] not in [item["ticket_no"] for item in items]
    for path in (f"requests/{filed['ticket_no']}", f"work-orders/{filed['ticket_no']}-1"):
        assert (await api.as_(handler).get(f"/v1/{path}")).status_code == 404
    assert filed["ticket_no"] in {ticket for ticket, *_ in await Reader(api, "dispatcher", after=cursor).drain()}


async def test_who_brought_it_in_keeps_sight_unless_shut_out(api: Api) -> None:
    cadre = api.as_(CADRE)
    body = {"channel": "visit", "text": "村口路灯坏了，请修。", "category_code": "0203"}
    mine = (await cadre.post("/v1/requests", json=body)).json()["ticket_no"]
    assert (await cadre.get(f"/v1/requests/{mine}")).status_code == 200
    own = (await cadre.post("/v1/requests", json={**body, "accused_unit_codes": [ACCUSED]})).json()["ticket_no"]
    closed = await cadre.post("/v1/requests", json={**body, "kind": "report", "category_code": "2501"})
    for ticket in (own, closed.json()["ticket_no"]):
        assert (await cadre.get(f"/v1/requests/{ticket}")).status_code == 404
    listed = [item["ticket_no"] for item in (await cadre.get("/v1/requests")).json()["items"]]
    assert mine in listed
    assert own not in listed
