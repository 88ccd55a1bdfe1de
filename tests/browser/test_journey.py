"""A citizen files, follows and rates in a real browser, with JavaScript and without."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from support.api import TEXT, Api
from support.matters import resolved
from support.samples import phone_photo
from support.visitor import Visitor

pytestmark = pytest.mark.browser


async def look_up(page: Page, ticket_no: str, code: str) -> None:
    """Fill in and send the look-up form."""
    await page.get_by_label("流水号").fill(ticket_no)
    await page.get_by_label("提取码").fill(code)
    await page.get_by_role("button", name="查询").click()


async def test_files_and_follows(api: Api, visitor: Visitor) -> None:
    page = visitor.page
    await visitor.go("/")
    await page.get_by_role("link", name="开始填写").click()
    await page.get_by_role("button", name="提交诉求").click()
    await expect(page.get_by_role("alert")).to_contain_text("还有 1 处需要修改")
    await page.get_by_label("诉求内容").fill(TEXT)
    await page.get_by_label("姓名或称呼").fill("张先生")
    await page.get_by_label("联系电话").fill("13800000000")
    await page.get_by_label("同意公开").check()
    await page.get_by_role("button", name="提交诉求").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("您的诉求已经收到")
    ticket = re.sub(r"\s", "", await page.locator("#ticket-no").inner_text())
    code = await page.locator("#query-code").inner_text()
    assert code.replace(" ", "") not in page.url
    await page.get_by_role("button", name="查看办理进度").click()
    await expect(page).to_have_url(f"{api.url}/track/{ticket}")
    await expect(page.locator(".timeline")).to_contain_text("已受理您的诉求")
    await page.get_by_role("button", name="结束查询").click()
    await look_up(page, ticket, code.lower())
    await expect(page.locator(".rail [aria-current=step]")).to_be_visible()
    visitor.assert_clean()


async def test_adds_facts_and_reminds(api: Api, visitor: Visitor) -> None:
    filed, page = await api.file(), visitor.page
    await visitor.go(f"/track/{filed['ticket_no']}?code={filed['query_code']}")
    await page.get_by_role("heading", name="补充情况").click()
    await page.get_by_label("要补充的情况").fill("是第三根灯杆。")
    await page.get_by_role("button", name="提交补充").click()
    await expect(page.get_by_role("status").filter(visible=True)).to_contain_text("补充的情况已经收到")
    await expect(page.locator(".timeline li").first).to_contain_text("是第三根灯杆。")
    await page.get_by_role("heading", name="催办").click()
    await page.get_by_role("button", name="催办").click()
    await expect(page.locator(".timeline li").first).to_contain_text("已催办")
    visitor.assert_clean()


async def test_adds_a_photo(api: Api, visitor: Visitor) -> None:
    filed, page = await api.file(), visitor.page
    await visitor.go(f"/track/{filed['ticket_no']}?code={filed['query_code']}")
    await page.get_by_role("heading", name="补充情况").click()
    photo = {"name": "门口.jpg", "mimeType": "image/jpeg", "buffer": phone_photo()}
    await page.get_by_label("照片、录音或文件").set_input_files(photo)
    await page.get_by_role("button", name="提交补充").click()
    await expect(page.get_by_role("status").filter(visible=True)).to_contain_text("文件已经收到")
    await expect(page.locator(".timeline li").first).to_contain_text("已上传附件")
    await page.get_by_role("link", name="门口.jpg").click()
    await expect(page.locator("img")).to_have_count(1)
    visitor.assert_clean()


async def test_rates(api: Api, visitor: Visitor) -> None:
    filed, page = await resolved(api), visitor.page
    await visitor.go("/track")
    await look_up(page, filed["ticket_no"], filed["query_code"])
    await expect(page.locator("#result")).to_be_visible()
    await page.get_by_label("解决了", exact=True).check()
    await page.get_by_label("非常满意", exact=True).check()
    await page.get_by_label("想说的话").fill("很快，谢谢。")
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.locator(".rated")).to_contain_text("非常满意")
    await expect(page.locator(".rail [aria-current=step]")).to_contain_text("已评价")
    visitor.assert_clean()


@pytest.mark.parametrize("typing", [False, True], ids=["idle", "typing"])
async def test_an_open_page_follows_what_happens(api: Api, chromium: Browser, typing: bool) -> None:
    filed = await api.file()
    context = await chromium.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.clock.install()
    await page.goto(f"{api.url}/track/{filed['ticket_no']}?code={filed['query_code']}")
    if typing:
        await page.get_by_role("heading", name="补充情况").click()
        await page.get_by_label("要补充的情况").fill("还没写完")
    unit = "unit-" + filed["dispatch"]["unit"]["code"]
    await api.step(unit, f"work-orders/{filed['dispatch']['work_order_no']}/accept")
    await page.clock.fast_forward(31_000)
    if typing:
        await expect(page.locator("#news")).to_be_visible()
        await expect(page.get_by_label("要补充的情况")).to_have_value("还没写完")
    else:
        await expect(page.locator(".timeline li").first).to_contain_text("承办单位已签收")
    await context.close()
