"""Users and roles: what administrators may make of them, and what they may not do to themselves."""

import asyncio
from typing import Any

import httpx
import pytest

from support.api import Api

FORM = {"username": "li.ming", "display_name": "李明", "password": "correct horse", "roles": ["operator"]}


async def made(api: Api, **form: Any) -> dict[str, Any]:
    answer = await api.as_("admin").post("/v1/users", json={**FORM, **form})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patch(api: Api, username: str, **form: Any) -> httpx.Response:
    return await api.as_("admin").patch(f"/v1/users/{username}", json=form)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def new_login(api: Api, username: str) -> None:
    """Forget the client whose token has ended."""
    if client := api._clients.pop(username, None):
        await client.aclose()


async def log_in(api: Api, username: str, password: str) -> httpx.Response:
    return await api.as_().post("/v1/auth/token", data={"username": username, "password": password})


async def test_a_user_from_first_to_last_day(api: Api) -> None:
    user = await made(api, unit_code="centre")
    assert user.pop("created_at")
    assert user == {
        "username": "li.ming",
        "display_name": "李明",
        "unit_code": "centre",
        "roles": ["operator"],
        "active": True,
    }
    token = (await log_in(api, "li.ming", "correct horse")).json()["access_token"]
    me = await api.as_().get("/v1/auth/me", headers=bearer(token))
    assert me.json()["roles"] == ["operator"]
    assert (await api.as_("admin").post("/v1/users", json=FORM)).json()["code"] == "already-exists"
    assert (await patch(api, "li.ming", display_name="李明明")).json()["display_name"] == "李明明"
    assert (await api.as_().get("/v1/auth/me", headers=bearer(token))).status_code == 200, "a name ends no token"
    changed = await patch(api, "li.ming", roles=["operator", "callback_agent"])
    assert changed.json()["roles"] == ["callback_agent", "operator"]
    assert (await api.as_().get("/v1/auth/me", headers=bearer(token))).status_code == 401, "other roles do"
    token = (await log_in(api, "li.ming", "correct horse")).json()["access_token"]
    assert (await patch(api, "li.ming", active=False)).json()["active"] is False
    assert (await api.as_().get("/v1/auth/me", headers=bearer(token))).status_code == 401
    assert (await log_in(api, "li.ming", "correct horse")).status_code == 401
    await patch(api, "li.ming", active=True)
    assert (await api.as_().get("/v1/auth/me", headers=bearer(token))).status_code == 401, "an ended token stays so"
    listed = await api.as_("auditor").get("/v1/users", params={"q": "li.ming"})
    assert [row["username"] for row in listed.json()["items"]] == ["li.ming"]
    assert "password" not in listed.text


