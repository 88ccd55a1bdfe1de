"""The API's description as a process of its own makes it: the same bytes, kept only when it worked."""

import json

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
