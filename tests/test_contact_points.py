"""Contact points: who may see and change them, which addresses are refused, that none can be read back, the test call."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for

from support.api import Api, serve
from support.messages import contact
from support.parties import Receiver, receiver

URL = "/v1/contact-points"
FORM = {"name": "值班", "unit_code": "water", "kind": "email", "address": "duty@example.gov.cn"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
async def api(database_copy: str, workspace: Path, gateway: Receiver) -> AsyncIterator[Api]:
    async with serve(settings_for(database_copy, workspace, sms_url=gateway.url, webhook_allow="")) as running:
        yield running


async def test_a_life(api: Api) -> None:
    admin = api.as_("admin")
    key = {"Idempotency-Key": "one"}
    made = await admin.post(URL, json=FORM, headers=key)
    assert made.status_code == 201, made.text
    assert made.json()["address"] == "d***@example.gov.cn"
    assert (await admin.post(URL, json=FORM, headers=key)).json() == made.json()
    assert (await admin.post(URL, json=FORM)).json()["code"] == "already-exists"
    one = f"{URL}/{made.json()['id']}"
    changed = await admin.patch(one, json={"address": "night@example.gov.cn", "language": "en", "active": False})
    assert changed.json() == {
        **made.json(),
        "address": "n***@example.gov.cn",
        "language": "en",
        "active": False,
    }
    assert (await admin.get(one)).json() == changed.json()
    found = await admin.get(URL, params={"unit": "water", "kind": "email", "active": "false"})
    assert found.json()["items"] == [changed.json()]
    assert (await admin.delete(one)).status_code == 204
    for answer in (await admin.get(one), await admin.delete(one), await admin.patch(one, json={"name": "x"})):
        assert answer.status_code == 404
    assert (await admin.post(f"{one}:test")).status_code == 404


async def test_pages(api: Api) -> None:
    keys = [await contact(api, unit_code="housing", kind="sms", address=f"1380000000{n}") for n in range(3)]
    page = (await api.as_("auditor").get(URL, params={"unit": "housing", "limit": 2})).json()
    rest = await api.as_("auditor").get(URL, params={"unit": "housing", "cursor": page["next_cursor"]})
    assert [row["id"] for row in [*page["items"], *rest.json()["items"]]] == keys


@pytest.mark.parametrize("who", ["operator", "dispatcher", "auditor", "supervisor", "unit-water"])
async def test_who_may(api: Api, who: str) -> None:
    client = api.as_(who)
    may_read = who in ("auditor", "supervisor")
    assert (await client.get(URL)).status_code == (200 if may_read else 403)
    for answer in (
        await client.post(URL, json=FORM),
        await client.patch(f"{URL}/1", json={"name": "x"}),
        await client.delete(f"{URL}/1"),
        await client.post(f"{URL}/1:test"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"unit_code": None}, "/unit_code", "one-owner"),
        ({"role_code": "supervisor"}, "/unit_code", "one-owner"),
        ({"unit_code": "nobody"}, "/unit_code", "unknown"),
        ({"unit_code": None, "role_code": "nobody"}, "/role_code", "unknown"),
        ({"address": "duty"}, "/address", "bad-address"),
        ({"address": "a@b\r\nBcc: c@d"}, "/address", "bad-address"),
        ({"address": "a@b, c@d"}, "/address", "bad-address"),
        ({"address": "a@b\x00"}, "/address", "nul-character"),
        ({"address": "长" * 1001}, "/address", "string-too-long"),
        ({"kind": "sms", "address": "not a number"}, "/address", "bad-address"),
        ({"kind": "sms", "address": "123"}, "/address", "bad-address"),
        ({"kind": "fax"}, "/kind", "enum"),
        ({"kind": "apprise", "address": "syslog://"}, "/address", "bad-address"),
        ({"kind": "apprise", "address": "file:///etc/passwd"}, "/address", "bad-address"),
        ({"kind": "apprise", "address": "mailto://a:b@example.com"}, "/address", "bad-address"),
        ({"kind": "apprise", "address": "wecombot://"}, "/address", "bad-address"),
        ({"kind": "apprise", "address": "json://127.0.0.1/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://localhost:8000/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "jsons://10.0.0.1/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://[::1]/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://[::ffff:127.0.0.1]/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://169.254.169.254/latest"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://2130706433/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://0.0.0.0/x"}, "/address", "inward-address"),
        ({"kind": "apprise", "address": "json://224.0.0.1/x"}, "/address", "inward-address"),
    ],
)
async def test_wrong_ones(api: Api, changes: dict[str, Any], pointer: str, code: str) -> None:
    answer = await api.as_("admin").post(URL, json={**FORM, "address": "wrong@example.gov.cn", **changes})
    assert answer.status_code == 422, answer.text
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)


async def test_no_address_is_kept_or_shown_in_the_clear(api: Api) -> None:
    addresses = {"sms": "13811112222", "email": "chief.li@example.gov.cn", "apprise": "wecombot://0c5b-secret-key"}
    for kind, address in addresses.items():
        await contact(api, unit_code="power", kind=kind, address=address)
    listed = (await api.as_("admin").get(URL, params={"unit": "power"})).text
    async with api.here.database.connection() as connection:
        stored = str([tuple(row) for row in await connection.fetch("SELECT * FROM contact_point")])
    for secret in ("13811112222", "chief.li", "0c5b-secret-key"):
        assert secret not in listed
        assert secret not in stored
    assert "138****2222" in listed


async def test_a_test_message_tells_what_became_of_it(api: Api, gateway: Receiver) -> None:
    admin = api.as_("admin")
    key = await contact(api, role_code="supervisor", kind="sms", address="13811113333")
    assert (await admin.post(f"{URL}/{key}:test")).json() == {"outcome": "sent", "reason": None}
    assert "测试消息" in gateway.texts("13811113333")[0]
    gateway.status = 503
    assert (await admin.post(f"{URL}/{key}:test")).json() == {"outcome": "retry", "reason": "gateway-503"}
    gateway.status = 403
    assert (await admin.post(f"{URL}/{key}:test")).json() == {"outcome": "refused", "reason": "gateway-403"}
    mail = await contact(api, role_code="supervisor", kind="email", address="s@example.gov.cn")
    assert (await admin.post(f"{URL}/{mail}:test")).json() == {"outcome": "skipped", "reason": "channel-off"}
