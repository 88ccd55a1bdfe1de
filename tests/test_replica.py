"""Reads on a real streaming replica: it is used, nobody misses what he has just done, and it may vanish at any time."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from conftest import create_database, settings_for

from app.core import replica as replicas
from app.core.database import Database
from app.core.embedded_postgres import EmbeddedPostgres
from app.core.recent import Recent
from app.services.diagnosis.database import look_at_database
from app.services.diagnosis.finding import Level
from app.services.installation import open_installation
from app.services.migrating import migrate_to_head
from app.services.reading import READS
from app.services.seeding.catalogue import seed_catalogue
from app.services.seeding.demo_city import seed_demo_city
from support.api import Api, serve
from support.standby import Standby, standby_of

NAME = "hotline"
LOOK_UPS = "SELECT sum(calls)::int FROM pg_stat_statements WHERE query ~ 'query_code_hash'"
_number = itertools.count(1)


@pytest.fixture(scope="module")
def primary(workspace: Path) -> Iterator[EmbeddedPostgres]:
    quick = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "100"}
    with EmbeddedPostgres(workspace / "primary", settings=quick) as server:
        yield server


@pytest.fixture(scope="module")
async def url(primary: EmbeddedPostgres, workspace: Path) -> str:
    """The primary's database, with catalogue and demo city."""
    made = await create_database(primary, NAME)
    await asyncio.to_thread(migrate_to_head, made)
    admin = await asyncpg.connect(made)
    await admin.execute("CREATE EXTENSION pg_stat_statements")
    await admin.close()
    settings = settings_for(made, workspace)
    async with open_installation(made, settings) as here:

        async def work(connection: asyncpg.Connection) -> None:
            await seed_catalogue(connection, date(2026, 11, 21))
            await seed_demo_city(connection, settings)

        await here.database.transaction(work)
    return made


@pytest.fixture(scope="module")
def standby(primary: EmbeddedPostgres, url: str, workspace: Path) -> Iterator[Standby]:
    with standby_of(primary, workspace / "standby") as made:
        yield made


@asynccontextmanager
async def service(url: str, standby: Standby, workspace: Path, **changes: object) -> AsyncIterator[Api]:
    """A service that uses the replica as soon as it knows that it may."""
    given = {"replica_url": standby.dsn(NAME), "replica_max_lag": 60, **changes}
    async with serve(settings_for(url, workspace, **given)) as api:
        await eventually(lambda: usable(api))
        yield api


@pytest.fixture
async def api(url: str, standby: Standby, workspace: Path) -> AsyncIterator[Api]:
    async with service(url, standby, workspace) as running:
        yield running


async def usable(api: Api) -> bool:
    replica = api.here.reading.replica
    return replica is not None and replica.usable


