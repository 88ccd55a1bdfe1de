"""Every operation that OpenAPI lists, with every kind of wrong body, parameter and method: refused, never a 5xx.

Generated from the published description, so that a new operation is held to it on the day it appears.
"""

import json
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from support.api import Api
from support.lives import Life, live
from support.problems import ENGLISH, fingerprint, problem
from support.webhooks import hook

JSON = {"Content-Type": "application/json"}
DESCRIPTION: dict[str, Any] = create_app(Settings(database_url="postgresql://nowhere")).openapi()
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(method, path) for path, item in DESCRIPTION["paths"].items() for method in METHODS if method in item]
STREAMED = "/v1/requests:import"
CASES = (
    "/v1/requests",
    "/v1/work-orders",
    "/v1/attachments",
    "/v1/applications",
    "/v1/supervisions",
    "/v1/feed",
    "/v1/auth",
)
PUBLIC = ("/public", "/healthz", "/readyz", "/metrics", "/v1/auth/token")


@pytest.fixture(scope="module")
async def life(api: Api) -> Life:
    """A request in progress whose unit has applied for more time and has a slip to answer; a webhook, a filter."""
    assert (await hook(api, "http://127.0.0.1:9/"))["id"] == 1
    saved = {"name": "常用", "noun": "requests", "query": {}}
    assert (await api.as_("admin").post("/v1/saved-filters", json=saved)).json()["id"] == 1
    life = await live(api, "extend open")
    await api.step("supervisor", life.path("request", "supervisions"), **life.form("supervisions"))
    return life


def ids(operations: list[tuple[str, str]]) -> list[str]:
    return [f"{method} {path}" for method, path in operations]


def who(path: str) -> str | None:
    """Somebody who may call it at all, so that the input is what is refused."""
    if path.startswith(PUBLIC):
        return None
    if path.startswith("/v1/callbacks"):
        return "callback"
    if path.startswith("/v1/supervisions"):
        return "supervisor"
    if path.startswith("/v1/clusters"):
        return "supervisor"
    return "dispatcher" if path.startswith(CASES) else "admin"


def filled(path: str, life: Life) -> str:
    """The path with the names of things that exist, where a person's input names them."""
    numbers = {
        "/v1/work-orders": life.order_no,
        "/v1/applications": life.record_no,
        "/v1/supervisions": f"{life.ticket_no}-S1",
    }
    number = next((number for start, number in numbers.items() if path.startswith(start)), life.ticket_no)
    names = {"ticket_no": life.ticket_no, "number": number, "lesson": "0203~any~water~gas"}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", str(value))
    for name, value in {"key": "1", "username": "operator", "key_id": "1", "webhook_id": "1", "letter_id": "1"}.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def json_body(method: str, path: str) -> dict[str, Any] | None:
    """The body's schema, None when the operation takes no JSON."""
    content = DESCRIPTION["paths"][path][method].get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


def properties(schema: dict[str, Any]) -> list[str]:
    """Names of the body's fields."""
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            return list(DESCRIPTION["components"]["schemas"][option["$ref"].rsplit("/", 1)[1]]["properties"])
    return []


WITH_BODY = [(method, path) for method, path in OPERATIONS if json_body(method, path)]
UNREADABLE = {
    "cut off": (b"{", "malformed-json"),
    "not UTF-8": (b'{"note":"\xff"}', "invalid-encoding"),
    "key twice": (b'{"note":"a","note":"b"}', "duplicate-key"),
    "NaN": (b'{"note":NaN}', "malformed-json"),
    "deep": (b"[" * 20_000, "malformed-json"),
}
UNFIT = {"a list": b"[]", "a string": b'"x"', "a number": b"7", "unknown field": b'{"no_such_field":1}'}


@pytest.mark.parametrize(("method", "path"), WITH_BODY, ids=ids(WITH_BODY))
async def test_wrong_bodies(api: Api, life: Life, method: str, path: str) -> None:
    before = await fingerprint(api)
    client, url = api.as_(who(path)), filled(path, life)
    for body, code in UNREADABLE.values():
        said = problem(await client.request(method, url, content=body, headers=JSON), 400)
        assert said["code"] == code
    for name, body in UNFIT.items():
        for language in ({}, ENGLISH):
            said = problem(await client.request(method, url, content=body, headers=JSON | language), 422)
            assert name != "unknown field" or "/no_such_field" in [error["pointer"] for error in said["errors"]]
    huge = b'{"note":"' + b"a" * api.here.settings.max_body_bytes + b'"}'
    assert problem(await client.request(method, url, content=huge, headers=JSON), 413)["code"] == "too-large"
    for kind in ({"Content-Type": "text/plain"}, {}):
        fault = problem(await client.request(method, url, content=b'{"x":1}', headers=kind), 422)["errors"][-1]
        assert (fault["pointer"], fault["code"]) == ("/header/Content-Type", "content-type")
    problem(await client.request("TRACE", url), 405)
    assert await fingerprint(api) == before


