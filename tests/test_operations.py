"""For those who run the service: ready or not, figures, logs that tell much and nobody's name."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from conftest import KEYS, settings_for

from app.core.embedded_postgres import EmbeddedPostgres
from app.core.http_limits import MAX_HEAD_BYTES
from app.core.logging import configure_logging, describe_exception
from app.main import create_app
from support.api import Api, serve
from support.service import run, running

PHONE, NAME, STREET = "13912345678", "欧阳测试", "东湖路一百号"


@pytest.fixture
def logs() -> Iterator[None]:
    """Puts the log of the test run back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    page = (await client.get("/metrics")).text
    lines = [line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")]
    assert len({name for name, _, _ in lines}) == len(lines), "a series appears twice"
    return {name: float(value) for name, _, value in lines}


async def test_alive_and_ready(api: Api) -> None:
    nobody = api.as_()
    assert (await nobody.get("/healthz")).json() == {"status": "ok"}
    assert (await nobody.get("/readyz")).json() == {"status": "ok", "database": "ok", "migrations": "ok"}


async def test_figures_tell_what_the_database_holds(api: Api) -> None:
    nobody = api.as_()
    before = await figures(nobody)
    filed = await api.file()
    unit = f"unit-{filed['dispatch']['unit']['code']}"
    await api.step(unit, f"work-orders/{filed['dispatch']['work_order_no']}/accept")
    after = await figures(nobody)
    grown = {name for name in after if after[name] != before.get(name, 0) and "seconds" not in name}
    assert {'hotline_requests{state="in_progress"}', 'hotline_work_orders{state="accepted"}'} <= grown
    assert 'hotline_requests{state="on_hold"}' in after, "a state without requests has its zero"
    assert after["hotline_clock_sweep_lag_seconds"] == 0
    assert after["hotline_database_up"] == 1
    assert after['hotline_database_pool_connections{state="idle"}'] >= 1
    name = 'hotline_http_request_seconds_count{method="POST",route="/v1/requests",status="201"}'
    assert after[name] == before.get(name, 0) + 1
    assert not any(filed["ticket_no"] in name for name in after)


async def test_waiting_clients_are_counted(api: Api) -> None:
    client = api.as_("dispatcher")
    waiting = asyncio.create_task(client.get("/v1/feed", params={"after": "latest", "wait": 20}))
    while (await figures(api.as_()))["hotline_feed_waiters"] != 1:
        await asyncio.sleep(0.02)
    await api.file()
    assert (await waiting).json()["items"]
    assert (await figures(api.as_()))["hotline_feed_waiters"] == 0


@pytest.fixture
async def shut_out(postgres: EmbeddedPostgres, database_copy: str, workspace: Path) -> AsyncIterator[Api]:
    """A service whose database refuses all connections."""
    async with serve(settings_for(database_copy, workspace)) as running_api:
        name = database_copy.partition("?")[0].rpartition("/")[2]
        admin = await asyncpg.connect(postgres.dsn("postgres"))
        try:
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            yield running_api
        finally:
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await admin.close()


async def test_without_a_database_alive_but_not_ready(shut_out: Api) -> None:
    nobody = shut_out.as_()
    assert (await nobody.get("/healthz")).status_code == 200
    ready = await nobody.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
    seen = await figures(nobody)
    assert seen["hotline_database_up"] == 0
    assert "hotline_feed_waiters" in seen


async def test_a_schema_behind_is_not_ready(api: Api) -> None:
    async with api.here.database.connection() as connection:
        newest = await connection.fetchval("SELECT version_num FROM alembic_version")
        await connection.execute("UPDATE alembic_version SET version_num = 'older'")
        ready = await api.as_().get("/readyz")
        await connection.execute("UPDATE alembic_version SET version_num = $1", newest)
    assert (ready.status_code, ready.json()["migrations"]) == (503, "behind")


@pytest.mark.parametrize(
    ("given", "kept"), [("trace-1.a_B", True), ("x" * 65, False), ("a b", False), ("<script>", False)]
)
async def test_a_request_id_is_kept_when_harmless(api: Api, given: str, kept: bool) -> None:
    answer = await api.as_().get("/healthz", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_our_own_mistakes_are_answered_logged_once_and_quote_nobody(
    workspace: Path, capsys: pytest.CaptureFixture[str], logs: None
) -> None:
    app = create_app(settings_for("", workspace, log_level="info", log_format="json"))

    async def boom() -> None:
        raise ValueError(f"cannot read {NAME} {PHONE}")

    app.add_api_route("/boom", boom)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(f"/boom?phone={PHONE}", headers={"X-Request-Id": "r1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["x-request-id"] == "r1"
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["unexpected", "request"]
    assert {line["request_id"] for line in lines} == {"r1"}
    assert "ValueError: cannot read … …" in lines[0]["exception"]
    assert (lines[1]["route"], lines[1]["status"]) == ("/boom", 500)
    assert PHONE not in json.dumps(lines, ensure_ascii=False)


async def test_the_databases_quotations_of_rows_stay_out_of_the_log(api: Api) -> None:
    person = " ".join(("Zhang", "San"))  # a traceback shows lines of code, which this must not be found in
    with pytest.raises(asyncpg.NotNullViolationError) as caught:
        async with api.here.database.connection() as connection:
            await connection.execute("INSERT INTO throttle VALUES ($1, NULL, 1)", person)
    told = describe_exception(caught.value, caught.value.__traceback__)
    assert person in str(caught.value)
    assert person not in told
    assert 'null value in column "window_start"' in told


@pytest.mark.parametrize("style", ["json", "console"])
def test_libraries_log_like_we_do(style: str, capsys: pytest.CaptureFixture[str], logs: None) -> None:
    configure_logging("info", style)
    try:
        secret = NAME
        raise LookupError(secret)
    except LookupError:
        logging.getLogger("uvicorn.error").exception("failed")
    logging.getLogger("httpx").info("GET /public/requests/1?code=SECRET")
    told = capsys.readouterr().err
    assert "failed" in told
    assert "LookupError" in told
    assert NAME not in told
    assert "SECRET" not in told


def test_the_log_of_a_running_service(database_copy: str, workspace: Path) -> None:
    """A single process, from its start to Ctrl-C, with personal data in every place where it may come."""
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}
    with running("serve", "--port", "0", log=workspace / "single.log", **given) as service:
        assert service.output[-1].endswith("(1 API process)\n")
        headers = {**service.token("operator"), "X-Request-Id": "r-4711"}
        body = {
            "channel": "phone",
            "text": f"{STREET}的井盖坏了，请尽快修理，谢谢。",
            "requester": {"name": NAME, "phone": PHONE},
        }
        filed = httpx.post(service.url + "/v1/requests", json=body, headers=headers, timeout=20).json()
        code, ticket = filed["query_code"], filed["ticket_no"]
        assert service.get(f"/v1/requests?phone={PHONE}", headers=headers).status_code == 200
        assert service.get(f"/public/requests/{ticket}?code={code}").status_code == 200
        assert service.get(f"/public/requests/{ticket}/{NAME}?code={code}").status_code == 404
        assert service.get("/healthz", headers={"x-long": "a" * MAX_HEAD_BYTES}).status_code == 431
        assert service.stop(2) == 0
        lines = [json.loads(line) for line in service.log().splitlines()]
    calls = [line for line in lines if line["event"] == "request"]
    assert [call["route"] for call in calls] == [
        "/v1/auth/token",
        "/v1/requests",
        "/v1/requests",
        "/public/requests/{ticket_no}",
        "unmatched",
    ]
    assert calls[1] | {"request_id": "r-4711", "status": 201, "method": "POST"} == calls[1]
    whole = json.dumps(lines, ensure_ascii=False)
    assert not [secret for secret in (PHONE, NAME, STREET, code, ticket, "operator") if secret in whole]


async def test_serve_refuses_a_database_behind(postgres: EmbeddedPostgres, workspace: Path) -> None:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute("CREATE DATABASE operations_empty TEMPLATE template0")
    await admin.close()
    done = run("serve", "--port", "0", database_url=postgres.dsn("operations_empty"), data_dir=workspace)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hotline: The database is not at the newest schema; run `hotline migrate` first.\n"


async def test_serve_says_which_database_does_not_answer(workspace: Path) -> None:
    url = "postgresql://me:geheim@127.0.0.1:1/nowhere"
    done = run("serve", "--workers", "2", "--port", "0", database_url=url, data_dir=workspace, secret_keys=KEYS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hotline: The installation cannot be used (")
    assert "check HOTLINE_DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr
    assert sys.executable not in done.stderr
