"""A browser tab at the hotline that keeps a record of what went wrong in it and where it sent requests."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from support.api import Api


@dataclass
class Visitor:
    """The tab, its complaints, and the hosts it has spoken to."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self) -> None:
        """Begin the record. A page's own 404 or 422 is no complaint; a file that it cannot load is one."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.status} {response.url}")

    async def go(self, path: str) -> None:
        """Open a page of ours."""
        await self.page.goto(self.url + path)

    async def width_beyond_screen(self) -> int:
        """Pixels by which the page is wider than the window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def assert_clean(self) -> None:
        """Nothing on the console, no foreign host."""
        assert self.complaints == []
        assert self.hosts <= {urlsplit(self.url).netloc}


async def visit(browser: Browser, api: Api, *, script: bool, width: int = 1280) -> tuple[BrowserContext, Visitor]:
    """A fresh profile with one tab."""
    context = await browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Urumqi",
        viewport={"width": width, "height": 800},
        java_script_enabled=script,
    )
    visitor = Visitor(await context.new_page(), api.url)
    visitor.watch()
    return context, visitor
