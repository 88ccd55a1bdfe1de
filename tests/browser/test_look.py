"""How the pages hold up: accessible to axe-core, nothing wider than a phone, readable at twice the size, printable."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe

from support.api import TEXT, Api
from support.matters import resolved
from support.samples import GOOD
from support.visitor import Visitor

pytestmark = pytest.mark.browser
ZOOMED = 640
"""CSS pixels that a 1280 px window has left at 200 % zoom."""

NAVIGATION_LINES = "new Set([...document.querySelectorAll('.nav a')].map(link => link.offsetTop)).size"


async def _plain(visitor: Visitor, api: Api, path: str) -> None:
    await visitor.go(path)


async def _faulty(visitor: Visitor, api: Api, path: str) -> None:
    await visitor.go(path)
    await visitor.page.get_by_label("联系电话").fill("12")
    await visitor.page.get_by_role("button", name="提交诉求").click()


async def _receipt(visitor: Visitor, api: Api, path: str) -> None:
    await visitor.go(path)
    await visitor.page.get_by_label("诉求内容").fill("楼道里有很重的煤气味，已经有人头晕，" + TEXT)
    await visitor.page.get_by_role("button", name="提交诉求").click()


async def _underway(visitor: Visitor, api: Api, path: str) -> None:
    filed = await api.file()
    await visitor.go(f"{path}/{filed['ticket_no']}?code={filed['query_code']}")
    for name in ("补充情况", "催办"):
        await visitor.page.get_by_role("heading", name=name).click()


async def _with_files(visitor: Visitor, api: Api, path: str) -> None:
    filed = await api.file()
    unit, url = api.as_("unit-" + filed["dispatch"]["unit"]["code"]), f"/v1/requests/{filed['ticket_no']}/attachments"
    for name, content, note in (
        ("现场情况说明（第二次抢修前）清河佳苑南门外六盏路灯编号与位置" * 2 + ".pdf", GOOD["pdf"][0], ""),
        ("维修后.jpg", GOOD["jpg"][0], "六盏路灯全部恢复照明。"),
    ):
        sent = await unit.post(url, files={"file": (name, content)}, data={"note": note, "public": "true"})
        assert sent.status_code == 201, sent.text
    await visitor.go(f"{path}/{filed['ticket_no']}?code={filed['query_code']}")
    await visitor.page.get_by_role("heading", name="补充情况").click()
    await visitor.page.get_by_label("要补充的情况").fill("打了很久的字")
    program = {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": b"MZ\x90"}
    await visitor.page.get_by_label("照片、录音或文件").set_input_files(program)
    await visitor.page.get_by_role("button", name="提交补充").click()


async def _to_rate(visitor: Visitor, api: Api, path: str) -> None:
    filed = await resolved(api)
    await visitor.go(f"{path}/{filed['ticket_no']}?code={filed['query_code']}")


async def _wrong(visitor: Visitor, api: Api, path: str) -> None:
    await visitor.go(path)
    await visitor.page.get_by_label("流水号").fill("2020 0101 999999")
    await visitor.page.get_by_label("提取码").fill("AAA AAA AAA")
    await visitor.page.get_by_role("button", name="查询").click()


PAGES: dict[str, tuple[Callable[[Visitor, Api, str], Awaitable[None]], str]] = {
    "home": (_plain, "/"),
    "home-english": (_plain, "/?lang=en"),
    "form": (_plain, "/file"),
    "form-with-faults": (_faulty, "/file"),
    "receipt": (_receipt, "/file"),
    "receipt-gone": (_plain, "/receipt"),
    "look-up": (_plain, "/track"),
    "look-up-wrong": (_wrong, "/track"),
    "underway": (_underway, "/track"),
    "with-files": (_with_files, "/track"),
    "to-rate": (_to_rate, "/track"),
    "knowledge": (_plain, "/knowledge"),
    "knowledge-found": (_plain, "/knowledge?q=公积金怎么提取"),
    "absent": (_plain, "/no-such-page"),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_and_fits(api: Api, scripted: Visitor, name: str) -> None:
    reach, path = PAGES[name]
    await reach(scripted, api, path)
    found = (await Axe().run(scripted.page)).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")] == []
    assert await scripted.width_beyond_screen() <= 0
    assert await scripted.page.evaluate(NAVIGATION_LINES) == 1
    await scripted.page.set_viewport_size({"width": ZOOMED, "height": 400})
    assert await scripted.width_beyond_screen() <= 0
    scripted.assert_clean()


async def test_the_documentation_works_from_this_host_alone(api: Api, scripted: Visitor) -> None:
    await scripted.go("/docs")
    await scripted.page.get_by_text("/public/requests", exact=True).first.wait_for()
    assert await scripted.page.get_by_text("Unable to render").count() == 0
    assert await scripted.width_beyond_screen() <= 0
    frame = await Axe().run(scripted.page, context={"exclude": [["#swagger"]]})
    assert [v["id"] for v in frame.response["violations"] if v["impact"] in ("serious", "critical")] == []
    scripted.assert_clean()


async def test_paper_shows_the_numbers_and_no_forms(api: Api, scripted: Visitor) -> None:
    await _receipt(scripted, api, "/file")
    await scripted.page.emulate_media(media="print")
    assert await scripted.page.locator("#query-code").is_visible()
    assert not await scripted.page.get_by_role("button").first.is_visible()
    await _to_rate(scripted, api, "/track")
    assert await scripted.page.locator(".timeline").is_visible()
    assert not await scripted.page.locator(".rate").is_visible()
