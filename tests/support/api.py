"""Runs the application on a loopback port inside the test's loop, and speaks to it as any role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn

from app.main import create_app
from app.services.authentication import actor_of
from app.services.installation import Installation
from app.settings import Settings

TEXT = "东湖花园南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快派人维修。"


class Api:
    """A running service: its URL, its insides for counting, and clients for its users."""

    def __init__(self, url: str, app: Any) -> None:
        self.url = url
        self.app = app
        self._clients: dict[str | None, httpx.AsyncClient] = {}

    @property
    def here(self) -> Installation:
        return self.app.state.installation

    def as_(self, username: str | None = None) -> httpx.AsyncClient:
        """A client with a valid token of the user; None: nobody."""
        if username not in self._clients:
            headers = {"Authorization": f"Bearer {self.token(username)}"} if username else {}
            self._clients[username] = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60)
        return self._clients[username]

    def token(self, username: str) -> str:
        """A token made with the installation's own keys, so that tests do not pay for argon2."""
        from datetime import timedelta

        reference = self.here.reference.now
        user = next(u for u in reference.identities.users.values() if u.username == username)
        assert actor_of(reference, user)
        return self.here.keys.issue_token(user.id, user.token_version, timedelta(hours=1))

    async def file(self, **changes: Any) -> dict[str, Any]:
        """File a request as an operator; returns the answer's body."""
        body = {"channel": "phone", "text": TEXT, "category_code": "0203", **changes}
        answer = await self.as_("operator").post("/v1/requests", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def step(self, who: str, path: str, **form: Any) -> dict[str, Any]:
        """Take a step that must succeed."""
        answer = await self.as_(who).post(f"/v1/{path}", json=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Api]:
    """Start uvicorn on a free port; stop it gracefully."""
    app = create_app(settings)
    # On a busy machine a test may pause for longer than uvicorn keeps a silent connection.
    options = {"log_config": None, "lifespan": "on", "timeout_keep_alive": 60}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    server.install_signal_handlers = lambda: None
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server stopped before it started")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    running = Api(f"http://127.0.0.1:{port}", app)
    try:
        yield running
    finally:
        await running.close()
        server.should_exit = True
        await task
