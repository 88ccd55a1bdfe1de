"""Who may administer: every writing call of the catalogue and of identity, every role that may not."""

import pytest

from app.services.catalogue.nouns import NOUNS, ROLES
from support.api import Api

KEYS = {"code": "0203", "id": "1", "day": "2027-03-01"}
STAFF = ["operator", "dispatcher", "expert", "callback", "supervisor", "auditor", "unit-housing"]


def writes() -> list[tuple[str, str]]:
    """Every writing call, but those on API keys, which people have of their own."""
    calls = [("POST", "/v1/users"), ("PATCH", "/v1/users/operator"), ("POST", "/v1/users/operator/password")]
    for noun in (*NOUNS, ROLES):
        one = f"/v1/{noun.path}/{KEYS[noun.key]}"
        calls += [("POST", f"/v1/{noun.path}"), ("PATCH", one)]
        if noun.removable:
            calls.append(("DELETE", one))
    return calls


@pytest.mark.parametrize("role", STAFF)
async def test_only_administrators_write(api: Api, role: str) -> None:
    for method, path in writes():
        answer = await api.as_(role).request(method, path, json=None if method == "DELETE" else {})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, path)


async def test_nobody_writes_or_reads(api: Api) -> None:
    reads = [("GET", f"/v1/{noun.path}") for noun in (*NOUNS, ROLES)]
    reads += [("GET", "/v1/users"), ("GET", "/v1/api-keys"), ("POST", "/v1/api-keys"), ("DELETE", "/v1/api-keys/1")]
    reads += [("GET", "/v1/routing-rules:explain?category_code=0203"), ("GET", "/v1/calendar:check?day=2026-11-21")]
    for method, path in [*writes(), *reads]:
        answer = await api.as_().request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)


async def test_who_reads_what(api: Api) -> None:
    for noun in NOUNS:
        for role in STAFF:
            assert (await api.as_(role).get(f"/v1/{noun.path}")).status_code == 200, (role, noun.path)
    for path in ("/v1/users", "/v1/roles"):
        assert (await api.as_("auditor").get(path)).status_code == 200
        for role in ("operator", "dispatcher", "unit-housing"):
            assert (await api.as_(role).get(path)).status_code == 403


async def test_what_is_deactivated_cannot_be_deleted(api: Api) -> None:
    for path in ("/v1/units/housing", "/v1/areas/990100001000", "/v1/categories/0203", "/v1/users/operator"):
        assert (await api.as_("admin").delete(path)).status_code == 405
