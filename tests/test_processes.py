"""The service as processes: shared work, restarts after kill -9 of each part, and a stop that loses nothing."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from conftest import KEYS

from app.cli.serving import FIGURES
from support.service import Service, eventually, run, running

TEXT = "人民路口的红绿灯不亮了，早晚高峰很危险，请尽快修理。"
TOGETHER = ("serve", "--workers", "2", "--with-worker", "--port", "0")


@pytest.fixture(scope="module")
def city(workspace: Path) -> Path:
    """A data folder that `hotline demo` has prepared."""
    folder = workspace / "demo city 演示"
    with running("demo", "--requests", "3", log=workspace / "demo.log", data_dir=folder, port="0") as demo:
        shown = "".join(demo.output)
        assert f"{demo.url} (1 API process, worker)" in shown
        assert "Password demo " in shown
        assert demo.get("/readyz").status_code == 200
        assert sum(n for name, n in demo.figures().items() if name.startswith("hotline_requests{")) == 3
        assert demo.stop() == 0
    return folder


@pytest.fixture(scope="module")
def service(city: Path, workspace: Path) -> Iterator[Service]:
    with running(*TOGETHER, log=workspace / "service.log", data_dir=city, sweep_seconds="0.2") as started:
        yield started


@pytest.fixture(scope="module")
def operator(service: Service) -> dict[str, str]:
    return service.token("operator")


def file(service: Service, headers: dict[str, str]) -> str:
    body = {"channel": "phone", "text": TEXT, "category_code": "0203"}
    answer = httpx.post(service.url + "/v1/requests", json=body, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_no"])


def postmaster(city: Path) -> psutil.Process:
    return psutil.Process(int((city / "postgres/data/postmaster.pid").read_text().split()[0]))


def test_the_ready_line_names_url_and_processes(service: Service) -> None:
    assert service.output[-1].startswith("hotline: serving on http://127.0.0.1:")
    assert service.output[-1].endswith("(2 API processes, worker)\n")


def test_each_process_serves_when_the_other_does_not(service: Service, operator: dict[str, str]) -> None:
    for asleep in service.children("api-process"):
        asleep.suspend()
        try:
            assert [service.get("/v1/feed", headers=operator).status_code for _ in range(4)] == [200] * 4
        finally:
            asleep.resume()


def test_a_demo_whose_database_was_migrated_by_another_version_ends_and_says_why(
    database_copy: str, workspace: Path
) -> None:
    options = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "port": "0"}
    log = workspace / "overtaken.log"
    with running("demo", "--requests", "0", log=log, **options) as demo:
        asyncio.run(set_version(database_copy, "tomorrow"))
        demo.children("api-process")[0].kill()
        assert demo.process.wait(60) == 1
        said = demo.log()
    assert said.count("is at schema 'tomorrow', which this version of the hotline does not know") == 1
    assert "hotline: The api-1 process cannot work as things are" in said
    assert "Traceback" not in said


async def set_version(url: str, version: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = $1", version)
    await connection.close()


def test_the_parent_holds_no_database_connection(service: Service, city: Path) -> None:
    sockets = {c.raddr or c.laddr for c in psutil.Process(service.process.pid).net_connections("unix")}
    assert not any("PGSQL" in str(name) for name in sockets)


def test_waiting_clients_are_summed_and_forgotten_with_their_process(
    service: Service, operator: dict[str, str]
) -> None:
    def wait() -> int:
        try:
            return service.get("/v1/feed?after=latest&wait=20", headers=operator, timeout=30).status_code
        except httpx.TransportError:
            return 0

    with ThreadPoolExecutor(6) as clients:
        answers = [clients.submit(wait) for _ in range(6)]
        eventually(lambda: service.figures()["hotline_feed_waiters"] == 6)
        before = {child.pid for child in service.children("api-process")}
        for child in service.children("api-process"):
            child.kill()
        # Both are dead: the port still takes calls, which wait for the next process.
        assert service.get("/healthz", timeout=20).status_code == 200
        assert [answer.result() for answer in answers] == [0] * 6
    eventually(lambda: len({child.pid for child in service.children("api-process")} - before) == 2)
    assert service.figures()["hotline_feed_waiters"] == 0
    assert service.get("/v1/feed", headers=operator).status_code == 200


def test_counts_survive_the_process_that_counted(service: Service) -> None:
    name = 'hotline_http_request_seconds_count{method="POST",route="/v1/auth/token",status="200"}'
    assert service.figures()[name] == 1
    assert sum(n for name, n in service.figures().items() if "pool_connections" in name) >= 2


def test_a_killed_worker_comes_back(service: Service) -> None:
    (killed,) = service.children("worker-process")
    killed.kill()
    eventually(lambda: service.children("worker-process") and service.children("worker-process")[0].pid != killed.pid)
    runs = 'hotline_worker_runs_total{loop="clocks",outcome="done"}'
    seen = service.figures()[runs]
    eventually(lambda: service.figures()[runs] > seen)


def test_a_killed_postgres_comes_back_with_everything(service: Service, operator: dict[str, str], city: Path) -> None:
    ticket = file(service, operator)
    parts = {child.pid for child in psutil.Process(service.process.pid).children()}
    killed = postmaster(city)
    killed.kill()
    eventually(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE)
    eventually(lambda: service.get("/readyz").status_code == 200)
    eventually(lambda: service.get(f"/v1/requests/{ticket}", headers=operator).status_code == 200)
    assert file(service, operator) > ticket
    alive = {child.pid for child in psutil.Process(service.process.pid).children()}
    assert postmaster(city).pid != killed.pid
    assert len(parts & alive) >= 3, "API processes and worker live through the outage"


def test_a_second_service_on_the_port_is_refused_by_name(service: Service, city: Path) -> None:
    port = service.url.rpartition(":")[2]
    second = run("serve", "--port", port, data_dir=city)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"hotline: Port {port} on 127.0.0.1 is already in use by ")


def test_a_stop_finishes_what_began_and_sends_home_who_waits(
    service: Service, operator: dict[str, str], city: Path
) -> None:
    """Last of the tests on this service: SIGTERM comes in the middle of a body."""
    body = b'{"channel": "phone", "text": "%s"}' % TEXT.encode()
    address = service.url.removeprefix("http://").split(":")
    head = f"POST /v1/requests HTTP/1.1\r\nhost: h\r\nauthorization: {operator['Authorization']}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    children = psutil.Process(service.process.pid).children()
    (figures,) = {told[FIGURES] for child in children if FIGURES in (told := child.environ())}
    assert Path(figures).is_dir()
    with socket.create_connection((address[0], int(address[1]))) as slow, ThreadPoolExecutor(4) as clients:
        slow.sendall(head.encode() + body[:20])
        url = "/v1/feed?after=latest&wait=30"
        waiting = [clients.submit(service.get, url, headers=operator, timeout=40) for _ in range(4)]
        eventually(lambda: service.figures()["hotline_feed_waiters"] == 4)
        service.process.terminate()
        asked = time.monotonic()
        assert [answer.result().status_code for answer in waiting] == [200] * 4
        assert time.monotonic() - asked < 4, "far less than the 30 s they meant to wait"
        slow.sendall(body[20:])
        assert slow.recv(1000).startswith(b"HTTP/1.1 201 ")
    assert service.process.wait(40) == 0
    assert not (city / "postgres/data/postmaster.pid").exists()
    assert not Path(figures).exists()


def test_children_of_a_killed_parent_stop_by_themselves(city: Path, workspace: Path) -> None:
    with running(*TOGETHER, log=workspace / "orphans.log", data_dir=city) as orphaned:
        children = [*orphaned.children("api-process"), *orphaned.children("worker-process")]
        assert len(children) == 3
        server = postmaster(city)
        assert orphaned.stop(signal.SIGKILL) == -signal.SIGKILL
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not alive
        assert psutil.wait_procs([server], timeout=20)[1] == []
