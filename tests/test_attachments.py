"""Attachments over HTTP: who may add, see, fetch and remove which, in what order, and what is refused."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest

from support.api import Api
from support.lives import ABOVE, STRANGER, UNIT, Life, live
from support.problems import fingerprint, problem
from support.samples import GOOD, phone_photo, picture

TXT = GOOD["txt"][0]
CUT_OFF = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'
HANDLER = f"unit-{UNIT}"


async def send(
    api: Api, who: str | None, life: Life, content: bytes = TXT, name: str = "情况.txt", **options: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": options.pop("key")} if "key" in options else {}
    base = "/public/requests" if who is None else "/v1/requests"
    if who is None:
        options = {"code": life.code, **options}
    return await api.as_(who).post(
        f"{base}/{life.ticket_no}/attachments", files={"file": (name, content)}, data=options, headers=headers
    )


async def sent(api: Api, who: str | None, life: Life, *args: Any, **options: Any) -> dict[str, Any]:
    answer = await send(api, who, life, *args, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(api: Api, who: str, life: Life) -> list[dict[str, Any]]:
    return (await api.as_(who).get(f"/v1/requests/{life.ticket_no}/attachments")).json()["items"]


def stored(api: Api) -> int:
    folder = api.here.settings.data_dir / "files"
    return sum(1 for path in folder.rglob("*") if path.is_file())


async def timeline(api: Api, who: str, life: Life) -> list[dict[str, Any]]:
    return (await api.as_(who).get(f"/v1/requests/{life.ticket_no}/timeline")).json()["items"]


async def progress(api: Api, life: Life) -> dict[str, Any]:
    return (await api.as_().get(f"/public/requests/{life.ticket_no}", params={"code": life.code})).json()


async def test_a_units_photo_is_kept_listed_told_and_fetched(api: Api) -> None:
    life = await live(api, "in progress")
    made = await sent(api, HANDLER, life, phone_photo(), "../修好的路灯.png", note="维修后", public="true")
    assert made["number"] == f"{life.ticket_no}-F1"
    assert (made["filename"], made["content_type"], made["kind"]) == ("修好的路灯.jpg", "image/jpeg", "image")
    assert (made["work_order_no"], made["note"], made["public"]) == (life.order_no, "维修后", True)
    assert await listed(api, "dispatcher", life) == [made]
    last = (await timeline(api, HANDLER, life))[-1]
    assert (last["kind"], last["actor"], last["payload"]["attachment"]) == ("attachment.added", HANDLER, made["number"])
    feed = (await api.as_(HANDLER).get("/v1/feed?after=")).json()["items"]
    assert [item["kind"] for item in feed if item["ticket_no"] == life.ticket_no][-1] == "attachment.added"
    seen = await progress(api, life)
    assert seen["timeline"][-1]["step"] == "已上传附件"
    assert [(file["n"], file["own"]) for file in seen["attachments"]] == [(1, False)]
    answer = await api.as_("dispatcher").get(f"/v1/attachments/{made['number']}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment; filename=\"file.jpg\"; filename*=UTF-8''%E4")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["etag"] == f'"{made["sha256"]}"'
    assert len(answer.content) == made["size"]
    assert b"HIDDENMAKER" not in answer.content


async def test_what_is_not_public_is_not_the_citizens(api: Api) -> None:
    life = await live(api, "in progress")
    await sent(api, HANDLER, life)
    seen = await progress(api, life)
    assert seen["attachments"] == []
    assert all(step["kind"] != "attachment.added" for step in seen["timeline"])
    path = f"/public/requests/{life.ticket_no}/attachments/1"
    problem(await api.as_().get(path, params={"code": life.code}), 404)


async def test_a_citizen_adds_a_file_with_the_code(api: Api) -> None:
    life = await live(api, "assigned")
    made = await sent(api, None, life, picture("PNG"), "我家门口 13800000000.png", note="门口")
    assert (made["n"], made["own"], made["content_type"]) == (1, True, "image/png")
    assert "13800000000" not in made["filename"]
    (shown,) = (await progress(api, life))["attachments"]
    assert {**shown, "uploaded_at": None} == {**made, "uploaded_at": None}
    [item] = await listed(api, HANDLER, life)
    assert (item["uploaded_by_kind"], item["public"]) == ("citizen", True)
    path = f"/public/requests/{life.ticket_no}/attachments/1"
    assert (await api.as_().get(path, params={"code": life.code})).headers["content-type"] == "image/png"
    for n, code, status in ((1, "AAAAAAAAA", 404), (2, life.code, 404), (0, life.code, 422), (10**6, life.code, 422)):
        problem(await api.as_().get(f"{path[:-1]}{n}", params={"code": code}), status)


async def test_a_citizen_with_a_wrong_code_leaves_nothing(api: Api) -> None:
    life, other = await live(api, "assigned"), await live(api, "assigned")
    before, files = await fingerprint(api), stored(api)
    for code, status in (("AAAAAAAAA", 404), (other.code, 404), ("", 422), ("x" * 41, 422), ("a\0b", 422)):
        problem(await send(api, None, life, code=code), status)
    assert (await fingerprint(api), stored(api)) == (before, files)


async def test_parts_and_unchanged_files(api: Api) -> None:
    life = await live(api, "in progress")
    content = GOOD["wav"][0]
    made = await sent(api, HANDLER, life, content, "录音.wav")
    client, path = api.as_(HANDLER), f"/v1/attachments/{made['number']}"
    size, etag = len(content), f'"{made["sha256"]}"'
    for wanted, start, end in (
        ("bytes=0-9", 0, 10), ("bytes=10-", 10, size), ("bytes=-7", size - 7, size), (f"bytes=5-{size * 9}", 5, size),
    ):  # fmt: skip
        answer = await client.get(path, headers={"Range": wanted})
        assert (answer.status_code, answer.content) == (206, content[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for wanted in ("bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=x-y"):
        assert (await client.get(path, headers={"Range": wanted})).content == content
    for wanted in (f"bytes={size}-", "bytes=9-3", "bytes=-0"):
        answer = await client.get(path, headers={"Range": wanted})
        assert problem(answer, 416)["code"] == "no-such-range"
        assert answer.headers["content-range"] == f"bytes */{size}"
    assert (await client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"old"'})).status_code == 200
    whole = await client.head(path, headers={"Range": "bytes=0-1"})
    assert (whole.status_code, whole.headers["content-length"], whole.content) == (200, str(size), b""), (
        "HEAD has no parts"
    )
    assert (await client.get(path, headers={"Range": "bytes=0-1", "If-Range": etag})).status_code == 206
    for known in (etag, f'"x", W/{etag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")


async def test_who_may_do_what(api: Api) -> None:
    life = await live(api, "in progress")
    made = await sent(api, HANDLER, life)
    path = f"/v1/attachments/{made['number']}"
    problem(await send(api, "auditor", life), 403)
    problem(await send(api, f"unit-{STRANGER}", life), 404)
    problem(await api.as_(f"unit-{STRANGER}").get(path), 404)
    problem(await api.as_(f"unit-{STRANGER}").get(f"/v1/requests/{life.ticket_no}/attachments"), 404)
    problem(await api.as_(f"unit-{STRANGER}").delete(path), 404)
    problem(await api.as_("auditor").delete(path), 403)
    problem(await api.as_("operator").delete(path), 403)
    problem(await api.as_().get(path), 401)
    assert (await api.as_(f"unit-{ABOVE}").get(path)).status_code == 200
    assert (await api.as_("auditor").get(path)).status_code == 200


@pytest.mark.parametrize("filing", [{"confidential": True}, {"kind": "report"}], ids=["confidential", "report"])
async def test_a_secret_matter_hides_voice_face_and_names(api: Api, filing: dict[str, Any]) -> None:
    life = await live(api, "in progress", **filing)
    await sent(api, None, life, GOOD["jpg"][0], "张三和我.jpg", note="我是张三")
    await sent(api, "operator", life, GOOD["wav"][0], "张三的录音.wav")
    await sent(api, None, life, GOOD["pdf"][0], "张三的信.pdf")
    await sent(api, "dispatcher", life, GOOD["txt"][0], "给承办单位.txt")
    own = await sent(api, HANDLER, life, GOOD["png"][0], "现场.png")
    items = await listed(api, HANDLER, life)
    assert [item["filename"] for item in items] == ["附件1", "附件2", "附件3", "附件4", "现场.png"]
    assert [item["withheld"] for item in items] == [True, True, True, False, False]
    assert [item["sha256"] is None for item in items] == [True, True, True, True, False]
    assert items[0]["note"] == "（保密）"
    for item in items:
        answer = await api.as_(HANDLER).get(f"/v1/attachments/{item['number']}")
        if item["withheld"]:
            assert "保密" in problem(answer, 403)["detail"]
        assert answer.status_code == (403 if item["withheld"] else 200)
        assert (await api.as_("dispatcher").get(f"/v1/attachments/{item['number']}")).status_code == 200
    assert (await listed(api, "dispatcher", life))[0]["filename"] == "张三和我.jpg"
    assert own["filename"] == "现场.png"
    everything = str(await timeline(api, HANDLER, life)) + (await api.as_(HANDLER).get("/v1/feed?after=")).text
    assert "张三" not in everything


async def test_removing_erases_the_file_and_the_history_tells_it(api: Api) -> None:
    life = await live(api, "in progress")
    mine, citizens = await sent(api, HANDLER, life, public="true"), await sent(api, None, life)
    files = stored(api)
    problem(await api.as_(HANDLER).delete(f"/v1/attachments/{life.ticket_no}-F{citizens['n']}"), 403)
    assert (await api.as_(HANDLER).delete(f"/v1/attachments/{mine['number']}")).status_code == 204
    assert (await api.as_("dispatcher").delete(f"/v1/attachments/{life.ticket_no}-F2")).status_code == 204
    assert stored(api) == files - 2
    for who in (HANDLER, "dispatcher"):
        problem(await api.as_(who).delete(f"/v1/attachments/{mine['number']}"), 404)
        problem(await api.as_(who).get(f"/v1/attachments/{mine['number']}"), 404)
    assert await listed(api, "dispatcher", life) == []
    assert (await progress(api, life))["attachments"] == []
    told = [
        (item["kind"], item["actor"], item["payload"]["attachment"][-2:])
        for item in (await timeline(api, "auditor", life))[-2:]
    ]
    assert told == [("attachment.removed", HANDLER, "F1"), ("attachment.removed", "dispatcher", "F2")]
    async with api.here.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT removed_by, storage_key FROM attachment WHERE number LIKE $1 ORDER BY number", f"{life.ticket_no}%"
        )
    assert [tuple(row) for row in rows] == [(HANDLER, None), ("dispatcher", None)]
    assert (await sent(api, HANDLER, life))["number"].endswith("-F3"), "a number is never given twice"


async def test_a_finished_request_takes_no_more(api: Api) -> None:
    life = await live(api, "rated")
    mine = await sent(api, HANDLER, life)
    await api.step("dispatcher", life.path("request", "close"))
    before, files = await fingerprint(api), stored(api)
    for who in (HANDLER, "dispatcher", None):
        assert problem(await send(api, who, life), 409)["code"] == "request-over"
    assert problem(await api.as_(HANDLER).delete(f"/v1/attachments/{mine['number']}"), 409)["code"] == "request-over"
    assert (await fingerprint(api), stored(api)) == (before, files)
    assert (await api.as_("dispatcher").delete(f"/v1/attachments/{mine['number']}")).status_code == 204


async def test_the_same_key_keeps_one_file(api: Api) -> None:
    life = await live(api, "in progress")
    files = stored(api)
    for who, key in ((HANDLER, "k-1"), (None, "k-2")):
        first = await send(api, who, life, key=key)
        again = await send(api, who, life, key=key)
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert problem(await send(api, who, life, b"other", key=key), 409)["code"] == "idempotency-mismatch"
        assert problem(await send(api, who, life, note="other", key=key), 409)["code"] == "idempotency-mismatch"
    answers = await asyncio.gather(*(send(api, HANDLER, life, key="k-3") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert stored(api) == files + 3
    assert len(await listed(api, HANDLER, life)) == 3
    problem(await send(api, HANDLER, life, key="schlüssel".encode("latin-1")), 422)


async def test_many_at_once_get_numbers_without_gap_up_to_the_limit(api: Api) -> None:
    life = await live(api, "in progress")
    files = stored(api)
    most = api.here.settings.attachments_per_request
    answers = await asyncio.gather(*(send(api, (HANDLER, "operator", None)[n % 3], life) for n in range(most + 8)))
    assert sorted(answer.status_code for answer in answers) == [201] * most + [409] * 8
    assert {problem(answer, 409)["code"] for answer in answers if answer.status_code == 409} == {"too-many-attachments"}
    numbers = [item["number"] for item in await listed(api, HANDLER, life)]
    assert numbers == [f"{life.ticket_no}-F{n}" for n in range(1, most + 1)]
    events = [item["seq"] for item in await timeline(api, "auditor", life)]
    assert events == list(range(1, len(events) + 1))
    assert stored(api) == files + most
    assert (await api.as_("dispatcher").delete(f"/v1/attachments/{numbers[0]}")).status_code == 204
    assert (await sent(api, HANDLER, life))["number"].endswith(f"-F{most + 1}")
    problem(await send(api, HANDLER, life), 409)


async def test_wrong_bodies_are_refused_and_leave_nothing(api: Api) -> None:
    life = await live(api, "in progress")
    before, files = await fingerprint(api), stored(api)
    client, path = api.as_(HANDLER), f"/v1/requests/{life.ticket_no}/attachments"
    limit = api.here.settings.attachment_max_bytes
    for size in (limit + 1, limit + 2**20, limit * 3):
        answer = await client.post(path, files={"file": ("a.txt", b"a" * size)})
        assert "20 MB" in problem(answer, 413)["detail"]
    with suppress(httpx.TransportError):  # nobody reads that much; the answer may be lost with the connection
        problem(await client.post(path, files={"file": ("a.txt", b"a" * limit * 5)}), 413)
    refused = [
        ({"files": {"file": ("a.txt", b"")}}, 422, "/file"),
        ({"files": {"file": ("a.exe", b"MZ\x90\0")}}, 422, "/file"),
        ({"files": {"photo": ("a.txt", TXT)}}, 422, "/photo"),
        ({"files": {"x": ("", b"")}, "data": {"note": "x"}}, 422, "/file"),
        ({"files": {"file": (None, "text")}}, 422, "/file"),
        ({"files": {"file": ("a.txt", TXT)}, "data": {"public": "vielleicht"}}, 422, "/public"),
        ({"files": {"file": ("a.txt", TXT)}, "data": {"note": "a\0b"}}, 422, "/note"),
        ({"files": {"file": ("a.txt", TXT)}, "data": {"note": "长" * 4001}}, 422, "/note"),
        ({"files": {"file": ("a.txt", TXT)}, "data": {"owner": "x"}}, 422, "/owner"),
        ({"files": {"file": ("a.txt", TXT)}, "data": {"note": ["a", "b"]}}, 400, None),
        ({"files": [("file", ("a.txt", TXT)), ("file", ("b.txt", TXT))]}, 400, None),
        ({"json": {"file": "x"}}, 400, None),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, None),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400, None),
        ({"content": b"--b\r\n\r\nx", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400, None),
        ({"content": CUT_OFF, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422, "/file"),
        ({}, 400, None),
    ]
    for options, status, pointer in refused:
        for language in ({}, {"Accept-Language": "en"}):
            given = {**options, "headers": {**options.get("headers", {}), **language}}
            said = problem(await client.post(path, **given), status)
            assert pointer is None or pointer in [error["pointer"] for error in said["errors"]], options
    assert (await fingerprint(api), stored(api)) == (before, files)
