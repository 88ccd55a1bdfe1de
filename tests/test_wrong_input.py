"""Wrong input that people and machines really send: each refused with its own code, and nothing is written."""

import asyncio
import base64
import json
from typing import Any

import pytest

from support.api import TEXT, Api
from support.lives import FORMS, STRANGER, UNIT, Life, live
from support.problems import ENGLISH, fingerprint, problem

JSON = {"Content-Type": "application/json"}
HANDLER = f"unit-{UNIT}"


@pytest.fixture(scope="module")
async def life(api: Api) -> Life:
    return await live(api, "in progress")


BODIES: dict[str, tuple[bytes, int, str, str | None]] = {
    # what is wrong: body, status, code, pointer of the first fault
    "empty": (b"", 422, "missing", ""),
    "not JSON": (b"{", 400, "malformed-json", None),
    "two values": (b"{}{}", 400, "malformed-json", None),
    "not UTF-8": (b'{"text":"\xff"}', 400, "invalid-encoding", None),
    "GBK": ('{"text":"路灯"}'.encode("gbk"), 400, "invalid-encoding", None),
    "key twice": (b'{"text":"a","text":"b"}', 400, "duplicate-key", None),
    "key twice, deep inside": (b'{"requester":{"name":"a","name":"b"}}', 400, "duplicate-key", None),
    "NaN": (b'{"text":NaN}', 400, "malformed-json", None),
    "Infinity": (b'{"location":{"lat":-Infinity,"lon":0}}', 400, "malformed-json", None),
    "too big a number": (b'{"channel":"phone","text":"a","location":{"lat":1e999,"lon":0}}', 422, "finite-number", "/location/lat"),
    "digits without end": (b'{"text":' + b"9" * 5000 + b"}", 400, "malformed-json", None),
    "deep list": (b"[" * 100_000, 400, "malformed-json", None),
    "deep object": (b'{"text":' * 50_000, 400, "malformed-json", None),
    "a list": (b"[]", 422, "model-attributes-type", ""),
    "a string": (b'"text"', 422, "model-attributes-type", ""),
    "unknown field": (b'{"channel":"phone","text":"a","colour":"red"}', 422, "extra-forbidden", "/colour"),
    "unknown field without end": (b'{"channel":"phone","text":"a","' + b"x" * 90_000 + b'":1}', 422, "extra-forbidden", "/" + "x" * 200),
    "unknown field inside": (b'{"channel":"phone","text":"a","requester":{"age":1}}', 422, "extra-forbidden", "/requester/age"),
    "a field is missing": (b'{"channel":"phone"}', 422, "missing", "/text"),
    "wrong type": (b'{"channel":"phone","text":7}', 422, "string-type", "/text"),
    "no such choice": (b'{"channel":"pigeon","text":"a"}', 422, "enum", "/channel"),
    "NUL": (b'{"channel":"phone","text":"a\\u0000b"}', 422, "nul-character", "/text"),
    "half a surrogate pair": (b'{"channel":"phone","text":"\\ud800"}', 422, "invalid-unicode", "/text"),
    "nothing said": (b'{"channel":"phone","text":"  "}', 422, "string-too-short", "/text"),
    "nothing visible said": ('{"channel":"phone","text":"\u200b\ufeff"}'.encode(), 422, "string-too-short", "/text"),
    "blank letters said": ('{"channel":"phone","text":"\u2800\u3164\u115f\u1160\uffa0"}'.encode(), 422, "string-too-short", "/text"),
    "too long": (b'{"channel":"phone","text":"' + b"a" * 20_001 + b'"}', 422, "string-too-long", "/text"),
    "no phone number": (b'{"channel":"phone","text":"a","requester":{"phone":"12"}}', 422, "phone", "/requester/phone"),
    "an extension": (b'{"channel":"phone","text":"a","requester":{"phone":"0990-5551003-12"}}', 422, "phone", "/requester/phone"),
    "wrong check digit": (b'{"channel":"phone","text":"a","requester":{"id_number":"110101199003070001"}}', 422, "id-number", "/requester/id_number"),
    "yes for true": (b'{"channel":"phone","text":"a","anonymous":"yes"}', 422, "bool-type", "/anonymous"),
    "no such category": (b'{"channel":"phone","text":"a","category_code":"9999"}', 422, "unknown-category", "/category_code"),
    "no such area": (b'{"channel":"phone","text":"a","area_code":"1"}', 422, "unknown-area", "/area_code"),
}  # fmt: skip


