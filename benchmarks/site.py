"""What is measured: the service as `serve` runs it, the floor beside it, and the PostgreSQL that both use."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from app.core.embedded_postgres import EmbeddedPostgres
from app.core.security import KeyRing
from app.services.intake.filing import CODE_PURPOSE
from benchmarks.client import Shot, ask, shot
from benchmarks.processes import cpu, free_port, run, running

DATABASE = "hotline"
LIMITS = {
    "HOTLINE_LOG_LEVEL": "warning",
    "HOTLINE_LOGIN_ATTEMPTS": "30000",
    "HOTLINE_GUESS_ATTEMPTS": "30000",
    "HOTLINE_PUBLIC_WRITES": "30000",
    "HOTLINE_MAX_POLLS_EACH": "30000",
    "HOTLINE_TRUSTED_PROXIES": "127.0.0.1",
}
"""One address, or one account, speaks for a whole city here, so its limits are lifted; the checks themselves are made all the same."""
POSTGRES = {"log_error_verbosity": "default"}
"""So that the log shows the values of statements while some are recorded."""


def login_shot(user: str) -> Shot:
    """A demo user logs in."""
    form = f"username={user}&password=demo"
    head = "Content-Type: application/x-www-form-urlencoded\r\n"
    raw = f"POST /v1/auth/token HTTP/1.1\r\nHost: bench\r\n{head}Content-Length: {len(form)}\r\n\r\n{form}"
    return Shot(raw.encode())


@dataclass
class Site:
    """The parts of a run. `admin` is a connection of the benchmark's own."""

    service_port: int
    floor_port: int
    service: psutil.Process
    floor: psutil.Process
    postgres: psutil.Process
    admin: asyncpg.Connection
    dsn: str
    binaries: Path
    log: Path
    folder: Path
    environment: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    connections: list[asyncpg.Connection] = field(default_factory=list)
    tickets: list[tuple[str, str]] = field(default_factory=list)

    async def token(self, user: str) -> str:
        """A login token of a demo user."""
        if user not in self.tokens:
            answer = await ask(self.service_port, login_shot(user))
            self.tokens[user] = str(answer["access_token"])
        return self.tokens[user]

    async def post(self, user: str | None, path: str, body: object = None, expected: int = 200) -> Any:
        """One call of the service by a demo user, or by nobody."""
        token = await self.token(user) if user else None
        return await ask(self.service_port, shot("POST", path, token, body, expected=expected))

    async def give_code(self, tickets: list[str], code: str) -> None:
        """Let a query code open these tickets of the service."""
        keys = KeyRing((self.folder / "secret_keys").read_text())
        opens = [keys.lookup_hash(f"{ticket}:{code}", CODE_PURPOSE) for ticket in tickets]
        await self.admin.execute(
            """UPDATE public.service_request r SET query_code_hash = c.opens
            FROM unnest($1::text[], $2::bytea[]) AS c(ticket_no, opens) WHERE r.ticket_no = c.ticket_no""",
            tickets,
            opens,
        )

    async def get(self, user: str, path: str) -> Any:
        """One read of the service by a demo user."""
        return await ask(self.service_port, shot("GET", path, await self.token(user)))

    async def teach(self, name: str, script: list[str]) -> None:
        """Tell the floor what to run for a call."""
        await ask(self.floor_port, shot("POST", f"/prepare/{name}", None, script))

    async def settle(self) -> None:
        """Wait until the service has taken note of everything that was written beside it (at most half a minute)."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            before = cpu(self.service)
            await asyncio.sleep(0.3)
            if cpu(self.service) - before <= 0.02:
                return


async def install(folder: Path, server: EmbeddedPostgres, orders: int = 0) -> dict[str, str]:
    """Migrate and seed an installation, unless it is there already, with so many simulated lives; its environment."""
    fresh = await _create_database(server)
    environment = {**LIMITS, "HOTLINE_DATA_DIR": str(folder), "HOTLINE_DATABASE_URL": server.dsn(DATABASE)}
    run(["app.cli", "migrate"], environment)
    if fresh:
        run(["app.cli", "seed", "--demo"], environment)
    if orders and fresh:
        run(["app.cli", "simulate", "--orders", str(orders), "--fast"], environment)
    return environment


@asynccontextmanager
async def open_site(folder: Path, server: EmbeddedPostgres, orders: int, profile: Path | None) -> AsyncIterator[Site]:
    """A migrated and seeded installation in `folder`, both servers at work; `orders` lives are simulated first."""
    environment = await install(folder, server, orders)
    dsn = environment["HOTLINE_DATABASE_URL"]
    admin = await asyncpg.connect(dsn)
    await admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    await admin.execute("VACUUM ANALYZE")
    ports = free_port(), free_port()
    serve = ["app.cli", "serve", "--port", str(ports[0])]
    if profile:
        serve = ["benchmarks.profiled", str(profile), *serve[1:]]
    bare = ["benchmarks.floor", str(ports[1])]
    try:
        with (
            running(serve, ports[0], "/readyz", environment, folder / "service.log") as service,
            running(bare, ports[1], "/empty", {"FLOOR_DSN": dsn}, folder / "floor.log") as floor,
        ):
            postgres = psutil.Process(int(str(server.describe()["pid"])))
            log = folder / "postgres" / "postgres.log"
            site = Site(*ports, service, floor, postgres, admin, dsn, server.binaries, log, folder, environment)
            yield site
            for connection in site.connections:
                await connection.close()
    finally:
        await admin.close()


async def _create_database(server: EmbeddedPostgres) -> bool:
    """Whether the database was not there."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            return False
        await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        return True
    finally:
        await connection.close()