@pytest.mark.parametrize(
    ("form", "pointer", "code"),
    [
        ({"username": "Li"}, "/username", "string-pattern-mismatch"),
        ({"username": "x"}, "/username", "string-pattern-mismatch"),
        ({"username": "李明"}, "/username", "string-pattern-mismatch"),
        ({"username": "a" * 65}, "/username", "string-pattern-mismatch"),
        ({"password": "short"}, "/password", "string-too-short"),
        ({"roles": []}, "/roles", "too-short"),
        ({"roles": ["king"]}, "/roles/0", "unknown"),
        ({"roles": ["operator", "Queen"]}, "/roles/1", "string-pattern-mismatch"),
        ({"roles": ["handler"]}, "/unit_code", "required"),
        ({"unit_code": "nobody"}, "/unit_code", "unknown"),
        ({"active": "yes"}, "/active", "bool-type"),
        ({"token_version": 7}, "/token_version", "extra-forbidden"),
    ],
)
async def test_users_that_cannot_be(api: Api, form: dict[str, Any], pointer: str, code: str) -> None:
    answer = await api.as_("admin").post("/v1/users", json={**FORM, "username": "somebody", **form})
    found = [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert (answer.status_code, found) == (422, [(pointer, code)])
    assert (await api.as_("admin").get("/v1/users/somebody")).status_code == 404


async def test_who_handles_needs_an_open_unit(api: Api) -> None:
    await made(api, username="handler.one", roles=["handler"], unit_code="housing")
    assert (await patch(api, "handler.one", unit_code=None)).json()["errors"][0]["pointer"] == "/unit_code"
    await api.as_("admin").post(
        "/v1/units", json={"code": "shut", "name": "已停用", "kind": "department", "active": False}
    )
    assert (await patch(api, "handler.one", unit_code="shut")).json()["errors"][0]["code"] == "unknown"
    assert (await patch(api, "nobody.at.all", active=False)).status_code == 404
    assert (await patch(api, "handler.one")).json()["errors"][0]["code"] == "nothing-to-change"


async def test_nobody_locks_everybody_out(api: Api) -> None:
    for form in ({"active": False}, {"roles": ["operator"]}):
        answer = await patch(api, "admin", **form)
        assert (answer.status_code, answer.json()["code"]) == (409, "own-account")
    assert (await patch(api, "admin", roles=["admin", "operator"])).status_code == 200
    keeper = {"code": "keeper", "name": "账号管理", "permissions": ["identity.read", "identity.write"]}
    assert (await api.as_("admin").post("/v1/roles", json=keeper)).status_code == 401, "own roles changed: log in again"
    await new_login(api, "admin")
    assert (await api.as_("admin").post("/v1/roles", json=keeper)).status_code == 201
    await made(api, username="keeper", roles=["keeper"])
    last = await api.as_("keeper").patch("/v1/users/admin", json={"active": False})
    assert (last.status_code, last.json()["code"]) == (409, "last-admin")
    for name in ("admin.two", "admin.three"):
        await made(api, username=name, roles=["admin"])
    strip = {"json": {"roles": ["operator"]}}
    answers = await asyncio.gather(
        *(api.as_("keeper").patch(f"/v1/users/{name}", **strip) for name in ("admin", "admin.two", "admin.three"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409], "even when all go at once"
    remaining = (await api.as_("keeper").get("/v1/users", params={"role": "admin", "active": "true"})).json()["items"]
    assert len(remaining) == 1
    for name in {"admin", "admin.two", "admin.three"} - {remaining[0]["username"]}:
        again = await api.as_("keeper").patch(f"/v1/users/{name}", json={"roles": ["admin"]})
        assert again.status_code == 200
        await new_login(api, name)


async def test_a_new_password_ends_the_old_tokens(api: Api) -> None:
    await made(api, username="forgetful")
    token = (await log_in(api, "forgetful", "correct horse")).json()["access_token"]
    reset = await api.as_("admin").post("/v1/users/forgetful/password", json={"new_password": "battery staple"})
    assert reset.status_code == 204
    assert (await api.as_().get("/v1/auth/me", headers=bearer(token))).status_code == 401
    assert (await log_in(api, "forgetful", "correct horse")).status_code == 401
    assert (await log_in(api, "forgetful", "battery staple")).status_code == 200
    short = await api.as_("admin").post("/v1/users/forgetful/password", json={"new_password": "short"})
    assert short.json()["errors"][0]["pointer"] == "/new_password"
    nobody = await api.as_("admin").post("/v1/users/nobody/password", json={"new_password": "battery staple"})
    assert nobody.status_code == 404


async def test_roles_are_data(api: Api) -> None:
    admin = api.as_("admin")
    form = {"code": "observer", "name": "观察员", "permissions": ["request.read", "catalogue.read", "request.read"]}
    role = await admin.post("/v1/roles", json=form)
    assert role.json() == {**form, "permissions": ["catalogue.read", "request.read"]}
    await made(api, username="observer.one", roles=["observer"])
    assert (await api.as_("observer.one").get("/v1/users")).status_code == 403
    wider = await admin.patch("/v1/roles/observer", json={"permissions": ["identity.read", "catalogue.read"]})
    assert wider.status_code == 200
    assert (await api.as_("observer.one").get("/v1/users")).status_code == 200, "a role's change holds at once"
    in_use = await admin.delete("/v1/roles/observer")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "in-use")
    await patch(api, "observer.one", roles=["operator"])
    assert (await admin.delete("/v1/roles/observer")).status_code == 204
    for permissions, pointer in ((["request.redo"], "/permissions/0"), (["catalogue.read", "all"], "/permissions/1")):
        answer = await admin.post("/v1/roles", json={**form, "permissions": permissions})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    for answer in (
        await admin.patch("/v1/roles/admin", json={"permissions": ["catalogue.read"]}),
        await admin.delete("/v1/roles/admin"),
    ):
        assert answer.status_code == 409
