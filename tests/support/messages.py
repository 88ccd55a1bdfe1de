"""A service whose messages go to parties on loopback, and a hand on its worker's two loops."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.domain.messages import MessageChannel
from app.services.messages.consume import consume
from app.services.messages.send import send_due
from support.api import Api

PHONE = "13912345678"
PERSON = {"name": "赵铁柱", "phone": PHONE}


def noon(api: Api, days: int = 1) -> datetime:
    """An instant ahead at which nobody sleeps, so that a test run at night is no other test."""
    zone = api.here.settings.zone
    return datetime.combine(datetime.now(zone).date() + timedelta(days=days), time(12), zone).astimezone(UTC)


async def tell(api: Api, at: datetime | None = None) -> None:
    """What the worker does in a moment: read what is new, send what is due."""
    at = at or noon(api)
    await consume(api.here, at)
    for channel in MessageChannel:
        await send_due(api.here, at, channel)


async def messages(api: Api, ticket_no: str, who: str = "auditor", **params: Any) -> list[dict[str, Any]]:
    """Messages about a request, oldest first."""
    answer = await api.as_(who).get("/v1/messages", params={"ticket_no": ticket_no, **params})
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


async def contact(api: Api, **form: Any) -> int:
    """A contact point; returns its number."""
    body = {"name": "值班", **form}
    answer = await api.as_("admin").post("/v1/contact-points", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])
