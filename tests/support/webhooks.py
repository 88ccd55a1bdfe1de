"""Webhooks in tests: made over the API, served by a worker in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from standardwebhooks import Webhook as Verifier

from app.settings import Settings
from app.worker.run import run_worker
from support.api import Api
from support.receiver import Message, Receiver, answer, receiving


async def hook(api: Api, receiver: Receiver | str, username: str = "auditor", **form: Any) -> dict[str, Any]:
    """A new webhook; its answer holds the secret."""
    url = receiver if isinstance(receiver, str) else receiver.url
    body = {"name": "测试", "url": url, "username": username, **form}
    made = await api.as_("admin").post("/v1/webhooks", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def shown(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    """The webhook as it is now."""
    found: dict[str, Any] = (await api.as_("admin").get(f"/v1/webhooks/{made['id']}")).json()
    return found


async def until(api: Api, made: dict[str, Any], within: float = 20, **wanted: Any) -> dict[str, Any]:
    """Wait until the webhook's fields are as wanted."""
    async with asyncio.timeout(within):
        while True:
            now = await shown(api, made)
            if wanted.items() <= now.items():
                return now
            await asyncio.sleep(0.05)


async def do(api: Api, made: dict[str, Any], step: str, **form: Any) -> dict[str, Any]:
    """A step that must succeed."""
    done = await api.as_("admin").post(f"/v1/webhooks/{made['id']}:{step}", json=form or None)
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def drop(api: Api, *made: dict[str, Any]) -> None:
    for one in made:
        assert (await api.as_("admin").delete(f"/v1/webhooks/{one['id']}")).status_code == 204


async def update(api: Api, made: dict[str, Any], assignments: str) -> None:
    """Shift a webhook's clocks, as if time had passed."""
    async with api.here.database.connection() as connection:
        await connection.execute(f"UPDATE webhook SET {assignments} WHERE id = $1", made["id"])


def verify(message: Message, secret: str) -> dict[str, Any]:
    """Check the signature as a receiver would; raises WebhookVerificationError."""
    found: dict[str, Any] = Verifier(secret).verify(message.body, message.headers)
    return found


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker, as the command runs it."""
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(run_worker(settings, stop, ready.set))
    await asyncio.wait({task, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not task.done(), task.result()
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


LETTER = """
INSERT INTO webhook_dead_letter (webhook_id, position, kind, ticket_no, status, response)
SELECT $1, i.epoch || '-' || e.xid || '-' || e.id, e.kind, r.ticket_no, 400, 'no'
FROM event e JOIN service_request r ON r.id = e.request_id, installation i WHERE r.ticket_no = $2 ORDER BY e.id LIMIT 1
RETURNING id
"""


async def letter(api: Api, made: dict[str, Any], ticket_no: str) -> int:
    """A dead letter of a request's first event, as if it had been refused."""
    async with api.here.database.connection() as connection:
        found: int = await connection.fetchval(LETTER, made["id"], ticket_no)
    return found


async def walk(api: Api) -> None:
    """Every call on webhooks, with success."""
    ticket = (await api.file())["ticket_no"]
    admin = api.as_("admin")
    async with receiving() as receiver:
        made = await hook(api, receiver, events=["request.closed"])
        one = f"/v1/webhooks/{made['id']}"
        assert (await admin.patch(one, json={"events": []})).json()["events"] == []
        for step in ("pause", "resume", "rotate-secret", "test"):
            await do(api, made, step)
        await do(api, made, "replay", after="beginning")
        assert (await admin.get("/v1/webhooks")).json()["items"]
        assert (await admin.get(one)).json()["waiting"]["events"] > 0
        first, second = await letter(api, made, ticket), await letter(api, made, ticket)
        assert (await admin.get(f"{one}/dead-letters")).json()["items"]
        receiver.behave = answer(400, body="不认识".encode())
        assert not (await admin.post(f"{one}/dead-letters/{first}:retry")).json()["delivered"]
        assert (await admin.delete(f"{one}/dead-letters/{second}")).status_code == 204
        await drop(api, made)
