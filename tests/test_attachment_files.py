"""Where files lie: in a folder or in an S3-compatible store; nothing is lost by a crash, nothing is left over."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from conftest import settings_for

from app.core.file_store import FileStore, FileStoreError
from app.services.attachments.tidy import tidy_files
from support.api import Api, serve
from support.lives import UNIT, Life, live
from support.problems import problem
from support.s3 import Bucket, bucket
from support.samples import GOOD

HANDLER = f"unit-{UNIT}"


def now() -> datetime:
    return datetime.now(UTC)


async def upload(api: Api, life: Life, name: str = "txt") -> httpx.Response:
    path = f"/v1/requests/{life.ticket_no}/attachments"
    return await api.as_(HANDLER).post(path, files={"file": (f"x.{name}", GOOD[name][0])})


def age(folder: Path, days: float) -> None:
    """Make every file look as old as that."""
    then = time.time() - days * 86400
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
async def local(database_copy: str, workspace: Path, tmp_path: Path) -> AsyncIterator[tuple[Api, Path]]:
    """A service with a folder of its own."""
    async with serve(settings_for(database_copy, tmp_path)) as api:
        yield api, tmp_path / "files"


async def test_a_file_whose_row_never_came_is_dropped_after_a_day(local: tuple[Api, Path]) -> None:
    api, folder = local
    life = await live(api, "in progress")
    assert (await upload(api, life)).status_code == 201
    kept = files_in(folder)
    day = folder / f"{now() - timedelta(days=1):%Y%m%d}"
    day.mkdir(exist_ok=True)
    for name in ("cut-off-before-the-row", "half-written#1"):
        (day / name).write_bytes(b"x")
    assert await tidy_files(api.here, now()) == 0, "an upload may still be under way"
    age(folder, 1.5)
    assert await tidy_files(api.here, now()) == 2
    assert files_in(folder) == kept
    assert await tidy_files(api.here, now()) == 0
    assert (await api.as_(HANDLER).get(f"/v1/attachments/{life.ticket_no}-F1")).content == GOOD["txt"][0]


async def test_a_call_that_is_killed_between_file_and_row_leaves_only_an_orphan(local: tuple[Api, Path]) -> None:
    api, folder = local
    life = await live(api, "in progress")
    async with api.here.database.connection() as blocking, blocking.transaction():
        await blocking.execute("SELECT FROM service_request WHERE ticket_no = $1 FOR UPDATE", life.ticket_no)
        call = asyncio.create_task(upload(api, life))
        while not files_in(folder):
            await asyncio.sleep(0.01)
        async with api.here.database.connection() as other:
            while not await other.fetchval("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted LIMIT 1"):
                await asyncio.sleep(0.01)
        assert (await call).status_code == 503
    assert len(files_in(folder)) == 1, "whether it was committed nobody knew, so the file stayed"
    items = (await api.as_(HANDLER).get(f"/v1/requests/{life.ticket_no}/attachments")).json()["items"]
    assert items == []
    age(folder, 1.5)
    assert await tidy_files(api.here, now()) == 1
    assert files_in(folder) == set()
    assert (await upload(api, life)).json()["number"].endswith("-F1"), "no gap either"


@pytest.fixture
async def store() -> AsyncIterator[Bucket]:
    async with bucket() as made:
        yield made


@pytest.fixture
async def remote(database_copy: str, tmp_path: Path, store: Bucket) -> AsyncIterator[Api]:
    """A service whose files lie in the S3-compatible store."""
    url = f"s3://files/city/a?endpoint={store.url}&region=local"
    settings = settings_for(database_copy, tmp_path, storage_url=url, storage_key="KEY", storage_secret="SECRET")
    async with serve(settings) as api:
        yield api


async def test_an_s3_compatible_store_serves_as_well(remote: Api, store: Bucket, tmp_path: Path) -> None:
    life = await live(remote, "in progress")
    made = (await upload(remote, life, "wav")).json()
    [key] = store.files
    assert key.startswith(f"city/a/{now():%Y%m%d}/")
    assert made["filename"] not in key
    assert all("Credential=KEY/" in signature for signature in store.signatures)
    path, content = f"/v1/attachments/{made['number']}", GOOD["wav"][0]
    assert (await remote.as_(HANDLER).get(path)).content == content
    part = await remote.as_(HANDLER).get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    store.files["city/a/" + f"{now() - timedelta(days=2):%Y%m%d}/orphan"] = b"x"
    store.times |= {key: time.time() - 2 * 86400 for key in store.files}
    assert await tidy_files(remote.here, now()) == 1
    assert set(store.files) == {key}
    assert (await remote.as_(HANDLER).delete(path)).status_code == 204
    assert store.files == {}
    assert not (tmp_path / "files").exists()


async def test_a_store_that_is_out_of_reach_is_an_outage_and_what_was_removed_is_erased_later(
    remote: Api, store: Bucket
) -> None:
    life = await live(remote, "in progress")
    made = (await upload(remote, life)).json()
    path, client = f"/v1/attachments/{made['number']}", remote.as_(HANDLER)
    store.down = True
    for answer in (await upload(remote, life), await client.get(path)):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await client.delete(path)).status_code == 204
    problem(await client.get(path), 404)
    with pytest.raises(FileStoreError):
        await tidy_files(remote.here, now())
    assert len(store.files) == 1
    store.down = False
    assert await tidy_files(remote.here, now()) == 1
    assert store.files == {}


async def test_a_store_makes_no_folder_before_it_is_used(tmp_path: Path) -> None:
    FileStore(tmp_path / "files")
    assert not (tmp_path / "files").exists()
    files = FileStore(tmp_path / "files")
    assert [batch async for batch in files.list("20260101", 10)] == []
    await files.delete("20260101/nothing")
