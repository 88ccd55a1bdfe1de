"""The master keys are changed under a working service, and by a rotation that is killed: every person still reads right."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from conftest import KEYS, create_database, settings_for
from sqlalchemy import LargeBinary

from app.core.embedded_postgres import EmbeddedPostgres
from app.core.security import KeyRing, KeyRingError
from app.models import metadata
from app.services.diagnosis.database import look_at_database
from app.services.installation import open_installation
from app.services.key_rotation import SEALED, Outcome, RotationError, keys_in_use, rotate
from app.services.personal import seal, unseal
from support.api import TEXT
from support.service import COMMAND, Service, environment, run, running

MANY = 2000


@pytest.fixture
def folder(workspace: Path, request: pytest.FixtureRequest) -> Path:
    """A data folder of its own whose key file fits the template database."""
    made = workspace / request.node.name
    made.mkdir()
    (made / "secret_keys").write_text(KEYS + "\n")
    return made


@pytest.fixture
async def url(postgres: EmbeddedPostgres, template: str, request: pytest.FixtureRequest) -> str:
    return await create_database(postgres, request.node.name[:60], template)


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def ring(folder: Path) -> KeyRing:
    return KeyRing((folder / "secret_keys").read_text())


def person(n: int) -> dict[str, str]:
    return {"name": f"村民{n}", "phone": f"138{n:08}"}


async def fill(connection: asyncpg.Connection, keys: KeyRing) -> None:
    """Many sealed persons, each its own."""
    sealed = [seal(keys, person(n)["name"], person(n)["phone"], None, None) for n in range(MANY)]
    await connection.execute(
        """
        INSERT INTO service_request (ticket_no, state, version, round, kind, urgency, channel, title, text, requester,
            confidential, anonymous, publish_consent, filed_by, query_code_hash, classification, routing,
            orders_opened, alarmed_until, callback_attempts, created_at, updated_at)
        SELECT '2025' || lpad(n::text, 10, '0'), 'closed', 1, 1, 'help', 'normal', 'phone', 'x', 'x', sealed,
            false, false, false, 'citizen', '', '{}', '{}', 0, now(), 0, now(), now()
        FROM unnest($1::bytea[]) WITH ORDINALITY AS s(sealed, n)
        """,
        sealed,
    )


async def check_everybody(connection: asyncpg.Connection, keys: KeyRing) -> None:
    rows = await connection.fetch(
        "SELECT requester FROM service_request WHERE ticket_no LIKE '2025%' ORDER BY ticket_no"
    )
    assert [unseal(keys, row["requester"]) for row in rows] == [person(n) for n in range(MANY)]


class Load:
    """Callers who file, repeat, reveal and look up without a pause; `filed` are their tickets."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.heads = {name: service.token(name) for name in ("operator", "dispatcher")}
        self.filed: dict[str, tuple[dict[str, str], str]] = {}
        self.calls = 0
        self.stop = False

    async def call(self, number: int) -> None:
        async with httpx.AsyncClient(base_url=self.service.url, timeout=30) as client:
            while not self.stop:
                who = person(100_000 * number + len(self.filed))
                body = {"channel": "phone", "text": TEXT, "requester": who}
                headers = {**self.heads["operator"], "Idempotency-Key": who["phone"]}
                made = await client.post("/v1/requests", json=body, headers=headers)
                again = await client.post("/v1/requests", json=body, headers=headers)
                assert (made.status_code, again.status_code) == (201, 201), (made.text, again.text)
                assert made.json() == again.json()
                ticket, code = made.json()["ticket_no"], made.json()["query_code"]
                reveal = await client.post(
                    f"/v1/requests/{ticket}/reveal", json={"reason": "核对"}, headers=self.heads["dispatcher"]
                )
                assert (reveal.status_code, reveal.json()["requester"]) == (200, who)
                assert (await client.get(f"/public/requests/{ticket}", params={"code": code})).status_code == 200
                self.filed[ticket] = who, code
                self.calls += 4


async def rotated(folder: Path, url: str) -> dict[str, Any]:
    done = await asyncio.to_thread(run, "keys", "rotate", "--json", database_url=url, data_dir=folder)
    assert done.returncode == 0, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


async def test_the_service_answers_throughout(folder: Path, url: str, connection: asyncpg.Connection) -> None:
    await fill(connection, ring(folder))
    arguments = ("serve", "--workers", "2", "--with-worker", "--port", "0")
    with running(*arguments, log=folder / "log", database_url=url, data_dir=folder, public_writes=100_000) as service:
        load = Load(service)
        callers = [asyncio.create_task(load.call(number)) for number in (1, 2, 3)]
        await asyncio.sleep(1)
        first = await rotated(folder, url)
        at_first = load.calls
        second = await rotated(folder, url)
        while not second["made"]:  # whoever wrote with the older key meanwhile was brought along first
            second = await rotated(folder, url)
        await asyncio.sleep(1)
        load.stop = True
        await asyncio.gather(*callers)
        assert first["made"]
        assert first["resealed"] >= MANY
        assert load.calls > at_first, "the callers were served all the while"
        keys = ring(folder)
        assert keys.current == second["key"] != first["key"]
        assert (keys.oldest, len(keys.ids)) == (KeyRing(KEYS).current, 3)
        for who, ticket in ((who, ticket) for ticket, (who, _) in list(load.filed.items())[:50]):
            head = load.heads["operator"]
            found = (await asyncio.to_thread(service.get, f"/v1/requests?phone={who['phone']}", headers=head)).json()
            assert [item["ticket_no"] for item in found["items"]] == [ticket], "look-ups outlive every rotation"
        assert (folder / "secret_keys").stat().st_mode & 0o777 == 0o600
    while (last := await rotated(folder, url))["resealed"] and not last["made"]:
        continue
    keys = ring(folder)
    assert set(await keys_in_use(connection)) == {keys.current}
    await check_everybody(connection, keys)
    for ticket, (who, _) in load.filed.items():
        sealed = await connection.fetchval("SELECT requester FROM service_request WHERE ticket_no = $1", ticket)
        assert unseal(keys, sealed) == who


