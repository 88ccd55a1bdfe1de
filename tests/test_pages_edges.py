"""What holds for every page: language, content policy, static files, errors, limits."""

import re
import tomllib

import pytest
from fastapi import Request

from app.routers.pages.errors import error_page
from app.routers.pages.texts import WEB
from support.api import Api, serve
from support.pages import browser, file_on_page, open_ticket

FORM = "application/x-www-form-urlencoded"


async def test_language_by_header_by_link_and_remembered(api: Api) -> None:
    async with browser(api) as client:
        assert '<html lang="zh-CN">' in (await client.get("/")).text
        assert "Tell us what needs doing" in (await client.get("/?lang=en")).text
        assert '<html lang="en">' in (await client.get("/track")).text
        assert '<html lang="zh-CN">' in (await client.get("/track?lang=zh")).text
    async with browser(api, **{"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}) as client:
        assert "Please write something here." in (await file_on_page(client, text="")).text


@pytest.mark.parametrize("path", ["/", "/file", "/track"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_link_to_the_other_language_leads_to_the_page_itself(api: Api, path: str, language: str) -> None:
    async with browser(api) as client:
        answer = await client.get(path, params={"lang": language})
        assert answer.status_code == 200


def test_both_languages_have_the_same_texts() -> None:
    def names(tree: dict[str, object], at: str = "") -> set[str]:
        return {
            name
            for key, value in tree.items()
            for name in (names(value, f"{at}{key}.") if isinstance(value, dict) else {at + key})
        }

    zh, en = (tomllib.loads((WEB / "texts" / f"{name}.toml").read_text("utf-8")) for name in ("zh", "en"))
    assert names(zh) == names(en)


@pytest.mark.parametrize("path", ["/", "/file", "/track", "/receipt", "/docs", "/no-such-page"])
async def test_every_page_forbids_foreign_and_inline_content(api: Api, path: str) -> None:
    async with browser(api) as client:
        answer = await client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*src=\"/)", answer.text)
        assert not re.search(r"<style| style=|https?://(?!www\.w3\.org)", answer.text)


async def test_static_files_are_kept_for_ever_only_under_their_hash(api: Api) -> None:
    async with browser(api) as client:
        url = re.search(r'href="(/static/site\.css\?v=\w+)"', (await client.get("/")).text)[1]
        kept = await client.get(url)
        assert "immutable" in kept.headers["Cache-Control"]
        plain = await client.get("/static/site.css", headers={"If-None-Match": kept.headers["ETag"]})
        assert plain.status_code == 304
        for wrong in ("nothing.css", "..%2F..%2Fmain.py", "swagger/index.html", "swagger/swagger-ui.js.map"):
            assert (await client.get(f"/static/{wrong}")).status_code == 404


async def test_errors_are_pages_for_browsers_and_problems_for_machines(api: Api) -> None:
    async with browser(api) as client:
        absent = await client.get("/no-such-page")
        assert absent.status_code == 404
        assert "没有找到这个页面" in absent.text
        assert (await client.delete("/track")).status_code == 405
        files = await client.post("/file", files={"text": ("a.txt", b"x")})
        assert files.status_code == 400
        assert "没有读懂" in files.text
        large = await client.post("/file", data={"text": "好" * 400_000})
        assert large.status_code == 413
        assert "内容太多了" in large.text
        assert (await client.get("/v1/requests")).headers["content-type"] == "application/problem+json"
        machine = await client.get("/no-such-page", headers={"Accept": "application/json"})
        assert machine.headers["content-type"] == "application/problem+json"


async def test_the_documentation_is_readable_by_its_viewer_or_absent(api: Api) -> None:
    async with browser(api) as client:
        assert 'id="swagger"' in (await client.get("/docs")).text
        described = (await client.get("/docs/openapi.json")).json()
        assert described["openapi"] == "3.0.3"
        assert "'null'" not in str(described)
    async with (
        serve(api.here.settings.model_copy(update={"docs": False})) as closed,
        browser(closed) as client,
    ):
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/docs/openapi.json")).status_code == 404
        assert 'href="/docs"' not in (await client.get("/")).text


async def test_wrong_number_and_wrong_code_look_alike_and_are_limited(api: Api) -> None:
    filed = await api.file()
    strict = api.here.settings.model_copy(update={"guess_attempts": 3})
    async with serve(strict) as guarded, browser(guarded) as client:
        async with api.here.database.connection() as connection:
            await connection.execute("DELETE FROM throttle")
        code = await client.post("/track", data={"ticket_no": filed["ticket_no"], "code": "AAA AAA AAA"})
        number = await client.post("/track", data={"ticket_no": "20200101999999", "code": filed["query_code"]})
        odd = await client.post("/track", data={"ticket_no": "abc", "code": "x"})
        assert code.status_code == number.status_code == odd.status_code == 404
        assert "没有查到。请核对流水号和提取码后再试。" in code.text
        same = code.text.replace(filed["ticket_no"], "N")
        assert same == number.text.replace("20200101999999", "N") == odd.text.replace('value="abc"', 'value="N"')
        for _ in range(2):
            await client.post("/track", data={"ticket_no": filed["ticket_no"], "code": "AAAAAAAAB"})
        limited = await open_ticket(client, filed)
        assert limited.status_code == 429
        assert int(limited.headers["Retry-After"]) > 0
        assert "查询次数有限制" in limited.text


@pytest.mark.parametrize("path", ["/file", "/track", "/track/20200101999999", "/track/１２３/rating", "/track/%00"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b""),
        (FORM, b"text=%ff%fe&kind=%00&name=%ed%a0%80&ticket_no=%00&code=%00"),
        (FORM, b"&".join(b"a%d=1" % number for number in range(100))),
        (FORM, b"form_token=" + "中".encode() * 200),
        ("application/json", b"{}"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\ngarbage"),
        ("application/x-www-form-urlencoded", "text=路灯坏了".encode("gb18030")),
        ("application/x-www-form-urlencoded; charset=gbk", b"text=%C2%B7%B5%C6%BB%B5%C1%CB"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(31))),
        (
            "multipart/form-data; boundary=x",
            'x--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n路灯坏了\r\n--x--\r\n'.encode("gb18030")[1:],
        ),
    ],
)
async def test_malformed_forms_get_a_page_and_write_nothing(api: Api, path: str, kind: str, body: bytes) -> None:
    async with browser(api) as client, api.here.database.connection() as connection:
        await connection.execute("DELETE FROM throttle")
        before = await connection.fetchval("SELECT count(*) FROM event")
        answer = await client.post(path, content=body, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500
        assert '<html lang="zh-CN">' in answer.text
        assert await connection.fetchval("SELECT count(*) FROM event") == before


async def test_signs_that_nobody_escaped_are_kept_as_they_were_typed(api: Api) -> None:
    client = api.as_()
    client.headers["content-type"] = "application/x-www-form-urlencoded"
    answer = await client.post("/file", content="text=清河佳苑南门外的路灯坏了".encode())
    assert answer.status_code == 303
    async with api.here.database.connection() as connection:
        assert (
            await connection.fetchval("SELECT text FROM service_request ORDER BY id DESC") == "清河佳苑南门外的路灯坏了"
        )


async def test_an_outage_is_told_in_the_citizens_words(api: Api) -> None:
    async with serve(api.here.settings) as broken, browser(broken) as client:
        await broken.here.database.close()
        answer = await file_on_page(client)
        assert answer.status_code >= 500
        assert '<html lang="zh-CN">' in answer.text
        assert "系统" in answer.text


async def test_number_and_code_may_be_as_wide_as_a_chinese_keyboard_types(api: Api) -> None:
    filed = await api.file()
    wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789ABCDEFGHJKMNPQRSTUVWXYZ-"}
    code = f"{filed['query_code'][:4]}-{filed['query_code'][4:]}".translate(wide)
    sent = {"ticket_no": filed["ticket_no"].translate(wide), "code": f" {code}　"}
    assert (await api.as_().post("/track", data=sent)).status_code == 303


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({}, ["请填写流水号。", "请填写提取码。"]),
        ({"ticket_no": " ", "code": "ABC DEF GHJ"}, ["请填写流水号。"]),
        ({"ticket_no": "20261121000017"}, ["请填写提取码。"]),
    ],
)
async def test_an_empty_look_up_is_asked_to_be_filled_in(api: Api, sent: dict[str, str], asked: list[str]) -> None:
    async with browser(api) as client:
        answer = await client.post("/track", data=sent)
        assert answer.status_code == 422
        assert re.findall("请填写..码?号?。", answer.text) == asked
        assert "没有查到" not in answer.text
        assert ('value="20261121000017"' in answer.text) == (len(sent) == 1)
        assert "请填写提取码。" in (await client.post("/track/20261121000017", data={})).text


@pytest.mark.parametrize("path", ["/file", "/track", "/track/20200101999999", "/knowledge", "/docs"])
async def test_a_slash_at_the_end_leads_to_the_page(api: Api, path: str) -> None:
    async with browser(api) as client:
        answer = await client.get(f"{path}/?lang=en", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, f"{path}?lang=en")
        assert (await client.get(f"{path}/")).url.path == path
        assert (await client.get(f"{path}//")).status_code == 404


async def test_who_only_reads_is_not_told_of_something_lost(api: Api) -> None:
    busy = {"Retry-After": "2"}
    for method, path, lost in (("GET", "/file", False), ("POST", "/track", False), ("POST", "/file", True)):
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
        request = Request({**scope, "app": api.app, "scheme": "http", "server": ("", None)})
        shown = bytes(error_page(request, 503, busy).body).decode()
        assert ("没有提交" in shown) == lost
        assert ("请稍等片刻再打开这个页面。" in shown) != lost