@pytest.mark.parametrize("language", [{}, ENGLISH], ids=["zh", "en"])
@pytest.mark.parametrize("wrong", BODIES)
async def test_a_wrong_filing(api: Api, wrong: str, language: dict[str, str]) -> None:
    body, status, code, pointer = BODIES[wrong]
    before = await fingerprint(api)
    for path in ("/v1/requests", "/v1/requests:preview"):
        answer = await api.as_("operator").post(path, content=body, headers=JSON | language)
        said = problem(answer, status)
        first = said["errors"][0] if status == 422 else said
        assert first["code"] == code
        if pointer is not None:
            assert first["pointer"] == pointer
    assert await fingerprint(api) == before


@pytest.mark.parametrize(
    ("who", "path", "form", "pointer", "known"),
    [
        ("operator", "/v1/requests", {"requester": {"age": 1}}, "/requester/age", "name、phone、id_number"),
        ("operator", "/v1/requests:preview", {"colour": "red"}, "/colour", "text、title、kind、"),
        (None, "/public/requests", {"text": TEXT, "colour": "red"}, "/colour", "text、"),
        (HANDLER, "/v1/work-orders/20000101000000-1/accept", {"reason": "好"}, "/reason", "note"),
        ("dispatcher", "/v1/requests:bulk", {"items": [{"number": "1", "x": 1}]}, "/items/0/x", "number、version"),
        ("dispatcher", "/v1/requests:bulk", {"action": "close", "items": [{"number": "1"}], "form": {"x": 1}}, "/form/x", "note"),
        ("supervisor", "/v1/saved-filters", {"name": "n", "noun": "requests", "query": {"colour": 1}}, "/query/colour", "state、kind、"),
    ],
)  # fmt: skip
async def test_an_unknown_field_is_told_which_there_are(
    api: Api, who: str | None, path: str, form: dict[str, Any], pointer: str, known: str
) -> None:
    for language, before, comma in (({}, "可用的有：", "、"), (ENGLISH, "there are ", ", ")):
        said = problem(await api.as_(who).post(path, json=form, headers=language), 422)["errors"]
        (message,) = [fault["message"] for fault in said if fault["pointer"] == pointer]
        assert before + known.replace("、", comma) in message


async def test_rubbish_is_not_answered_with_a_book(api: Api) -> None:
    rubbish = {f"x{number}": 1 for number in range(1000)}
    answer = await api.as_("operator").post("/v1/requests", json=rubbish)
    assert {fault["message"] for fault in problem(answer, 422)["errors"]} == {"没有这个字段", "必填"}


@pytest.mark.parametrize("language", [{}, ENGLISH], ids=["zh", "en"])
async def test_too_much(api: Api, life: Life, language: dict[str, str]) -> None:
    before = await fingerprint(api)
    huge = json.dumps({"channel": "phone", "text": "a" * api.here.settings.max_body_bytes}).encode()

    async def chunks() -> Any:
        for start in range(0, len(huge), 65_536):
            yield huge[start : start + 65_536]

    for content in (huge, chunks()):
        answer = await api.as_("operator").post("/v1/requests", content=content, headers=JSON | language)
        assert problem(answer, 413)["code"] == "too-large"
    for path in (f"/v1/{life.path('request', 'supplements')}", f"/public/requests/{life.ticket_no}/supplements"):
        answer = await api.as_("operator").post(path, content=huge, headers=JSON | language)
        assert problem(answer, 413)["code"] == "too-large"
    assert await fingerprint(api) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
async def test_what_is_not_called_json_is_not_read_as_json(api: Api, kind: str | None) -> None:
    before = await fingerprint(api)
    body = json.dumps({"channel": "phone", "text": TEXT}).encode()
    answer = await api.as_("operator").post(
        "/v1/requests", content=body, headers={"Content-Type": kind} if kind else {}
    )
    (fault,) = problem(answer, 422)["errors"]
    assert (fault["pointer"], fault["message"]) == ("/header/Content-Type", "Content-Type 须为 application/json")
    assert await fingerprint(api) == before


