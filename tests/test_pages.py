"""The citizens' pages over plain HTTP, as a browser without JavaScript sees them."""

import re
import tomllib

import httpx
import pytest
from support.api import TEXT, Api, serve
from support.matters import resolved

from app.routers.pages.texts import WEB

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "zh-CN,zh;q=0.9"}


def browser(api: Api, **headers: str) -> httpx.AsyncClient:
    """A fresh browser: own cookies, redirects followed."""
    return httpx.AsyncClient(base_url=api.url, headers=BROWSER | headers, follow_redirects=True, timeout=60)


def hidden(html: str, name: str) -> str:
    """Value of a hidden field."""
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def shown(html: str, element: str) -> str:
    """Text of the element with this id, without the blanks that group it."""
    return re.search(rf'id="{element}">([^<]*)<', html)[1].replace(" ", "")


async def file_on_page(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Open the form and submit it."""
    token = hidden((await client.get("/file")).text, "form_token")
    return await client.post("/file", data={"form_token": token, "text": TEXT, **fields})


async def open_ticket(client: httpx.AsyncClient, filed: dict[str, str]) -> httpx.Response:
    """Look a ticket up with its code."""
    return await client.post("/track", data={"ticket_no": filed["ticket_no"], "code": filed["query_code"]})


async def test_a_citizen_files_and_reads_the_receipt(api: Api) -> None:
    async with browser(api) as client:
        receipt = await file_on_page(client, name="张三", phone="13800000000", publish_consent="yes")
        assert receipt.status_code == 200
        assert receipt.url.path == "/receipt"
        ticket, code = shown(receipt.text, "ticket-no"), shown(receipt.text, "query-code")
        assert re.fullmatch(r"\d{14}", ticket)
        assert receipt.headers["Cache-Control"] == "no-store"
        opened = await client.post(f"/track/{ticket}", data={"code": hidden(receipt.text, "code")})
        assert opened.status_code == 200
        assert "已受理您的诉求" in opened.text
        answer = await api.as_().get(f"/public/requests/{ticket}", params={"code": code})
        assert answer.status_code == 200


async def test_the_code_stands_in_no_url_and_no_readable_cookie(api: Api) -> None:
    async with browser(api) as client:
        receipt = await file_on_page(client)
        code = hidden(receipt.text, "code")
        ticket = shown(receipt.text, "ticket-no")
        opened = await client.post("/track", data={"ticket_no": ticket, "code": code})
        pages = [*receipt.history, receipt, *opened.history, opened]
        for answer in pages:
            assert code not in str(answer.url)
            assert code not in str(answer.headers)
        for cookie in [header for page in pages for header in page.headers.get_list("set-cookie")]:
            assert "HttpOnly" in cookie
            assert "SameSite=" in cookie
        assert opened.headers["referrer-policy"] == "no-referrer"


async def test_a_link_with_the_code_is_cleaned_at_once(api: Api) -> None:
    filed = await api.file()
    async with browser(api) as client:
        answer = await client.get(f"/track/{filed['ticket_no']}", params={"code": filed["query_code"]})
        assert answer.history[0].status_code == 303
        assert str(answer.url) == f"{api.url}/track/{filed['ticket_no']}"
        assert "已派单至承办单位" in answer.text


async def test_a_double_click_files_once(api: Api) -> None:
    async with browser(api) as client:
        token = hidden((await client.get("/file")).text, "form_token")
        data = {"form_token": token, "text": TEXT}
        tickets = {shown((await client.post("/file", data=data)).text, "ticket-no") for _ in range(2)}
        assert len(tickets) == 1
        changed = await client.post("/file", data={**data, "text": TEXT + "补充一句。"})
        assert changed.status_code == 409
        assert "已经提交过一次" in changed.text
        assert "补充一句。" in changed.text
        assert hidden(changed.text, "form_token") != token


async def test_faults_come_back_beside_the_fields_with_what_was_typed(api: Api) -> None:
    async with browser(api) as client:
        answer = await file_on_page(client, text="", phone="12", kind="nonsense", name="李四", confidential="yes")
        assert answer.status_code == 422
        assert 'id="text-fault">请填写内容。<' in answer.text
        assert 'id="phone-fault">这不像一个电话号码' in answer.text
        assert 'id="kind-fault">请从所列的选项中选择。<' in answer.text
        assert 'value="李四"' in answer.text
        assert 'value="12"' in answer.text
        assert re.search(r'id="confidential"[^>]*checked', answer.text)
        assert 'role="alert"' in answer.text


async def test_who_files_anonymously_leaves_no_identity(api: Api) -> None:
    async with browser(api) as client:
        receipt = await file_on_page(client, name="王五", phone="13800000000", anonymous="yes")
        detail = await api.as_("dispatcher").get(f"/v1/requests/{shown(receipt.text, 'ticket-no')}")
        assert not any((detail.json()["requester"] or {}).values())


async def test_markup_in_a_request_stays_text_and_numbers_are_masked(api: Api) -> None:
    async with browser(api) as client:
        text = "<script>alert(1)</script>请联系13912345678处理路灯"
        receipt = await file_on_page(client, text=text, title=text)
        opened = await client.post(
            f"/track/{shown(receipt.text, 'ticket-no')}", data={"code": hidden(receipt.text, "code")}
        )
        for html in (receipt.text, opened.text):
            assert "<script>alert" not in html
            assert "&lt;script&gt;alert" in html
        assert "13912345678" not in opened.text


async def test_supplement_reminder_and_rating_work_as_plain_forms(api: Api) -> None:
    filed = await api.file()
    path = f"/track/{filed['ticket_no']}"
    async with browser(api) as client:
        assert "催一催" in (await open_ticket(client, filed)).text
        told = await client.post(f"{path}/supplements", data={"text": "是第三根灯杆。"})
        assert told.history[0].status_code == 303
        assert "补充的情况已经收到" in told.text
        assert "是第三根灯杆。" in told.text
        assert "已经提醒承办单位" in (await client.post(f"{path}/reminders", data={})).text
        empty = await client.post(f"{path}/supplements", data={"text": " "})
        assert empty.status_code == 422
        assert 'id="supplement-text-fault">请填写内容。<' in empty.text
        early = await client.post(f"{path}/rating", data={"resolved": "yes", "satisfaction": "5"})
        assert early.status_code == 409
        assert "状态刚刚有变化" in early.text
        assert "assigned" not in early.text


async def test_a_citizen_rates_and_sees_the_rating(api: Api) -> None:
    filed = await resolved(api)
    path = f"/track/{filed['ticket_no']}"
    async with browser(api) as client:
        assert "请您评价" in (await open_ticket(client, filed)).text
        half = await client.post(f"{path}/rating", data={"resolved": "yes", "comment": "谢谢"})
        assert half.status_code == 422
        assert "请选择满意程度" in half.text
        assert ">\n谢谢</textarea>" in half.text
        rated = await client.post(f"{path}/rating", data={"resolved": "yes", "satisfaction": "5"})
        assert "您的评价已经收到，感谢" in rated.text
        assert "解决了 · 非常满意" in rated.text
        assert "请您评价" not in rated.text


async def test_without_the_code_a_page_tells_nothing(api: Api) -> None:
    filed = await api.file()
    async with browser(api) as client:
        real = await client.get(f"/track/{filed['ticket_no']}")
        absent = await client.get("/track/20200101999999")
        assert real.status_code == absent.status_code == 200
        assert real.text.replace(filed["ticket_no"], "N") == absent.text.replace("20200101999999", "N")
        sent = await client.post(f"/track/{filed['ticket_no']}/supplements", data={"text": "不该写入"})
        assert "不该写入" not in sent.text
        assert sent.url.path == f"/track/{filed['ticket_no']}"


async def test_the_code_of_one_ticket_opens_no_other(api: Api) -> None:
    mine, other = await api.file(), await api.file()
    async with browser(api) as client:
        await open_ticket(client, mine)
        cookie = client.cookies.get("opened")
        stolen = await client.get(f"/track/{other['ticket_no']}", headers={"Cookie": f"opened={cookie}"})
        assert "已派单至承办单位" not in stolen.text
        forged = await client.get(f"/track/{mine['ticket_no']}", headers={"Cookie": "opened=AAAA"})
        assert forged.status_code == 200
        left = await client.post(f"/track/{mine['ticket_no']}/leave")
        assert left.url.path == "/track"
        assert "已派单至承办单位" not in (await client.get(f"/track/{mine['ticket_no']}")).text


async def test_the_script_polls_with_etag_and_without_the_code(api: Api) -> None:
    filed = await api.file()
    path = f"/track/{filed['ticket_no']}/progress.json"
    async with browser(api) as client:
        assert (await client.get(path)).status_code == 404
        await open_ticket(client, filed)
        first = await client.get(path)
        assert first.json().keys() == {"version", "state"}
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304


async def test_language_by_header_by_link_and_remembered(api: Api) -> None:
    async with browser(api) as client:
        assert '<html lang="zh-CN">' in (await client.get("/")).text
        assert "Tell us what needs doing" in (await client.get("/?lang=en")).text
        assert '<html lang="en">' in (await client.get("/track")).text
        assert '<html lang="zh-CN">' in (await client.get("/track?lang=zh")).text
    async with browser(api, **{"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}) as client:
        assert "Please write something here." in (await file_on_page(client, text="")).text


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
        await client.post("/track", data={"ticket_no": "20200101999999", "code": "AAAAAAAAA"})
        limited = await open_ticket(client, filed)
        assert limited.status_code == 429
        assert int(limited.headers["Retry-After"]) > 0
        assert "查询次数有限制" in limited.text
