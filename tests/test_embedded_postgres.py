"""The life of the embedded server: start, share, die, come back, stop. Real processes, real kill -9."""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psutil
import pytest
from embedded_postgres_peer import AS_ROOT, FAST, ORDINARY_UID, Peer, fresh_folder, query, running, until
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.embedded_postgres import EmbeddedPostgres, postmaster


@pytest.fixture
def folder() -> Iterator[Path]:
    with fresh_folder() as path:
        yield path


@pytest.fixture
def root(folder: Path) -> Path:
    return folder / "pg"


@pytest.fixture
def new_peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(*args: object, **options: object) -> Peer:
        peers.append(Peer(*args, **options))  # type: ignore[arg-type]  # passed through as given
        return peers[-1]

    yield make
    for peer in peers:
        peer.end()


def test_cold_start_gives_the_server_we_want_and_a_warm_start_keeps_the_rows(root: Path) -> None:
    server = EmbeddedPostgres(root, settings={**FAST, "max_connections": "23"})
    with server:
        assert not server.adopted
        dsn = server.dsn()
        for name, value in {
            "timezone": "UTC",
            "data_checksums": "on",
            "password_encryption": "scram-sha-256",
            "listen_addresses": "",
            "wal_compression": "pglz",
            "shared_preload_libraries": "pg_stat_statements",
            "max_connections": "23",
        }.items():
            assert query(dsn, f"select current_setting('{name}')") == value
        locale = "select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'postgres'"
        assert query(dsn, locale) == "b C.UTF-8"
        assert query(dsn, "show server_version") == server.server_version()
        assert (root / "superuser.password").stat().st_mode & 0o777 == 0o600
        assert (root / "data").stat().st_mode & 0o777 == 0o700
        query(dsn, "create table kept as select generate_series(1, 1000)")
    assert not running(root)
    with pytest.raises(OSError):  # noqa: PT011 - any refusal will do
        query(dsn, "select 1")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with EmbeddedPostgres(root, settings=FAST, port=port) as server:
        assert query(server.dsn(), "select count(*) from kept") == 1000
        password = (root / "superuser.password").read_text()
        by_tcp = f"postgresql://hotline:{password}@127.0.0.1:{port}/postgres"
        assert query(by_tcp, "select count(*) from kept") == 1000
        with pytest.raises(asyncpg.InvalidPasswordError):
            query(by_tcp.replace(password, "wrong"), "select 1")
        assert server.describe()["port"] == port


@pytest.mark.parametrize("name", ["有 空格 的 目录", "很长的目录" * 14, 'comma, quote" and %41 & ?'])
def test_any_folder_name_will_do(folder: Path, name: str) -> None:
    async def by_sqlalchemy(dsn: str) -> object:
        engine = create_async_engine(dsn.replace("postgresql", "postgresql+asyncpg", 1))
        async with engine.connect() as connection:
            value = await connection.scalar(text("select current_database()"))
        await engine.dispose()
        return value

    with EmbeddedPostgres(folder / name, settings=FAST) as server:
        query(server.dsn(), 'create database "区 县"')
        assert query(server.dsn("区 县"), "select current_database()") == "区 县"
        assert asyncio.run(by_sqlalchemy(server.dsn("区 县"))) == "区 县"
        sockets = Path(str(server.describe()["socket"]))
        assert sockets.stat().st_mode & 0o777 == 0o700
    if not sockets.is_relative_to(folder):
        assert not sockets.exists()


def kill_under_a_long_calculation(dsn: str, pid: int) -> None:
    """The session waits for nothing, so it does not notice by itself that its server is gone."""
    calculation = """insert into kept select 1
        from generate_series(1, 100000) as a(x), generate_series(1, 100000) as b(y) where x + y < 0"""

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        busy = asyncio.create_task(connection.execute(calculation))
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await asyncio.wait_for(busy, 30)
        connection.terminate()

    asyncio.run(run())


