"""What citizens do on the pages, over plain HTTP, as a browser without JavaScript does it."""

import re

import pytest

from support.api import TEXT, Api
from support.matters import resolved
from support.pages import browser, file_on_page, hidden, open_ticket, shown


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


async def test_the_receipt_repeats_what_was_sent_or_its_beginning(api: Api) -> None:
    async with browser(api) as client:
        short = await file_on_page(client, text="路灯坏了。\n第二行：<b>晚上</b>很黑。")
        assert '<p class="words">路灯坏了。\n第二行：&lt;b&gt;晚上&lt;/b&gt;很黑。</p>' in short.text
        assert '<details class="sent" open>' in short.text
        long = await file_on_page(client, text="路灯坏了。" + "楼道也很黑，" * 3000)
        assert '<details class="sent">' in long.text
        assert "这里只显示开头" in long.text
        assert long.text.count("楼道也很黑，") > 60
        assert all(len(page.headers.get("set-cookie", "")) < 4096 for page in long.history)
        alone = await file_on_page(client, text="路灯坏了", title="路灯坏了")
        assert "您提交的内容" not in alone.text


@pytest.mark.parametrize(
    "text",
    [
        "\x0b" * 1500,
        "\x1b" * 1500,
        "楼\x0b" * 750,
        "\r\n" * 1500,
        '"\\' * 750,
        "很" * 1500,
        "😀" * 1500,
        "\u2028\x85\x7f" * 500,
    ],
    ids=["breaks", "escapes", "lines", "crlf", "quotes", "chinese", "emoji", "others"],
)
async def test_a_receipt_fits_its_cookie_whatever_was_pasted(api: Api, text: str) -> None:
    async with browser(api) as client:
        for title in (text[:200].strip(), '“"😀\\' * 40, "题" * 200):
            receipt = await file_on_page(client, text=f"路灯坏了{text}。", title=title)
            assert re.fullmatch(r"\d{14}", shown(receipt.text, "ticket-no"))
            assert re.fullmatch(r"\w{9}", shown(receipt.text, "query-code"))
            assert not re.search(r"[\x0b\x1b]", receipt.text)
            (line,) = [line for page in receipt.history for line in page.headers.get_list("set-cookie")]
            assert len(f"Set-Cookie: {line}") < 4000


async def test_a_pasted_line_break_is_one(api: Api) -> None:
    async with browser(api) as client:
        receipt = await file_on_page(client, text="路灯坏了。\x0b晚上\x1b很黑。\u2028请修。")
        assert '<p class="words">路灯坏了。\n晚上很黑。\n请修。</p>' in receipt.text


async def test_what_cannot_be_recovered_is_told_alike_everywhere(api: Api) -> None:
    async with browser(api) as client:
        gone, receipt = await client.get("/receipt"), await file_on_page(client)
        for page in (receipt, gone, await client.get("/track")):
            assert "无法找回；留有电话的，可以拨打12345，话务员核对后为您查询进度。" in page.text


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
        assert "已按匿名提交，您填写的姓名、电话没有登记。" in receipt.text
        assert "没有留下电话" not in receipt.text
        assert "the name and phone number you entered were not kept" in (await client.get("/receipt?lang=en")).text
        assert "You left no phone number" in (await file_on_page(client, anonymous="yes")).text
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
        assert ">催办</button>" in (await open_ticket(client, filed)).text
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


async def test_who_is_discontent_reads_what_follows_and_their_own_words(api: Api) -> None:
    filed = await resolved(api)
    path, said = f"/track/{filed['ticket_no']}", {"resolved": "no", "satisfaction": "1", "comment": "灯还是不亮。"}
    async with browser(api) as client:
        await open_ticket(client, filed)
        again = await client.post(f"{path}/rating", data=said)
        assert "您的评价已经收到。这件事将重新办理" in again.text
        assert '<p class="told" lang="zh-CN">灯还是不亮。</p>' in again.text
        assert "will be done again" in (await client.get(f"{path}?done=rating&lang=en")).text


async def test_after_the_last_round_the_centre_decides(api: Api) -> None:
    filed = await resolved(api)
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE service_request SET round = 3 WHERE ticket_no = $1", filed["ticket_no"])
    async with browser(api) as client:
        await open_ticket(client, filed)
        rated = await client.post(f"/track/{filed['ticket_no']}/rating", data={"resolved": "no", "satisfaction": "3"})
        assert "您的评价已经收到。热线中心会研究这件事接下来怎样处理。" in rated.text
        assert "没有解决 · 基本满意" in rated.text


async def test_what_an_agent_noted_on_the_telephone_is_not_shown(api: Api) -> None:
    filed = await resolved(api)
    answers = {"outcome": "reached", "resolved": "yes", "satisfaction": 4, "contacted_in_time": True}
    await api.step("callback", f"requests/{filed['ticket_no']}/callbacks", **answers, comment="语气急，已安抚。")
    async with browser(api) as client:
        seen = (await open_ticket(client, filed)).text
        assert "您的评价已收到" in seen
        assert "已安抚" not in seen


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