async def test_a_byte_order_mark_before_json_is_skipped(api: Api) -> None:
    mark, body = b"\xef\xbb\xbf", json.dumps({"channel": "phone", "text": TEXT}).encode()
    client = api.as_("operator")
    assert (await client.post("/v1/requests", content=mark + body, headers=JSON)).status_code == 201
    for wrong, code in ((mark * 2 + body, "malformed-json"), (mark + b"\xff", "invalid-encoding")):
        assert problem(await client.post("/v1/requests", content=wrong, headers=JSON), 400)["code"] == code


@pytest.mark.parametrize("language", [{}, ENGLISH], ids=["zh", "en"])
async def test_refusals_of_the_workflow(api: Api, life: Life, language: dict[str, str]) -> None:
    before = await fingerprint(api)
    accept = f"/v1/{life.path('work_order', 'accept')}"
    reminders = f"/v1/{life.path('request', 'reminders')}"
    refusals = [
        (None, accept, {}, {}, 401, "unauthenticated"),
        (f"unit-{STRANGER}", accept, {}, {}, 404, "not-found"),
        (HANDLER, f"/v1/{life.path('request', 'dispatch')}", {"unit_code": UNIT}, {}, 403, "forbidden"),
        ("operator", accept, {}, {}, 403, "forbidden"),
        (HANDLER, accept, {}, {}, 409, "illegal-transition"),
        ("operator", reminders, {}, {"If-Match": '"1"'}, 412, "stale-version"),
        ("operator", reminders, {}, {"If-Match": '"999999999"'}, 412, "stale-version"),
        ("operator", reminders, {}, {"If-Match": "yesterday"}, 422, "invalid"),
        ("operator", reminders, {}, {"If-Match": '"99999999999999999999"'}, 422, "invalid"),
        ("dispatcher", f"/v1/{life.path('request', 'dispatch')}", {"unit_code": "nobody"}, {}, 422, "invalid"),
        ("dispatcher", f"/v1/{life.path('request', 'hold')}", {"reason": "等", "review_on": "2020-01-01"}, {}, 422, "invalid"),
        ("dispatcher", f"/v1/{life.path('request', 'classify')}", {}, {}, 422, "invalid"),
        ("operator", "/v1/requests/20000101000000/reminders", {}, {}, 404, "not-found"),
        ("operator", f"/v1/requests/{life.ticket_no}/explode", {}, {}, 404, "not-found"),
        (None, f"/public/requests/{life.ticket_no}/supplements", {"code": "WRONG2222", "text": "好"}, {}, 404, "not-found"),
        (None, f"/public/requests/{life.ticket_no}/rating", {"code": life.code, **FORMS[("rating", None)]}, {}, 409, "illegal-transition"),
    ]  # fmt: skip
    for who, path, form, headers, status, code in refusals:
        answer = await api.as_(who).post(path, json=form, headers=headers | language)
        said = problem(answer, status)
        assert said["code"] == code, (path, said)
        if code == "illegal-transition":
            assert {"state", "available_actions"} <= said.keys()
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
    assert await fingerprint(api) == before


async def test_what_is_too_short_or_one_of_two_is_said_plainly(api: Api, life: Life) -> None:
    (short,) = problem(await api.as_("operator").get("/v1/requests", params={"text": "电"}), 422)["errors"]
    assert (short["pointer"], short["message"]) == ("/query/text", "至少 2 个字符")
    extend = await api.as_(HANDLER).post(f"/v1/{life.path('work_order', 'extend')}", json={"reason": "等配件"})
    (either,) = problem(extend, 422)["errors"]
    assert (either["pointer"], either["message"]) == ("/until", "until 与 working_days 须且只须填写一项")


