"""Administration of webhooks: what is refused, by which code, and that secrets are never told twice."""

import base64
from typing import Any

import pytest

from app.domain.delivery import MOST_WEBHOOKS
from support.api import Api
from support.lives import UNIT, live
from support.problems import fingerprint, problem
from support.receiver import answer, hang, receiving
from support.statements import attach
from support.webhooks import do, drop, hook, letter, shown, verify

URL = "http://127.0.0.1:9/"
FORM: dict[str, Any] = {"name": "测试", "url": URL}


async def create(api: Api, **changes: Any) -> Any:
    return await api.as_("admin").post("/v1/webhooks", json=FORM | changes)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.2/", "inward-address"), ("http://[::1]/", "inward-address"),
        ("https://2130706434/", "inward-address"), ("http://0x7f.2/", "inward-address"),
        ("http://[::ffff:127.0.0.2]/", "inward-address"), ("http://169.254.169.254/latest/", "inward-address"),
        ("ftp://127.0.0.1/", "scheme"), ("127.0.0.1", "scheme"), ("http://", "url"), ("http://a b/", "url"),
        ("http://me:secret@127.0.0.1/", "credentials"), ("http://no-such-host.invalid/", "unresolvable"),
        ("", "string-too-short"), ("http://x/" + "y" * 2000, "string-too-long"), ("http://x/\x00", "nul-character"),
    ],
)  # fmt: skip
async def test_urls_that_may_not_be_called_are_refused(api: Api, url: str, code: str) -> None:
    before = await fingerprint(api)
    said = problem(await create(api, url=url), 422)
    assert [(error["pointer"], error["code"]) for error in said["errors"]] == [("/url", code)]
    assert "secret" not in said["errors"][0]["message"]
    assert await fingerprint(api) == before
    made = (await create(api)).json()
    said = problem(await api.as_("admin").patch(f"/v1/webhooks/{made['id']}", json={"url": url}), 422)
    assert said["errors"][0]["code"] == code
    assert (await shown(api, made))["url"] == URL
    await drop(api, made)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"username": "nobody.here"}, "/username", "unknown"), ({"events": ["request.eaten"]}, "/events/0", "enum"),
        ({"events": ["request.closed"] * 101}, "/events", "too-long"), ({"name": ""}, "/name", "string-too-short"),
        ({"events": "request.closed"}, "/events", "list-type"), ({"state": "paused"}, "/state", "extra-forbidden"),
    ],
)  # fmt: skip
async def test_forms_that_are_refused(api: Api, changes: dict[str, Any], pointer: str, code: str) -> None:
    said = problem(await create(api, **changes), 422)
    assert [(error["pointer"], error["code"]) for error in said["errors"]] == [(pointer, code)]


async def test_only_who_may(api: Api) -> None:
    made = (await create(api)).json()
    one = f"/v1/webhooks/{made['id']}"
    for who in ("operator", "dispatcher", "supervisor", "auditor", f"unit-{UNIT}"):
        for method, path in (
            ("GET", one), ("GET", "/v1/webhooks"), ("POST", f"{one}:test"), ("POST", f"{one}:rotate-secret"),
            ("POST", f"{one}:pause"), ("DELETE", one), ("GET", f"{one}/dead-letters"), ("DELETE", f"{one}/dead-letters/1"),
            ("POST", f"{one}/dead-letters/1:retry"),
        ):  # fmt: skip
            problem(await api.as_(who).request(method, path), 403)
        problem(await api.as_(who).post("/v1/webhooks", json=FORM), 403)
        problem(await api.as_(who).post(f"{one}:replay", json={"after": "latest"}), 403)
    await drop(api, made)
    for method, path in (("GET", one), ("DELETE", one), ("POST", f"{one}:test"), ("GET", f"{one}/dead-letters")):
        problem(await api.as_("admin").request(method, path), 404)


async def test_the_secret_is_shown_once_and_sealed(api: Api) -> None:
    headers = {"Idempotency-Key": "hook-1"}
    first = await api.as_("admin").post("/v1/webhooks", json=FORM, headers=headers)
    again = await api.as_("admin").post("/v1/webhooks", json=FORM, headers=headers)
    assert first.json() == again.json()
    made = first.json()
    assert made["secret"].startswith("whsec_")
    assert (made["username"], made["state"], made["events"]) == ("admin", "active", [])
    assert "secret" not in await shown(api, made)
    listed = (await api.as_("admin").get("/v1/webhooks", params={"username": "admin", "state": "active"})).json()
    assert made["secret"] not in str(listed)
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    async with api.here.database.connection() as connection:
        stored = await connection.fetchval("SELECT secret FROM webhook WHERE id = $1", made["id"])
    assert base64.b64decode(made["secret"].removeprefix("whsec_")) not in bytes(stored)
    await drop(api, made)


