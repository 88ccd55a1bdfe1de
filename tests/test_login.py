"""Login, tokens and what ends them: guesses are slowed down, nothing tells whether a user exists, ends are immediate."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from conftest import settings_for

from app.services.throttle import SHARED, seconds_left
from support.api import Api, serve

PASSWORD = "demo"
ATTEMPTS = 5


@pytest.fixture(scope="module")
async def strict(database_copy: str, workspace: Path) -> AsyncIterator[Api]:
    """A second process on the same database, with few attempts at a login."""
    async with serve(settings_for(database_copy, workspace, login_attempts=ATTEMPTS)) as running:
        yield running


@pytest.fixture
async def calm(api: Api) -> None:
    """No failures counted yet, and the window does not end in the middle of a test."""
    left = seconds_left(datetime.now(UTC))
    await asyncio.sleep(left + 0.1 if left < 90 else 0)
    async with api.here.database.connection() as connection:
        await connection.execute("DELETE FROM throttle")


async def log_in(api: Api, username: str = "operator", password: str = PASSWORD) -> httpx.Response:
    return await api.as_().post("/v1/auth/token", data={"username": username, "password": password})


async def me(api: Api, token: str) -> httpx.Response:
    return await api.as_().get("/v1/auth/me", headers={"Authorization": f"Bearer {token}"})


async def until(check: Any, seconds: float = 5) -> None:
    """Wait for another process to have heard the news."""
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "the news did not arrive"
        await asyncio.sleep(0.01)


@pytest.mark.usefixtures("calm")
async def test_a_right_password_gives_a_token(api: Api) -> None:
    answer = await log_in(api)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 480 * 60
    who = (await me(api, answer.json()["access_token"])).json()
    assert (who["username"], who["kind"], who["unit_code"], who["roles"]) == (
        "operator",
        "user",
        "centre",
        ["operator"],
    )
    assert "request.file" in who["permissions"]
    assert (await api.as_().post("/v1/auth/token", json={"username": "operator"})).status_code == 422


@pytest.mark.usefixtures("calm")
async def test_nothing_tells_whether_a_user_exists(api: Api) -> None:
    async def took(username: str) -> float:
        begin = time.perf_counter()
        answer = await log_in(api, username, "wrong")
        assert answer.status_code == 401
        return time.perf_counter() - begin

    known, unknown, odd = [await log_in(api, name, "wrong") for name in ("operator", "nobody", "a\0b")]
    assert known.content == unknown.content == odd.content
    assert known.json()["code"] == "wrong-credentials"
    assert known.headers["www-authenticate"] == "Bearer"
    fastest = {name: min([await took(name) for _ in range(4)]) for name in ("operator", "nobody")}
    assert fastest["nobody"] > fastest["operator"] / 2, "an unknown name costs what a wrong password costs"


@pytest.mark.usefixtures("calm")
async def test_guesses_run_out_and_then_even_the_right_one_is_refused(strict: Api) -> None:
    for _ in range(ATTEMPTS):
        assert (await log_in(strict, "dispatcher", "wrong")).status_code == 401
    for password in ("wrong", PASSWORD):
        refused = await log_in(strict, "dispatcher", password)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-attempts")
        assert 0 < int(refused.headers["retry-after"]) <= 900
    assert (await log_in(strict, "DISPATCHER", PASSWORD)).status_code == 429, "capitals do not get around it"
    assert (await log_in(strict, "expert", PASSWORD)).status_code == 200, "colleagues behind the same address may"
    for number in range(ATTEMPTS * (SHARED - 1)):
        await log_in(strict, f"nobody{number}", "wrong")
    assert (await log_in(strict, "expert", PASSWORD)).status_code == 429, "until the address has failed too often"


@pytest.mark.usefixtures("calm")
async def test_guesses_side_by_side_are_all_counted(strict: Api) -> None:
    guesses = await asyncio.gather(
        *(log_in(strict, "supervisor", f"guess {number}") for number in range(30)), log_in(strict, "supervisor")
    )
    statuses = [answer.status_code for answer in guesses]
    assert statuses.count(401) <= ATTEMPTS
    assert set(statuses) <= {401, 429}, "the right one came too late"
    assert (await log_in(strict, "supervisor")).status_code == 429


@pytest.mark.usefixtures("calm")
async def test_a_success_forgives_the_name(strict: Api) -> None:
    for _ in range(2):
        for _ in range(2):
            await log_in(strict, "auditor", "wrong")
        assert (await log_in(strict, "auditor")).status_code == 200


async def test_tokens_that_are_not_ours(api: Api) -> None:
    keys, users = api.here.keys, api.here.reference.now.identities.users.values()
    user = next(user for user in users if user.username == "admin")
    good = keys.issue_token(user.id, user.token_version, timedelta(hours=1))
    assert (await me(api, good)).status_code == 200
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = jwt.get_unverified_header(good)["kid"]
    richer = base64.urlsafe_b64encode(b'{"sub":"1","ver":1,"exp":9999999999}').decode().rstrip("=")
    forged = {
        "expired": keys.issue_token(user.id, user.token_version, timedelta(seconds=-1)),
        "of an earlier version": keys.issue_token(user.id, user.token_version - 1, timedelta(hours=1)),
        "of nobody": keys.issue_token(10**9, 1, timedelta(hours=1)),
        "with other claims": f"{head}.{richer}.{signature}",
        "with another signature": f"{head}.{body}.{'A' * len(signature)}",
        "without signature": f"{head}.{body}.",
        "alg none": jwt.encode(claims, None, "none", {"kid": kid}),
        "of another key": jwt.encode(claims, b"x" * 32, "HS256", {"kid": kid}),
        "of an unknown key": jwt.encode(claims, b"x" * 32, "HS256", {"kid": "k9"}),
        "no token": "x.y.z",
        "a key of nobody": "hk_" + "x" * 43,
    }
    for name, token in forged.items():
        answer = await me(api, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), name
    for header in ("", "Bearer", f"Basic {good}", f"Bearer{good}"):
        assert (await api.as_().get("/v1/auth/me", headers={"Authorization": header})).status_code == 401, header


@pytest.mark.usefixtures("calm")
async def test_a_changed_password_ends_old_tokens(api: Api, strict: Api) -> None:
    first, second = [(await log_in(api, "callback")).json()["access_token"] for _ in range(2)]
    headers = {"Authorization": f"Bearer {first}"}
    new = "  a pass phrase with blanks around  "
    wrong = await api.as_().post(
        "/v1/auth/password", json={"current_password": "wrong", "new_password": new}, headers=headers
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current_password")
    done = await api.as_().post(
        "/v1/auth/password", json={"current_password": PASSWORD, "new_password": new}, headers=headers
    )
    assert done.status_code == 204
    for token in (first, second):
        assert (await me(api, token)).status_code == 401

    async def ended_elsewhere() -> bool:
        return (await me(strict, second)).status_code == 401

    await until(ended_elsewhere)
    assert (await log_in(api, "callback")).status_code == 401
    assert (await log_in(api, "callback", new)).status_code == 200, "a password is taken as it is typed"


async def test_other_processes_hear_of_it(api: Api, strict: Api) -> None:
    made = await api.as_("admin").post("/v1/api-keys", json={"name": "机器", "scopes": ["catalogue.read"]})
    key = made.json()["key"]

    async def key_works() -> bool:
        return (await me(strict, key)).status_code == 200

    async def key_is_dead() -> bool:
        return not await key_works()

    await until(key_works)
    assert (await api.as_("admin").delete(f"/v1/api-keys/{made.json()['id']}")).status_code == 204
    await until(key_is_dead)
    unit = {"code": "heard", "name": "新设单位", "kind": "department"}
    await api.as_("admin").post("/v1/units", json=unit)
    await api.as_("admin").post(
        "/v1/routing-rules", json={"category_prefix": "0203", "unit_code": "heard", "priority": 99}
    )

    async def rule_is_known() -> bool:
        found = await strict.as_("dispatcher").get("/v1/routing-rules:explain", params={"category_code": "0203"})
        return found.json()["unit"]["code"] == "heard"

    await until(rule_is_known)
