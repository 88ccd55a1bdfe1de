"""A real Chromium for the pages. Where there is none the folder is left out, unless the caller insists on it."""

import os
from collections.abc import AsyncIterator

import browser_setup
import pytest
from playwright.async_api import Browser, async_playwright

from support.api import Api
from support.visitor import Visitor, visit

CHROMIUM = browser_setup.find()
REQUIRED = "TESTS_REQUIRE_BROWSER"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
if CHROMIUM is None:
    if os.environ.get(REQUIRED):
        raise pytest.UsageError(f"{REQUIRED} is set, but no Chromium was found; see tests/browser_setup.py.")
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole run."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
async def visitor(request: pytest.FixtureRequest, chromium: Browser, api: Api) -> AsyncIterator[Visitor]:
    """A visitor with JavaScript, and one without."""
    context, visitor = await visit(chromium, api, script=request.param)
    yield visitor
    await context.close()


@pytest.fixture(params=[360, 1280])
async def scripted(request: pytest.FixtureRequest, chromium: Browser, api: Api) -> AsyncIterator[Visitor]:
    """A visitor with JavaScript, on a phone and on a desk."""
    context, visitor = await visit(chromium, api, script=True, width=request.param)
    yield visitor
    await context.close()
