"""docs/operations.md does what it says: what its commands save, its commands bring back, and life goes on from there."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.services.classifier.model_file import DELIVERED
from support.product import Product
from support.service import eventually, run

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BUSY_YEARS = "DO $$ BEGIN FOR n IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
"""Transactions that a new server has not had."""
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
REQUEST = {
    "channel": "phone",
    "text": "清河佳苑南门外的路灯坏了一个星期，请尽快维修。",
    "requester": {"phone": "13800000000"},
}


@pytest.fixture(scope="module")
def product(workspace: Path) -> Iterator[Product]:
    """A demo installation some years old, with requests, a file and a model of its own."""
    place = workspace / "operations"
    for folder in ("backup", "vault"):
        (place / folder).mkdir(parents=True)
    made = Product(place / "var")
    made.run("migrate")
    made.run("seed", "--demo")
    made.run("postgres", "psql", "--command", BUSY_YEARS)
    made.run("simulate", "--requests", "3", "--json")
    (made.folder / "files").mkdir(exist_ok=True)
    (made.folder / "files" / "picture").write_text("kept")
    shutil.copy(DELIVERED, made.folder / "classifier.npz")
    yield made
    made.stop()


def perform(product: Product, name: str, *, leave_out: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a block of the page beside the data folder."""
    found = re.search(rf"^```bash {name}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    bash = shutil.which("bash")
    assert found
    assert bash
    commands = re.sub("/(?=backup|vault)", "", found[1]).replace(leave_out, "")
    script = f'set -eu\nhotline() {{ {sys.executable} -m app.cli "$@"; }}\n{commands}'
    environment = {**product.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [bash, "-c", script], cwd=product.folder.parent, env=environment, capture_output=True, text=True, timeout=300
    )


def done(product: Product, name: str) -> None:
    said = perform(product, name)
    assert said.returncode == 0, said.stdout + said.stderr


class Client:
    """A user of the served installation."""

    def __init__(self, product: Product, name: str) -> None:
        form = {"username": name, "password": "demo"}
        self._options: dict[str, Any]
        token = httpx.post(f"{product.url}/v1/auth/token", data=form, timeout=30).json()["access_token"]
        self._url, self._options = product.url, {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 30}

    def poll(self, after: str) -> httpx.Response:
        return httpx.get(f"{self._url}/v1/feed", params={"after": after}, **self._options)

    def file(self) -> str:
        answer = httpx.post(f"{self._url}/v1/requests", json=REQUEST, **self._options)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket_no"])

    def everything(self) -> tuple[list[tuple[str, int]], str]:
        """All events by ticket and number, in the order of the feed, and the cursor behind them."""
        found: list[tuple[str, int]] = []
        page: dict[str, Any] = {"next_cursor": ""}
        while True:
            page = self.poll(page["next_cursor"]).json()
            if not page["items"]:
                return found, page["next_cursor"]
            found += [(item["ticket_no"], item["seq"]) for item in page["items"]]


def life_goes_on(product: Product, events: list[tuple[str, int]], cursor: str) -> tuple[list[tuple[str, int]], str]:
    """Serves what was restored: all of it is there in order, old cursors are refused, what is new follows."""
    product.start("serve", "--with-worker")
    auditor = Client(product, "auditor")
    assert auditor.poll(cursor).json()["errors"][0]["code"] == "cursor-epoch"
    assert auditor.everything()[0][: len(events)] == events
    ticket = Client(product, "operator").file()
    now, end = auditor.everything()
    assert now[: len(events)] == events
    assert {number for number, _ in now[len(events) :]} == {ticket}
    product.stop()
    assert (product.folder / "files" / "picture").read_text() == "kept"
    product.run("ledger", "--json")
    return now, end


def test_dumps_and_copies_are_restored_as_the_page_says(product: Product) -> None:
    product.start("serve")
    auditor = Client(product, "auditor")
    Client(product, "operator").file()
    events, cursor = auditor.everything()
    done(product, "dump")
    product.stop()

    told = perform(product, "from-dump", leave_out="hotline restored\n")
    assert told.returncode == 1, "hotline doctor sees it"
    assert "history: restored from a dump" in told.stdout, told.stderr
    product.run("restored")
    assert "history" not in product.run("doctor")
    assert "No clock was checked" in product.run("ledger")
    events, cursor = life_goes_on(product, events, cursor)

    shutil.rmtree(product.folder.parent / "var.old")
    (product.folder / "files" / "picture").write_text("old")
    done(product, "copy")
    (product.folder / "files" / "picture").write_text("kept")
    time.sleep(1.1)  # copies are named by the second
    for name in ("copy", "from-copy"):
        done(product, name)
    assert not (product.folder.parent / "var.old" / "var").exists()
    life_goes_on(product, events, cursor)


def test_ctrl_c_is_the_programs_own_business(product: Product) -> None:
    command = [sys.executable, "-m", "app.cli", "postgres", "psql", "--no-align", "--tuples-only"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, env=product.environment, text=True, start_new_session=True, **pipes) as program:
        assert program.stdin
        assert program.stdout
        program.stdin.write("SELECT pg_sleep(600);\n")
        program.stdin.close()
        eventually(lambda: product.run("postgres", "psql", "--no-align", "--tuples-only", "--command", ASLEEP) == "1\n")
        os.killpg(program.pid, signal.SIGINT)
        said = program.stdout.read()
    assert "canceling statement due to user request" in said
    assert program.returncode == 3, "what psql says of a script that somebody ended"


def test_the_programs_of_ones_own_postgresql_are_not_ours(workspace: Path) -> None:
    said = run("postgres", "pg_dump", database_url="postgresql://me:secret@127.0.0.1:1/nowhere", data_dir=workspace)
    assert (said.returncode, said.stdout) == (1, "")
    assert "a PostgreSQL of your own" in said.stderr
    said = run("postgres", "../bin/psql", data_dir=workspace / "nobody")
    assert said.returncode == 2
    assert not (workspace / "nobody").exists()
