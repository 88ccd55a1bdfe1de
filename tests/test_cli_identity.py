"""`hotline users` and `hotline keys`: the way in for whoever has a shell, beside a running service."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS
from support.api import Api
from support.service import COMMAND, environment

from app.core.security import KeyRing


class Shell:
    """Runs commands against the module's database."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = environment(database_url=url, data_dir=folder, secret_keys=KEYS)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=self._environment, input=stdin, capture_output=True, text=True, timeout=60
        )

    def json(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def failed(self, *arguments: str, code: int = 1) -> str:
        done = self.run(*arguments)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def shell(database_copy: str, workspace: Path) -> Shell:
    return Shell(database_copy, workspace)


async def test_users_from_the_shell(api: Api, shell: Shell) -> None:
    add = ["users", "add", "li.ming", "--name", "李明", "--role", "handler", "--unit", "housing"]
    assert shell.json(*add, stdin="correct horse\n")["roles"] == ["handler"]
    login = {"username": "li.ming", "password": "correct horse"}
    answer = await api.as_().post("/v1/auth/token", data=login)
    assert answer.status_code == 200
    assert "already" in shell.failed(*add, "--password", "correct horse")
    changed = shell.json("users", "roles", "li.ming", "--role", "operator", "--role", "expert")
    assert changed["roles"] == ["expert", "operator"]
    assert shell.json("users", "password", "li.ming", "--password", "battery staple")["password"] == "changed"
    assert (await api.as_().post("/v1/auth/token", data=login)).status_code == 401
    assert shell.json("users", "disable", "li.ming")["active"] is False
    listed = {user["username"]: user for user in shell.json("users", "list")["users"]}
    assert listed["li.ming"]["active"] is False
    assert len(listed) > 50
    assert "li.ming" in shell.run("users", "list").stdout


def test_what_the_shell_may_not_do_either(shell: Shell) -> None:
    assert "last active administrator" in shell.failed("users", "disable", "admin")
    assert "Not found" in shell.failed("users", "disable", "nobody")
    assert "king" in shell.failed("users", "roles", "operator", "--role", "king")
    short = ["users", "add", "short.one", "--role", "operator", "--password", "short"]
    assert "password" in shell.failed(*short, code=2)
    shell.failed("users", "add", "no.role", code=2)
    shell.failed("keys", "revoke", "x", code=2)
    assert "Not found" in shell.failed("keys", "revoke", "99999")


async def test_keys_from_the_shell(api: Api, shell: Shell) -> None:
    made = shell.json("keys", "add", "unit-housing", "--scope", "request.read", "--name", "工单系统", "--days", "30")
    bearer = {"Authorization": f"Bearer {made['key']}"}
    await api.here.reference.refresh()
    assert (await api.as_().get("/v1/work-orders", headers=bearer)).status_code == 200
    (row,) = shell.json("keys", "list")["keys"]
    assert "key" not in row
    assert (row["id"], row["username"], row["prefix"]) == (made["id"], "unit-housing", made["key"][:8])
    assert shell.json("keys", "revoke", str(row["id"]))["revoked"] is True
    await api.here.reference.refresh()
    assert (await api.as_().get("/v1/work-orders", headers=bearer)).status_code == 401
    assert "catalogue.write" in shell.failed("keys", "add", "operator", "--scope", "catalogue.write")


def test_a_fresh_secret_key_needs_no_database(workspace: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "keys", "new"], env=environment(data_dir=workspace / "none"), capture_output=True, text=True
    )
    assert done.returncode == 0
    fresh = done.stdout.strip()
    KeyRing(f"{fresh},{KEYS}")
    assert not (workspace / "none").exists()
