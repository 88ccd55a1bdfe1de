"""kill -9 of API, worker and PostgreSQL in the middle of import and simulation: nothing acknowledged is lost,
nothing is there twice, and the history stays one straight line."""

import asyncio
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from support.product import Product

IMPORTED, FILED = 300, 60
KINDS_OF_KILL = ("api", "worker", "postgres")


@pytest.fixture
def product() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="hotline-chaos-"))
    folder.chmod(0o711)
    running = Product(folder)
    running.run("migrate")
    running.run("seed", "--demo")
    running.start("serve", "--with-worker", "--workers", "2")
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def write_lines(path: Path) -> None:
    """Invented requests, all different."""
    matters = (
        "路灯不亮",
        "下水道堵了",
        "小区停水",
        "工地夜里施工噪音大",
        "公交车不准时",
        "低保怎么办理",
        "村里的路坏了",
    )
    with path.open("w", encoding="utf-8") as file:
        for n in range(IMPORTED):
            text = f"第{n}号：{matters[n % len(matters)]}，已经{n % 9 + 1}天了，请尽快处理。"
            file.write(json.dumps({"external_ref": f"line-{n}", "text": text}, ensure_ascii=False) + "\n")


async def file_over_http(product: Product, acknowledged: dict[str, str]) -> None:
    """A partner system that files with references and tries again until it has an answer."""
    async with httpx.AsyncClient(base_url=product.url, timeout=10) as client:
        token = None
        for n in range(FILED):
            while f"partner-{n}" not in acknowledged:
                try:
                    if token is None:
                        form = {"username": "operator", "password": "demo"}
                        token = (await client.post("/v1/auth/token", data=form)).json()["access_token"]
                    answer = await client.post(
                        "/v1/requests",
                        json={"channel": "app", "text": f"第{n}件：门口垃圾没人收。", "external_ref": f"partner-{n}"},
                        headers={"Authorization": f"Bearer {token}"},
                    )
                    if answer.status_code in (200, 201):
                        acknowledged[f"partner-{n}"] = answer.json()["ticket_no"]
                    else:
                        log = (product.folder / "service.log").read_text()
                        assert answer.status_code == 503, answer.text + log[-3000:]
                except (httpx.TransportError, KeyError):
                    pass
                await asyncio.sleep(0.05)


async def kill_now_and_then(product: Product, rng: random.Random, killed: list[str]) -> None:
    for turn in range(9):
        await asyncio.sleep(rng.uniform(0.5, 1.2))
        kind = KINDS_OF_KILL[turn % 3]
        if kind == "postgres":
            product.kill_postgres()
        else:
            word = "worker" if kind == "worker" else "serve"
            for process in product.children(word)[:1]:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
        killed.append(kind)


async def run_until_done(product: Product, *arguments: str) -> dict[str, object]:
    """Run a command again until it succeeds, as an operator would after a crash."""
    for _ in range(20):
        process = await asyncio.to_thread(product.spawn, *arguments, "--json")
        out, _ = await asyncio.to_thread(process.communicate)
        if process.returncode == 0:
            return json.loads(out.splitlines()[-1])
        await asyncio.sleep(0.3)
    raise AssertionError(f"{arguments} never succeeded")


async def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(product: Product) -> None:
    lines = product.folder / "requests.jsonl"
    write_lines(lines)
    acknowledged: dict[str, str] = {}
    killed: list[str] = []
    rng = random.Random(7)
    _, imported, _ = await asyncio.gather(
        kill_now_and_then(product, rng, killed),
        run_until_done(product, "import", str(lines)),
        file_over_http(product, acknowledged),
    )
    assert imported["read"] == IMPORTED
    assert imported["filed"] + imported["already"] == IMPORTED
    _, played = await asyncio.gather(
        kill_now_and_then(product, rng, killed), run_until_done(product, "simulate", "--speed", "120")
    )
    assert played["unfinished"] == 0
    assert killed.count("postgres") == 6
    again = json.loads(product.run("import", str(lines), "--json").splitlines()[-1])
    assert [again[name] for name in ("read", "filed", "already", "failed", "left")] == [IMPORTED, 0, IMPORTED, 0, 0]
    await check_the_books(product, acknowledged)


async def check_the_books(product: Product, acknowledged: dict[str, str]) -> None:
    password = (product.folder / "postgres" / "superuser.password").read_text()
    socket = product.folder / "postgres" / "run"
    connection = await asyncpg.connect(host=str(socket), user="hotline", password=password, database="hotline")
    try:
        rows = await connection.fetch("SELECT external_ref, ticket_no FROM service_request")
        assert len(rows) == IMPORTED + FILED
        found = {row["external_ref"]: row["ticket_no"] for row in rows}
        assert len(found) == len(rows)
        assert {ref: found[ref] for ref in acknowledged} == acknowledged
        assert len(acknowledged) == FILED
        open_leads = """
            SELECT request_id FROM work_order WHERE role = 'lead' AND state IN ('pending', 'accepted', 'submitted')
            GROUP BY request_id HAVING count(*) > 1"""
        assert await connection.fetch(open_leads) == []
        crooked = """
            SELECT r.ticket_no FROM service_request r JOIN event e ON e.request_id = r.id GROUP BY r.id
            HAVING count(*) <> r.version OR max(e.seq) <> r.version OR min(e.seq) <> 1"""
        assert await connection.fetch(crooked) == []
        untold = """
            SELECT r.ticket_no, r.state FROM service_request r
            WHERE r.state NOT IN (SELECT e.to_state FROM event e WHERE e.request_id = r.id AND e.kind LIKE 'request.%'
                                  OR e.request_id = r.id AND e.kind = 'work_order.completed')
              AND r.state <> 'in_progress'"""
        assert await connection.fetch(untold) == []
        imported = "SELECT count(*) FROM service_request WHERE channel = 'import' AND state = 'closed'"
        assert await connection.fetchval(imported) == IMPORTED
    finally:
        await connection.close()
