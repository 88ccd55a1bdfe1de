"""`hotline users` and `hotline keys`: the way in for whoever has a shell, beside a running service.

And what commands with forms say of wrong input.
"""

import json
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS
from typer.testing import CliRunner, Result

from app.cli import app
from app.cli.base import CommandError
from app.core.security import KeyRing
from app.settings import get_settings
from support.api import Api
from support.service import run


class Shell:
    """Runs commands against the module's database, in this process: a new one takes seconds to import everything."""

    def __init__(self) -> None:
        self._runner = CliRunner()

    def run(self, *arguments: str, stdin: str = "") -> Result:
        return self._runner.invoke(app, list(arguments), input=stdin)

    def json(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)

    def refused(self, *arguments: str) -> str:
        """The one sentence of a command that could not be carried out."""
        done = self.run(*arguments)
        assert isinstance(done.exception, CommandError), done.output
        return str(done.exception)


@pytest.fixture
def shell(database_copy: str, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    for name, value in {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}.items():
        monkeypatch.setenv(f"HOTLINE_{name.upper()}", str(value))
    get_settings.cache_clear()
    yield Shell()
    get_settings.cache_clear()


async def test_users_from_the_shell(api: Api, shell: Shell) -> None:
    add = ["users", "add", "li.ming", "--name", "李明", "--role", "handler", "--unit", "housing"]
    assert (await to_thread(shell.json, *add, stdin="correct horse\n"))["roles"] == ["handler"]
    login = {"username": "li.ming", "password": "correct horse"}
    answer = await api.as_().post("/v1/auth/token", data=login)
    assert answer.status_code == 200
    assert "already" in (await to_thread(shell.refused, *add, "--password", "correct horse"))
    changed = await to_thread(shell.json, "users", "roles", "li.ming", "--role", "operator", "--role", "expert")
    assert changed["roles"] == ["expert", "operator"]
    await to_thread(shell.json, "users", "password", "li.ming", "--password", "battery staple")
    assert (await api.as_().post("/v1/auth/token", data=login)).status_code == 401
    assert (await to_thread(shell.json, "users", "disable", "li.ming"))["active"] is False
    listed = {user["username"]: user for user in (await to_thread(shell.json, "users", "list"))["users"]}
    assert listed["li.ming"]["active"] is False
    assert len(listed) > 50
    assert "li.ming" in (await to_thread(shell.run, "users", "list")).stdout


def test_what_the_shell_may_not_do_either(shell: Shell) -> None:
    assert "last active administrator" in shell.refused("users", "disable", "admin")
    assert "Not found" in shell.refused("users", "disable", "nobody")
    assert "king" in shell.refused("users", "roles", "operator", "--role", "king")
    short = ["users", "add", "short.one", "--role", "operator", "--password", "short"]
    for wrong in (short, ["users", "add", "no.role"], ["keys", "revoke", "x"], ["users", "remove", "operator"]):
        assert shell.run(*wrong).exit_code == 2, wrong
    assert "Not found" in shell.refused("keys", "revoke", "99999")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["users", "add", "Li", "--role", "operator", "--role", "King", "--password", "short"],
            "username: must match ^[a-z0-9][a-z0-9._-]{1,63}$; password: must have at least 8 character(s); "
            "roles/1: must match ^[a-z][a-z0-9_]{1,63}$",
        ),
        (["users", "password", "li.ming", "--password", "short"], "new_password: must have at least 8 character(s)"),
        (["routing", "explain", ""], "text: must have at least 1 character(s)"),
        (["routing", "explain", "路灯坏了", "--area", "1" * 65], "area_code: must have at most 64 characters"),
        (["ledger", "--since", "0001-01-01"], "--since must not be before the year 2000"),
        (["import", __file__, "--source", "x" * 101], "--source has at most 100 characters"),
    ],
)
def test_what_does_not_fit_a_form_is_told_as_everywhere(shell: Shell, arguments: list[str], told: str) -> None:
    done = shell.run(*arguments)
    assert done.exit_code == 2
    assert f"Invalid value: {told}" in " ".join(done.output.replace("│", " ").split())


def test_what_the_catalogue_does_not_know_is_told_as_everywhere(shell: Shell) -> None:
    assert shell.refused("routing", "explain", "路灯坏了", "--area", "1").startswith("area_code: ")


async def test_keys_from_the_shell(api: Api, shell: Shell) -> None:
    made = await to_thread(
        shell.json, "keys", "add", "unit-housing", "--scope", "request.read", "--name", "工单系统", "--days", "30"
    )
    bearer = {"Authorization": f"Bearer {made['key']}"}
    await api.here.reference.refresh()
    assert (await api.as_().get("/v1/work-orders", headers=bearer)).status_code == 200
    (row,) = (await to_thread(shell.json, "keys", "list"))["keys"]
    assert "key" not in row
    assert (row["id"], row["username"], row["prefix"]) == (made["id"], "unit-housing", made["key"][:8])
    assert (await to_thread(shell.json, "keys", "revoke", str(row["id"])))["revoked"] is True
    await api.here.reference.refresh()
    assert (await api.as_().get("/v1/work-orders", headers=bearer)).status_code == 401
    beyond = await to_thread(shell.refused, "keys", "add", "operator", "--scope", "catalogue.write")
    assert "catalogue.write" in beyond


def test_processes_of_their_own(database_copy: str, workspace: Path) -> None:
    done = run("keys", "new", data_dir=workspace / "none")
    assert done.returncode == 0
    KeyRing(f"{done.stdout.strip()},{KEYS}")
    assert not (workspace / "none").exists(), "a fresh key needs no database"
    last = run("users", "disable", "admin", database_url=database_copy, data_dir=workspace, secret_keys=KEYS)
    assert last.returncode == 1
    assert last.stderr == "hotline: This is the last active administrator.\n"
