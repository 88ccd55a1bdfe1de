"""The words of messages: seeded, edited by administrators, previewed; a placeholder that is not allowed is refused."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for

from app.domain.notices import PLACEHOLDERS
from support.api import Api, serve
from support.messages import PERSON, messages, tell

FORM = {
    "key": "unit.reminded",
    "channel": "rich",
    "language": "zh",
    "title": "催办 {order_no}",
    "body": "{unit}：请办理 {order_no}。",
}
PREVIEW = "/v1/message-templates:preview"


@pytest.fixture(scope="module")
async def api(database_copy: str, workspace: Path) -> AsyncIterator[Api]:
    """With a gateway that nobody gets to: what is tested here is decided before."""
    async with serve(settings_for(database_copy, workspace, sms_url="http://127.0.0.1:9/")) as running:
        yield running


async def test_all_words_are_there(api: Api) -> None:
    page = (await api.as_("admin").get("/v1/message-templates", params={"limit": 200})).json()
    assert page["next_cursor"] is None
    assert {row["key"] for row in page["items"]} == PLACEHOLDERS.keys()
    found = (await api.as_("admin").get("/v1/message-templates", params={"key": "unit.overdue"})).json()["items"]
    assert len(found) == 4
    short = (await api.as_("admin").get("/v1/message-templates", params={"channel": "sms", "q": "提取码"})).json()
    assert {row["key"].partition(".")[0] for row in short["items"]} == {"citizen"}


async def test_changing_removing_and_adding(api: Api) -> None:
    admin, one = api.as_("admin"), "/v1/message-templates/unit.reminded.rich.zh"
    changed = await admin.patch(one, json={"body": "请办理 {order_no}。"})
    assert (changed.status_code, changed.json()["body"]) == (200, "请办理 {order_no}。")
    assert (await admin.post("/v1/message-templates", json=FORM)).json()["code"] == "already-exists"
    assert (await admin.delete(one)).status_code == 204
    made = await admin.post("/v1/message-templates", json=FORM)
    assert (made.status_code, made.json()["code"]) == (201, "unit.reminded.rich.zh")
    assert (await admin.patch(one, json={"key": "unit.overdue"})).status_code == 422


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"body": "{name}您好"}, "/body", "unknown-placeholder"),
        ({"title": "{clock}"}, "/title", "unknown-placeholder"),
        ({"body": "{unit"}, "/body", "malformed-placeholder"),
        ({"body": "{unit.name}"}, "/body", "malformed-placeholder"),
        ({"body": "{unit!r:>999999999}"}, "/body", "malformed-placeholder"),
        ({"body": "{" + "长" * 1900 + "}"}, "/body", "unknown-placeholder"),
        ({"title": ""}, "/title", "required"),
        ({"title": "a\nb"}, "/title", "line-break"),
        ({"title": "a\u2028b"}, "/title", "line-break"),
        ({"title": "长" * 101}, "/title", "string-too-long"),
        ({"body": ""}, "/body", "string-too-short"),
        ({"body": "长" * 2001}, "/body", "string-too-long"),
        ({"body": "a\x00b"}, "/body", "nul-character"),
        ({"channel": "sms", "body": "长" * 301}, "/body", "string-too-long"),
        ({"channel": "fax"}, "/channel", "enum"),
        ({"language": "fr"}, "/language", "enum"),
        ({"key": "unit.no_such"}, "/key", "unknown"),
        ({"key": "citizen.news", "body": "{category}"}, "/title", "unknown-placeholder"),
        ({"name": "x"}, "/name", "extra-forbidden"),
    ],
)
async def test_what_is_refused_in_a_preview_is_refused_when_saved(
    api: Api, changes: dict[str, Any], pointer: str, code: str
) -> None:
    for path in (PREVIEW, "/v1/message-templates"):
        answer = await api.as_("admin").post(path, json={**FORM, **changes})
        assert answer.status_code == 422, answer.text
        assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    if code.endswith("placeholder"):
        assert "{ticket_no}" in answer.json()["errors"][0]["message"]


async def test_a_preview(api: Api) -> None:
    seen = (await api.as_("admin").post(PREVIEW, json=FORM)).json()
    assert (seen["title"], seen["sms_parts"]) == ("催办 20261123000128-1", 1)
    assert seen["characters"] == len(seen["text"])
    english = {**FORM, "key": "unit.overdue", "language": "en", "channel": "sms", "title": "", "body": "{clock} {due}"}
    assert (await api.as_("admin").post(PREVIEW, json=english)).json()["text"] == "the result 30 Nov 17:30"
    longer = (await api.as_("admin").post(PREVIEW, json={**FORM, "body": "长" * 71})).json()
    assert (longer["characters"], longer["sms_parts"]) == (71, 2)
    assert (await api.as_("supervisor").post(PREVIEW, json=FORM)).status_code == 403


async def test_inactive_words_are_not_sent(api: Api) -> None:
    for language in ("zh", "en"):
        one = f"/v1/message-templates/citizen.received.sms.{language}"
        assert (await api.as_("admin").patch(one, json={"active": False})).status_code == 200
    filed = await api.file(requester=PERSON, category_code=None, text="你好，想咨询一下。")
    await tell(api)
    (told,) = await messages(api, filed["ticket_no"])
    assert (told["state"], told["reason"]) == ("skipped", "no-text")
