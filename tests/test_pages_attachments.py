"""A photo from the track page, without script: it is kept, listed and shown; what was typed survives a bad file."""

import re

import httpx

from support.api import Api
from support.lives import UNIT, live
from support.pages import browser, open_ticket
from support.samples import GOOD, phone_photo


async def opened(client: httpx.AsyncClient, api: Api) -> tuple[str, str]:
    life = await live(api, "in progress")
    await open_ticket(client, {"ticket_no": life.ticket_no, "query_code": life.code})
    return f"/track/{life.ticket_no}", life.ticket_no


async def test_a_photo_with_a_few_words(api: Api) -> None:
    async with browser(api) as client:
        path, ticket = await opened(client, api)
        page = (await client.get(path)).text
        assert 'enctype="multipart/form-data"' in page
        assert "不超过20 MB" in page
        assert "照片和附件" not in page
        file = {"file": ("门口.jpg", phone_photo())}
        told = await client.post(f"{path}/supplements", data={"text": "是第三根灯杆。"}, files=file)
        assert told.status_code == 200
        assert "补充的情况已经收到" in told.text
        for words in ("是第三根灯杆。", "已上传附件", "门口.jpg", "您上传的", "照片和附件"):
            assert words in told.text
        [link] = re.findall(rf'href="({path}/attachments/\d+)"', told.text)
        shown = await client.get(link)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["content-disposition"].startswith("inline")
        assert "sandbox" in shown.headers["content-security-policy"]
        only = await client.post(f"{path}/supplements", data={"text": ""}, files={"file": ("录音.wav", GOOD["wav"][0])})
        assert "文件已经收到" in only.text
        assert (await client.get(f"{path}/attachments/2")).headers["content-disposition"].startswith("attachment")
        unit = await api.as_(f"unit-{UNIT}").get(f"/v1/requests/{ticket}/attachments")
        assert [item["filename"] for item in unit.json()["items"]] == ["门口.jpg", "录音.wav"]


async def test_a_bad_file_keeps_what_was_typed_and_neither_is_taken(api: Api) -> None:
    async with browser(api) as client:
        path, ticket = await opened(client, api)
        most = api.here.settings.attachment_max_bytes
        bad = [
            (b"MZ\x90\0", 422, "不支持这种文件"),
            (b"a" * (most + 1), 413, "不超过 20 MB"),
            (b"a" * (most * 2), 413, "不超过 20 MB"),
        ]
        for content, status, words in bad:
            answer = await client.post(
                f"{path}/supplements", data={"text": "打了很久的字"}, files={"file": ("x.jpg", content)}
            )
            assert answer.status_code == status
            assert words in answer.text
            assert "打了很久的字" in answer.text
        empty = await client.post(f"{path}/supplements", data={"text": " "}, files={"file": ("", b"")})
        assert empty.status_code == 422
        assert "请填写内容" in empty.text
        chrome = (
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\r\n'
            b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"
        )
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        assert "请填写内容" in (await client.post(f"{path}/supplements", content=chrome, headers=kind)).text
        plain = await client.post(f"{path}/supplements", data={"text": "x"}, files={"other": ("x.txt", b"x")})
        assert plain.status_code == 422
        items = (await api.as_("dispatcher").get(f"/v1/requests/{ticket}/attachments")).json()["items"]
        assert items == []


async def test_only_the_browser_that_gave_the_code_gets_files(api: Api) -> None:
    async with browser(api) as client, browser(api) as stranger:
        path, _ = await opened(client, api)
        file = {"file": ("x.txt", GOOD["txt"][0])}
        await client.post(f"{path}/supplements", data={"text": ""}, files=file)
        for answer in (
            await stranger.get(f"{path}/attachments/1"),
            await stranger.post(f"{path}/supplements", data={"text": "x"}, files=file),
        ):
            assert str(answer.url).endswith(path), "asked for the code"
            assert "attachment" not in answer.headers.get("content-disposition", "")
        assert (await client.get(f"{path}/attachments/9")).status_code == 404


async def test_a_full_request_says_so_beside_the_field(api: Api) -> None:
    async with browser(api) as client:
        path, _ = await opened(client, api)
        for _ in range(api.here.settings.attachments_per_request):
            await client.post(f"{path}/supplements", data={"text": ""}, files={"file": ("x.txt", b"x")})
        full = await client.post(f"{path}/supplements", data={"text": "还有"}, files={"file": ("x.txt", b"x")})
        assert full.status_code == 409
        assert "每件诉求最多上传 20 个附件" in full.text
        assert "还有</textarea>" in full.text