async def test_a_killed_rotation_is_gone_on_with(folder: Path, url: str, connection: asyncpg.Connection) -> None:
    await fill(connection, ring(folder))
    old = KeyRing(KEYS).current
    for kill in range(3):
        process = subprocess.Popen(
            [*COMMAND, "keys", "rotate"],
            env=environment(database_url=url, data_dir=folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wanted = MANY - (kill + 1) * MANY // 5
        while process.poll() is None and (await keys_in_use(connection)).get(old, 0) > wanted:
            await asyncio.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        await check_everybody(connection, ring(folder))
    keys = ring(folder)
    assert len(keys.ids) == 2, "going on makes no further key"
    counts = await keys_in_use(connection)
    assert set(counts) == {keys.current, old}, "killed half-way"
    levels = {f.subject: f.level for f in await look_at_database(url, settings_for(url, folder, secret_keys=""))}
    assert levels[f"secret key {old}"] == "warn"
    rest = await rotated(folder, url)
    assert rest == {"key": keys.current, "made": False, "resealed": counts[old], "left": 0}
    await check_everybody(connection, ring(folder))
    assert list(folder.glob("secret_keys*")) == [folder / "secret_keys"]
    facts = {f.subject: f.fact for f in await look_at_database(url, settings_for(url, folder, secret_keys=""))}
    assert facts[f"secret key {old}"] == "0 sealed fields (look-ups)"
    assert facts[f"secret key {keys.current}"] == f"{MANY} sealed fields (current)"


async def test_keys_of_the_environment_are_only_followed(
    folder: Path, url: str, connection: asyncpg.Connection
) -> None:
    await fill(connection, KeyRing(KEYS))
    new = KeyRing.new_key("k2")
    told = await asyncio.to_thread(run, "keys", "rotate", database_url=url, data_dir=folder, secret_keys=KEYS)
    assert "NEW,OLD" in told.stderr
    both = KeyRing(f"{KEYS},{new},{KEYS}")
    assert (both.current, both.oldest, both.ids) == ("k1", "k1", ("k1", "k2"))
    assert both.fingerprint() == KeyRing(f"{new},{KEYS}").fingerprint()
    answer = await asyncio.to_thread(
        run, "keys", "rotate", "--json", database_url=url, data_dir=folder, secret_keys=f"{new},{KEYS}"
    )
    assert json.loads(answer.stdout.splitlines()[-1]) == {"key": "k2", "made": False, "resealed": MANY, "left": 0}
    await check_everybody(connection, KeyRing(f"{new},{KEYS}"))
    assert (folder / "secret_keys").read_text().strip() == KEYS


async def outcome_of(url: str, folder: Path) -> Outcome:
    async with open_installation(url, settings_for(url, folder, secret_keys="")) as here:
        return await rotate(here, lambda _: None, lambda _: None)


async def test_two_at_once_and_a_field_that_nobody_can_read(
    folder: Path, url: str, connection: asyncpg.Connection
) -> None:
    await fill(connection, KeyRing(KEYS))
    await connection.execute("UPDATE service_request SET requester = 'k9:lost' WHERE ticket_no = '20250000000001'")
    found = await asyncio.gather(outcome_of(url, folder), outcome_of(url, folder), return_exceptions=True)
    done = next(outcome for outcome in found if isinstance(outcome, Outcome))
    assert any(isinstance(outcome, RotationError) for outcome in found)
    assert (done.made, done.resealed, done.left) == (True, MANY - 1, 1)
    findings = {f.subject: f for f in await look_at_database(url, settings_for(url, folder, secret_keys=""))}
    assert findings["secret key k9"].level == "fail"


def test_no_sealed_column_is_forgotten() -> None:
    binary = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary) and not column.name.endswith(("_hash", "fingerprint"))
    }
    assert binary == {(sealed.table, sealed.column) for sealed in SEALED}
    for sealed in SEALED:
        assert [c.name for c in metadata.tables[sealed.table].primary_key] == list(sealed.keys)


def test_what_a_ring_refuses_and_learns() -> None:
    new = KeyRing.new_key("k2")
    for wrong in (f"{KEYS},{KeyRing.new_key('k1')}", "k1:AAAA", "k-1:" + KEYS[3:], "é:" + KEYS[3:], ","):
        with pytest.raises(KeyRingError):
            KeyRing(wrong)
    kept = [KEYS]
    old, other = KeyRing(KEYS, lambda: kept[0]), KeyRing(f"{new},{KEYS}")
    sealed = other.encrypt(b"x", "p")
    with pytest.raises(KeyRingError, match="missing"):
        old.decrypt(sealed, "p")
    kept[0] = f"{new},{KEYS}"
    assert old.decrypt(sealed, "p") == b"x"
    assert old.current == "k2"
    kept[0] = f"{KeyRing.new_key('k2')},{KEYS}"
    with pytest.raises(KeyRingError, match="replaced"):
        old.refresh()
    assert old.decrypt(sealed, "p") == b"x"