async def eventually(look: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


def served() -> dict[str, float]:
    """How many reads went where, in this process."""
    samples = next(iter(READS.collect())).samples
    return {sample.labels["server"]: sample.value for sample in samples if sample.name.endswith("_total")}


async def by_replica(call: Callable[[], Awaitable[httpx.Response]]) -> bool:
    """Whether the replica serves this call, which must succeed."""
    before = served().get("replica", 0)
    assert (await call()).status_code == 200
    return served().get("replica", 0) == before + 1


@asynccontextmanager
async def citizen(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, which keeps cookies."""
    async with httpx.AsyncClient(base_url=api.url, timeout=60) as client:
        yield client


async def look_up(api: Api, filed: dict[str, Any], client: httpx.AsyncClient | None = None) -> httpx.Response:
    path = f"/public/requests/{filed['ticket_no']}"
    if client is not None:
        return await client.get(path, params={"code": filed["query_code"]})
    async with citizen(api) as stranger:
        return await stranger.get(path, params={"code": filed["query_code"]})


async def settled(api: Api, standby: Standby) -> dict[str, Any]:
    """A request that the replica has, and of which nobody remembers that it is new."""
    filed = await api.file(text=f"东湖花园{next(_number)}号楼外的路灯坏了一个星期，请尽快派人维修。")
    seen = f"SELECT count(*) FROM service_request WHERE ticket_no = '{filed['ticket_no']}'"
    await eventually(lambda: standby.ask(NAME, seen))
    await asyncio.sleep(0.2)  # the hub has told of it
    api.here.reading.touched = Recent(60)
    return filed


async def test_the_doctor_says_how_far_the_replica_is_and_whether_it_is_used(
    url: str, standby: Standby, workspace: Path
) -> None:
    await standby.ask(NAME, "SELECT 1")  # it has started
    settings = settings_for(url, workspace, replica_url=standby.dsn(NAME), replica_max_lag=60)
    (found,) = [one for one in await look_at_database(url, settings) if one.subject == "replica"]
    assert found.level is Level.OK
    assert re.fullmatch(r"reachable, \d+\.\d\d s behind, used for look-ups, lists and statistics", found.fact)
    await standby.ask(NAME, "SELECT pg_wal_replay_pause()")
    try:
        await eventually(lambda: standby.ask(NAME, "SELECT pg_get_wal_replay_pause_state() = 'paused'"))
        admin = await asyncpg.connect(url)
        await admin.execute("CREATE TABLE behind ()")
        await admin.execute("DROP TABLE behind")
        await admin.close()
        close = settings_for(url, workspace, replica_url=standby.dsn(NAME), replica_max_lag=1)
        (found,) = [one for one in await look_at_database(url, close) if one.subject == "replica"]
        assert found.level is Level.WARN
        assert "more than 1 s behind" in found.fact
        assert found.fact.endswith("not used")
    finally:
        await standby.ask(NAME, "SELECT pg_wal_replay_resume()")


async def test_look_ups_lists_and_figures_are_served_by_the_replica(api: Api, standby: Standby) -> None:
    filed = await settled(api, standby)
    assert await by_replica(lambda: look_up(api, filed))
    assert await standby.ask(NAME, LOOK_UPS) == 1
    supervisor = api.as_("supervisor")
    assert await by_replica(lambda: supervisor.get("/v1/requests", params={"text": "路灯"}))
    assert await by_replica(lambda: supervisor.get("/v1/statistics/summary"))
    assert await by_replica(lambda: supervisor.get("/v1/statistics/league"))
    page = (await supervisor.get("/metrics")).text
    assert 'hotline_reads_total{server="replica"}' in page
    assert "hotline_replica_lag_seconds" in page


async def test_who_has_just_acted_sees_it_while_replay_stands_still(
    api: Api, url: str, standby: Standby, workspace: Path
) -> None:
    filed, other = await settled(api, standby), await settled(api, standby)
    operator = api.as_("operator")
    async with citizen(api) as person, service(url, standby, workspace) as elsewhere:
        await standby.ask(NAME, "SELECT pg_wal_replay_pause()")
        try:
            path = f"/public/requests/{filed['ticket_no']}"
            body = {"code": filed["query_code"], "text": "路灯杆上的编号是 A-17。"}
            acted = await person.post(f"{path}/supplements", json=body)
            assert acted.status_code == 200, acted.text
            mark = acted.headers["set-cookie"]
            assert mark == "hotline_wrote=1; Max-Age=61; Path=/; HttpOnly; SameSite=Lax"
            version = acted.json()["version"]
            assert (await look_up(api, filed, person)).json()["version"] == version
            assert (await look_up(api, filed)).json()["version"] == version, "without a cookie as well"
            async with httpx.AsyncClient(base_url=elsewhere.url, headers={"cookie": "hotline_wrote=1"}) as marked:
                there = await marked.get(path, params={"code": filed["query_code"]})
            assert there.json()["version"] == version, "in another process as well"

            async def heard() -> bool:
                return bool((await look_up(elsewhere, filed)).json()["version"] == version)

            await eventually(heard, 10)
            fresh = await api.file(text="西山路口的井盖不见了，晚上很危险，请尽快处理。")
            assert (await look_up(api, fresh)).status_code == 200, "the replica has never heard of it"
            found = await operator.get("/v1/requests", params={"text": "井盖"})
            assert fresh["ticket_no"] in [item["ticket_no"] for item in found.json()["items"]]
            assert await by_replica(lambda: look_up(api, other)), "nobody has touched that one"
        finally:
            await standby.ask(NAME, "SELECT pg_wal_replay_resume()")


async def test_what_was_hidden_is_in_no_list_of_any_process(
    api: Api, url: str, standby: Standby, workspace: Path
) -> None:
    ticket = (await settled(api, standby))["ticket_no"]
    async with service(url, standby, workspace) as elsewhere:  # nobody told its hub of the request

        def listing() -> Awaitable[httpx.Response]:
            return elsewhere.as_("operator").get("/v1/requests")

        async def hidden() -> bool:
            return ticket not in [item["ticket_no"] for item in (await listing()).json()["items"]]

        assert await by_replica(listing)
        assert not await hidden()
        await standby.ask(NAME, "SELECT pg_wal_replay_pause()")
        try:
            await api.step("dispatcher", f"requests/{ticket}/classify", kind="report", category_code="2501")
            await eventually(hidden, 10)
            assert not await by_replica(listing)
        finally:
            await standby.ask(NAME, "SELECT pg_wal_replay_resume()")
        await eventually(lambda: by_replica(listing), 10)
        assert await hidden(), "now the replica knows as well"


async def test_wrong_codes_are_counted_by_the_primary(api: Api, standby: Standby) -> None:
    filed = await settled(api, standby)
    wrong = {**filed, "query_code": "WRONG-CODE-0"}
    statuses = [(await look_up(api, wrong)).status_code for _ in range(api.here.settings.guess_attempts + 1)]
    assert statuses == [404] * api.here.settings.guess_attempts + [429]
    async with api.here.database.connection() as connection:
        bucket = f"code:{filed['ticket_no']}"
        assert await connection.fetchval("SELECT failures FROM throttle WHERE bucket = $1", bucket) >= 10


async def test_a_replica_that_falls_behind_is_not_asked_until_it_has_caught_up(
    url: str, standby: Standby, workspace: Path
) -> None:
    async with service(url, standby, workspace, replica_max_lag=1) as api:
        filed = await settled(api, standby)
        await standby.ask(NAME, "SELECT pg_wal_replay_pause()")
        await api.file(text="另一件诉求，让日志向前走。")

        async def behind() -> bool:
            return not await usable(api)

        await eventually(behind)
        assert not await by_replica(lambda: look_up(api, filed))
        await standby.ask(NAME, "SELECT pg_wal_replay_resume()")
        await eventually(lambda: usable(api))
        assert await by_replica(lambda: look_up(api, filed))


async def test_a_killed_replica_costs_nobody_an_answer_and_is_used_again_when_it_is_back(
    api: Api, standby: Standby
) -> None:
    filed = await settled(api, standby)
    codes: list[int] = []

    async def keep_looking() -> None:
        async with citizen(api) as client:
            for _ in range(40):
                codes.append((await look_up(api, filed, client)).status_code)

    looking = [asyncio.create_task(keep_looking()) for _ in range(8)]
    while len(codes) < 40:
        await asyncio.sleep(0.01)
    standby.kill()
    await asyncio.gather(*looking)
    assert set(codes) == {200}
    assert not await by_replica(lambda: look_up(api, filed))
    standby.start()
    await eventually(lambda: usable(api))
    assert await by_replica(lambda: look_up(api, filed))


async def test_a_frozen_replica_is_left_alone(api: Api, standby: Standby) -> None:
    filed = await settled(api, standby)
    standby.freeze()
    try:
        answers = await asyncio.gather(*(look_up(api, filed) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
    finally:
        standby.thaw()
    await eventually(lambda: usable(api))


@asynccontextmanager
async def watched(
    primary: str, replica: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, replicas.Replica]]:
    """A replica that is in use, and its primary, with one connection each for their callers."""
    monkeypatch.setattr(replicas, "ANSWER_SECONDS", 0.4)
    here = Database(primary, pool_size=1)
    await here.open()
    watching = replicas.Replica(Database(replica, pool_size=1), here, 5.0)
    watching.open()

    async def fit() -> bool:
        return watching.usable

    await eventually(fit)
    try:
        yield here, watching
    finally:
        await watching.close()
        await here.close()


async def test_servers_with_much_to_do_are_not_taken_for_dead(
    url: str, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(url, standby.dsn(NAME), monkeypatch) as (primary, replica), primary.connection():
        reading = asyncio.create_task(replica.read(lambda connection: connection.fetchval("SELECT pg_sleep(2)::text")))
        while not reading.done():
            assert replica.usable
            await asyncio.sleep(0.05)
        assert await reading == "", "nobody cut it off"


async def test_a_primary_that_says_nothing_makes_the_replica_late_and_nothing_more(
    url: str, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(url, standby.dsn(NAME), monkeypatch) as (_, replica):
        replica.max_lag = 1.0
        monkeypatch.setattr(replicas, "MARK", "SELECT pg_sleep(60)")
        reading = asyncio.create_task(replica.read(lambda connection: connection.fetchval("SELECT pg_sleep(3)::text")))

        async def late() -> bool:
            return not replica.usable

        await eventually(late)
        assert await reading == "", "nobody cut it off"


async def test_a_replica_that_is_not_there_does_not_hold_up_the_start(url: str, workspace: Path) -> None:
    nowhere = "postgresql://hotline:x@127.0.0.1:1/hotline"
    async with serve(settings_for(url, workspace, replica_url=nowhere)) as api:
        filed = await api.file()
        assert (await look_up(api, filed)).status_code == 200
        assert not await usable(api)


async def test_a_replica_that_was_promoted_is_a_stranger(api: Api, standby: Standby) -> None:
    filed = await settled(api, standby)
    assert await standby.ask(NAME, "SELECT pg_promote()")

    async def shunned() -> bool:
        return not await usable(api)

    await eventually(shunned)
    assert not await by_replica(lambda: look_up(api, filed))