async def test_a_reused_key_with_another_body(api: Api) -> None:
    key = {"Idempotency-Key": "reused"}
    body = {"channel": "phone", "text": TEXT}
    first = await api.as_("operator").post("/v1/requests", json=body, headers=key)
    before = await fingerprint(api)
    again = await api.as_("operator").post("/v1/requests", json=body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    for language in ({}, ENGLISH):
        other = await api.as_("operator").post("/v1/requests", json={**body, "title": "别的"}, headers=key | language)
        assert problem(other, 409)["code"] == "idempotency-mismatch"
    for wrong in (b"", b"x" * 201, "键".encode(), b"a\tb"):
        answer = await api.as_("operator").post("/v1/requests", json=body, headers={b"Idempotency-Key": wrong})
        assert problem(answer, 422)["errors"][0]["pointer"] == "/header/Idempotency-Key"
    assert await fingerprint(api) == before


TOKENS = (
    "Bearer",
    "Basic eDp5",
    "Bearer x",
    "Bearer hk_",
    "Bearer hk_" + "a" * 43,
    "Bearer a.b.c",
    "Bearer e30.e30.",
    "Bearer Ã",
)


@pytest.mark.parametrize("token", [*TOKENS, "Bearer " + "x" * 5000], ids=range(len(TOKENS) + 1))
async def test_tokens_that_are_none(api: Api, token: str) -> None:
    answer = await api.as_().get("/v1/auth/me", headers={b"Authorization": token.encode()})
    assert problem(answer, 401)["code"] == "unauthenticated"


LOGINS = [
    b"username=a%00&password=x",
    b"username=%ff&password=%ff",
    b"username=&password=",
    b"",
    b"username=" + b"a" * 9999 + b"&password=x",
]


@pytest.mark.parametrize("form", LOGINS, ids=range(len(LOGINS)))
async def test_logins_that_are_none(api: Api, form: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for language in ({}, ENGLISH):
        problem(await api.as_().post("/v1/auth/token", content=form, headers=headers | language), {401, 422})


def cursor(*keys: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


CURSORS = [cursor(2**63), cursor(2**64 - 1), cursor(True), cursor(1.5), cursor([]), cursor("x"), cursor(1, 2), cursor("x", 1),
           cursor("2026-01-01T00:00:00", 1), cursor("0001-01-01T00:00:00+14:00", 1), cursor("9999-12-31T23:59:59-14:00", 1),
           cursor("2026-01-01T00:00:00+00:00", 2**63), cursor(None, "x"), cursor({}, 1), "x", "e30", "\x00", "é", "=" * 9]  # fmt: skip


async def test_cursors_of_other_lists_or_nobody(api: Api) -> None:
    for path, who in (("/v1/requests", "operator"), ("/v1/work-orders", HANDLER), ("/v1/callbacks/queue", "callback")):
        for wrong in CURSORS:
            said = problem(await api.as_(who).get(path, params={"cursor": wrong}), 422)
            assert said["errors"][0]["pointer"] == "/query/cursor"


async def test_lines_that_cannot_be_imported_are_reported_and_the_others_filed(api: Api) -> None:
    lines = [
        b"\xff", b"[1]", b"{", b'{"text":"a","colour":1}', b'{"text":"\\ud800"}', b"[" * 50_000, b"a" * 300_000, b"",
        b'{"text":"a","external_ref":""}', json.dumps({"text": TEXT, "external_ref": "L-1"}).encode(),
    ]  # fmt: skip
    before = await fingerprint(api)
    async with asyncio.timeout(20):
        answer = await api.as_("dispatcher").post("/v1/requests:import", content=b"\n".join(lines))
        again = await api.as_("dispatcher").post("/v1/requests:import", content=b"\n".join(lines))
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["status"] for r in results] == ["failed"] * 8 + ["filed"]
    assert [json.loads(line)["status"] for line in again.text.splitlines()] == ["failed"] * 8 + ["already"]
    after = await fingerprint(api)
    # request, order, events, the words it is found by, its key and the number
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= 6


async def test_a_bound_is_written_as_people_write_it(api: Api) -> None:
    answer = await api.as_("operator").get("/v1/feed", params={"after": "latest", "wait": "31"})
    (fault,) = problem(answer, 422)["errors"]
    assert (fault["pointer"], fault["message"]) == ("/query/wait", "不能大于 30")