NEVER = ("a\x00b", "\ud800")
"""Fit for no field at all: the database could not keep them."""
WRONG_VALUES: tuple[Any, ...] = (*NEVER, {"x": {}}, [[]], "长" * 30_000, -(10**30))


@pytest.mark.parametrize(("method", "path"), WITH_BODY, ids=ids(WITH_BODY))
async def test_wrong_values_in_every_field(api: Api, life: Life, method: str, path: str) -> None:
    before = await fingerprint(api)
    client, url = api.as_(who(path)), filled(path, life)
    schema = json_body(method, path) or {}
    names = properties(schema)
    assert names, "the body has no described fields"
    for name in names:
        for value in WRONG_VALUES:
            answer = await client.request(method, url, content=json.dumps({name: value}).encode(), headers=JSON)
            said = problem(answer, 422)
            pointers = [error["pointer"] for error in said["errors"]]
            # Other values fit one field or another, and it is a missing one that is refused.
            assert value not in NEVER or any(pointer.startswith(f"/{name}") for pointer in pointers), (name, value)
    assert await fingerprint(api) == before


RAW = (
    "%00",
    "%ff",
    "%ED%A0%80",
    "",
    "-1",
    "0",
    "1e999",
    "NaN",
    "9" * 40,
    "%EF%BC%99",
    "x" * 1000,
    "%27%20OR%201=1",
    "..%2f..",
)
WITH_QUERY = [
    (method, path)
    for method, path in OPERATIONS
    if any(p["in"] == "query" for p in DESCRIPTION["paths"][path][method].get("parameters", []))
]


@pytest.mark.parametrize(("method", "path"), WITH_QUERY, ids=ids(WITH_QUERY))
async def test_wrong_parameters(api: Api, life: Life, method: str, path: str) -> None:
    before = await fingerprint(api)
    parameters = DESCRIPTION["paths"][path][method]["parameters"]
    for parameter in parameters:
        if parameter["in"] != "query" or parameter["name"] == "code":
            continue  # guesses of the query code are limited; test_wrong_input.py tries them
        for raw in RAW:
            url = f"{filled(path, life)}?{parameter['name']}={raw}"
            answer = await api.as_(who(path)).request(method, url)
            if answer.status_code != 200:
                said = problem(answer, 422)
                # A call that wants a body says that it has none.
                assert method == "post" or all(error["pointer"].startswith("/query/") for error in said["errors"]), url
    assert await fingerprint(api) == before


WITH_NAME = [(method, path) for method, path in OPERATIONS if "{" in path and not path.startswith("/public")]


@pytest.mark.parametrize(("method", "path"), WITH_NAME, ids=ids(WITH_NAME))
async def test_names_of_things_that_do_not_exist(api: Api, life: Life, method: str, path: str) -> None:
    before = await fingerprint(api)
    head, tail = path.split("{")[0], path.split("}")[1]
    body = b'{"note":"x"}' if method in ("post", "patch") else None
    for raw in RAW:
        if raw in ("", "..%2f.."):
            continue  # another path altogether
        answer = await api.as_(who(path)).request(method, f"{head}{raw}{tail}", content=body, headers=JSON)
        problem(answer, {404, 422})
    assert await fingerprint(api) == before


@pytest.mark.parametrize("path", DESCRIPTION["paths"])
async def test_wrong_methods_and_nobody(api: Api, life: Life, path: str) -> None:
    url = filled(path, life)
    for method in METHODS:
        if method not in DESCRIPTION["paths"][path]:
            for language in ({}, ENGLISH):
                answer = await api.as_(who(path)).request(method, url, headers=language)
                assert problem(answer, 405)["code"] == "method-not-allowed"
                there = {known.upper() for known in METHODS if known in DESCRIPTION["paths"][path]}
                assert set(answer.headers["allow"].split(", ")) >= there | ({"HEAD"} if "GET" in there else set())
        elif not path.startswith(PUBLIC):
            problem(await api.as_().request(method, url, content=b"{}", headers=JSON), {401, 422})
            if json_body(method, path) is None and path != STREAMED:
                problem(await api.as_().request(method, url), 401)


def test_this_covers_what_there_is() -> None:
    assert len(WITH_BODY) > 40
    assert len(WITH_QUERY) > 10