def test_a_killed_server_comes_back_with_every_committed_row(
    root: Path, new_peer: Callable[..., Peer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with EmbeddedPostgres(root, settings=FAST) as server:
        peer = new_peer(root)
        first = peer.ask("start")
        assert first["adopted"]
        query(server.dsn(), "create table kept as select generate_series(1, 1000)")

        kill_under_a_long_calculation(server.dsn(), first["pid"])
        assert until(lambda: query(server.dsn(), "select count(*) from kept")) == 1000
        after = peer.ask("describe")
        assert after["pid"] == server.describe()["pid"] != first["pid"]
        restarted_here = "PostgreSQL had died" in caplog.text
        until(lambda: server.adopted is not restarted_here and peer.ask("describe")["adopted"] is restarted_here)


def test_the_last_to_leave_turns_off_the_light(root: Path, new_peer: Callable[..., Peer]) -> None:
    server, peer = EmbeddedPostgres(root, settings=FAST), new_peer(root)
    server.start()
    server.start()  # once more does nothing
    pid = server.describe()["pid"]
    assert peer.ask("start")["pid"] == pid
    server.close()
    assert running(root)
    server.start()
    assert server.adopted
    assert peer.ask("close")["running"]
    assert server.describe()["pid"] == pid
    server.close()
    server.close()  # once more does nothing
    assert not running(root)
    assert "database system is shut down" in (root / "postgres.log").read_text()


def test_a_server_whose_starter_was_killed_is_adopted_and_still_watched(
    root: Path, new_peer: Callable[..., Peer]
) -> None:
    starter = new_peer(root)
    pid = starter.ask("start")["pid"]
    starter.end(signal.SIGKILL)
    assert running(root)
    with EmbeddedPostgres(root, settings=FAST) as server:
        assert server.adopted
        assert server.describe()["pid"] == pid
        os.kill(pid, signal.SIGKILL)
        assert until(lambda: not server.adopted)  # a moment after the new server takes connections
        assert query(server.dsn(), "select 1") == 1
        assert server.describe()["pid"] != pid
    assert not running(root)


def test_a_zombie_is_not_taken_for_a_server(root: Path, new_peer: Callable[..., Peer]) -> None:
    starter = new_peer(root)
    pid = starter.ask("start")["pid"]
    with EmbeddedPostgres(root, settings=FAST) as server:
        starter.process.send_signal(signal.SIGSTOP)  # it cannot reap its child now
        query(server.dsn(), "create table kept (i int)")
        kill_under_a_long_calculation(server.dsn(), pid)
        assert until(lambda: query(server.dsn(), "select 1")) == 1
        assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        starter.process.send_signal(signal.SIGCONT)
        assert starter.ask("close")["running"]
        assert not psutil.pid_exists(pid)


def watchers() -> int:
    return sum(thread.name == "postgres-watch" for thread in threading.enumerate())


def test_many_who_start_at_once_share_one_server(root: Path, new_peer: Callable[..., Peer]) -> None:
    peers = [new_peer(root) for _ in range(4)]
    for peer in peers:
        peer.send("start")
    answers = [peer.answer() for peer in peers]
    assert len({answer["pid"] for answer in answers}) == 1
    assert sorted(answer["adopted"] for answer in answers) == [False, True, True, True]
    others = watchers()  # of the server that the other tests share
    server = EmbeddedPostgres(root, settings=FAST)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: server.start(), range(8)))
        assert watchers() - others == 1
        list(pool.map(lambda _: server.close(), range(8)))
    for peer in peers:
        peer.send("close")
    assert [peer.answer().get("error") for peer in peers] == [None] * 4
    assert not running(root)


def test_leaving_by_ctrl_c_or_without_close_still_stops_the_server(root: Path, new_peer: Callable[..., Peer]) -> None:
    for leave in ("ctrl-c", "exit"):
        peer = new_peer(root)
        pid = peer.ask("start")["pid"]
        assert os.getsid(pid) == pid  # a session of its own: the terminal's Ctrl-C does not reach it
        if leave == "ctrl-c":
            os.killpg(peer.process.pid, signal.SIGINT)
        else:
            peer.send("exit")
        peer.process.wait(30)
        assert not running(root)
    assert "not properly shut down" not in (root / "postgres.log").read_text()


def test_a_first_start_killed_half_way_is_made_good_by_the_next(root: Path, new_peer: Callable[..., Peer]) -> None:
    peer = new_peer(root)
    peer.send("start")
    until(lambda: list(root.glob("data.initdb.*/base")))
    peer.end(signal.SIGKILL)
    assert not (root / "data").exists()
    with EmbeddedPostgres(root, settings=FAST) as server:
        assert query(server.dsn(), "select 1") == 1
    with EmbeddedPostgres(root, settings=FAST):
        assert not list(root.glob("data.initdb.*"))


def test_a_pid_file_whose_number_now_belongs_to_another_program(root: Path) -> None:
    with EmbeddedPostgres(root, settings=FAST) as server:
        identity = server.describe()["runs_as"]
        lines = (root / "data/postmaster.pid").read_text().splitlines()
    # Run by the server's own user: PostgreSQL by itself would take such a process for its predecessor.
    other = psutil.Popen(["sleep", "60"], user=str(identity) if AS_ROOT else None)
    try:
        pid_file = root / "data/postmaster.pid"
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        os.chown(pid_file, (root / "data").stat().st_uid, (root / "data").stat().st_gid)
        assert not running(root)
        with EmbeddedPostgres(root, settings=FAST) as server:
            assert not server.adopted
            assert query(server.dsn(), "select 1") == 1
        assert other.is_running()
        pid_file.write_text("")  # what a full disk leaves
        with EmbeddedPostgres(root, settings=FAST) as server:
            assert query(server.dsn(), "select 1") == 1
    finally:
        other.kill()
        other.wait()


def test_an_ordinary_user_needs_nobodys_help(folder: Path, new_peer: Callable[..., Peer]) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, ORDINARY_UID, -1)
    peer = new_peer(home / "pg", uid=ORDINARY_UID)
    answer = peer.ask("start")
    assert answer["uid"] == ORDINARY_UID
    server = postmaster.find(home / "pg/data")
    assert server is not None
    assert server.uid == ORDINARY_UID
    assert query(answer["dsn"], "select 1") == 1
    assert not peer.ask("close")["running"]
