"""The API's description as a process of its own makes it: the same bytes, kept only when it worked."""

import asyncio
import json
import os
from contextlib import suppress

import psutil
import pytest

from app.main import create_app
from app.routers.pages import docs
from support.api import Api
from support.pages import browser
from support.service import run


def test_the_command_prints_what_the_application_describes() -> None:
    done = run("openapi")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == create_app().openapi()
    older = run("openapi", "--older")
    assert json.loads(older.stdout)["openapi"] == "3.0.3"


async def test_a_failure_is_an_outage_and_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    docs._made.cache_clear()
    async with browser(api) as client:
        monkeypatch.setenv("HOTLINE_PORT", "none")  # the command cannot start
        failed = await client.get("/openapi.json")
        assert (failed.status_code, failed.json()["code"]) == (503, "unavailable")
        monkeypatch.delenv("HOTLINE_PORT")
        made = await client.get("/openapi.json")
    assert made.status_code == 200
    assert made.json() == create_app().openapi()


async def test_calls_are_answered_while_it_is_made_once_at_a_lower_priority(api: Api) -> None:
    docs._made.cache_clear()
    async with browser(api) as client:
        readers = [asyncio.create_task(client.get("/openapi.json")) for _ in range(3)]
        answered, makers = 0, {}
        while not all(reader.done() for reader in readers):
            answered += (await client.get("/healthz")).status_code == 200
            for child in psutil.Process(os.getpid()).children():
                with suppress(psutil.Error):
                    if "openapi" in child.cmdline():
                        makers[child.pid] = child.nice()
            await asyncio.sleep(0.01)
        assert len({reader.result().content for reader in readers}) == 1
    assert answered > 20
    lower = os.getpriority(os.PRIO_PROCESS, 0) + 3
    assert list(makers.values()) == [lower], "one process makes it, after others"