@pytest.mark.parametrize("after", ["x", "1-2", "first", "1-99999999999999999999-1", "2-1-1", "1-9223372036854775807-1"])
async def test_what_is_no_place_to_replay_from(api: Api, after: str) -> None:
    made = (await create(api)).json()
    said = problem(await api.as_("admin").post(f"/v1/webhooks/{made['id']}:replay", json={"after": after}), 422)
    assert said["errors"][0]["pointer"] == "/after"
    assert said["errors"][0]["code"] in ("cursor", "cursor-epoch")
    assert (await shown(api, made))["position"] == made["position"]
    await drop(api, made)


async def test_a_trial_tells_how_the_receiver_answered(api: Api) -> None:
    async with receiving(answer(200, body=b"pong\x00")) as receiver:
        made = await hook(api, receiver)
        await do(api, made, "pause")
        tried = await do(api, made, "test")
        assert (tried["delivered"], tried["status"], tried["error"], tried["response"]) == (
            True,
            200,
            None,
            "pong\ufffd",
        )
        assert verify(receiver.seen[0], made["secret"])["type"] == "ping"
        receiver.behave = answer(500, body=b"x" * 10_000)
        tried = await do(api, made, "test")
        assert (tried["delivered"], tried["error"], len(tried["response"])) == (False, "HTTP 500", 500)
        assert (await shown(api, made))["failures"] == 0
        await drop(api, made)
    made = await hook(api, URL)
    tried = await do(api, made, "test")
    assert (tried["delivered"], tried["status"]) == (False, None)
    assert "Connect" in tried["error"]
    await drop(api, made)


async def test_dead_letters_page_by_page_and_only_their_own(api: Api) -> None:
    ticket = (await api.file())["ticket_no"]
    made, other = (await create(api)).json(), (await create(api)).json()
    ids = [await letter(api, made, ticket) for _ in range(3)]
    path = f"/v1/webhooks/{made['id']}/dead-letters"
    page = (await api.as_("admin").get(path, params={"limit": 2})).json()
    rest = (await api.as_("admin").get(path, params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None
    problem(await api.as_("admin").delete(f"/v1/webhooks/{other['id']}/dead-letters/{ids[0]}"), 404)
    problem(await api.as_("admin").post(f"/v1/webhooks/{other['id']}/dead-letters/{ids[0]}:retry"), 404)
    await drop(api, made, other)
    async with api.here.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM webhook_dead_letter") == 0


async def test_a_dead_letter_that_its_owner_may_not_see_is_not_sent(api: Api) -> None:
    life = await live(api, "received")
    async with receiving() as receiver:
        made = await hook(api, receiver, f"unit-{UNIT}")
        number = await letter(api, made, life.ticket_no)
        said = await api.as_("admin").post(f"/v1/webhooks/{made['id']}/dead-letters/{number}:retry")
        assert problem(said, 409)["code"] == "not-visible"
        assert receiver.seen == []
        await drop(api, made)


async def test_there_is_an_end_to_webhooks(api: Api) -> None:
    made = (await create(api)).json()
    async with api.here.database.connection() as connection:
        await connection.execute(
            """INSERT INTO webhook (name, url, user_id, events, state, secret, position)
               SELECT name, url, user_id, events, 'paused', secret, position
               FROM webhook, generate_series(2, $2) WHERE id = $1""",
            made["id"],
            MOST_WEBHOOKS,
        )
        assert problem(await create(api), 409)["code"] == "too-many"
        page = (await api.as_("admin").get("/v1/webhooks", params={"limit": 200})).json()
        assert len(page["items"]) == 200
        await connection.execute("DELETE FROM webhook")


async def test_lists_cost_a_fixed_number_of_statements_and_requests_wait_for_no_receiver(api: Api) -> None:
    async with receiving(hang) as receiver:
        made = [await hook(api, receiver, who) for who in ("auditor", f"unit-{UNIT}", "admin")]
        statements = await attach(api)
        seen = await statements.of(lambda: api.file())
        assert not [query for query in seen if "webhook" in query]
        assert receiver.seen == []
        client = api.as_("admin")
        one = await statements.of(lambda: client.get("/v1/webhooks", params={"limit": 1}))
        all_ = await statements.of(lambda: client.get("/v1/webhooks"))
        assert len(one) == len(all_)
        await drop(api, *made)
