"""A webhook as those who send see it: where to, for whom, from where on, signed with what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.core.outbound import Outbound, OutboundError, Reply
from app.core.security import KeyRing
from app.core.standard_webhooks import signed_headers
from app.domain.actors import Actor
from app.domain.delivery import MOST_WEBHOOKS, WebhookState
from app.domain.permissions import Permission
from app.services.authentication import actor_of
from app.services.reference import Reference
from app.settings import Settings

CHANNEL = "hotline_webhooks"
"""Rung with the id of a webhook that an administrator changed."""
PURPOSE = "webhook"
"""What the secrets are sealed for."""
COLUMNS = (
    "id, url, user_id, events, state, secret, position, failures, refusals, "
    "CASE WHEN previous_until > now() THEN previous_secret END AS previous_secret"
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook, its secrets unsealed; `position` is the feed cursor that the database holds."""

    id: int
    url: str
    user_id: int
    kinds: frozenset[str]
    active: bool
    secrets: tuple[bytes, ...]
    position: str
    failures: int
    refusals: int

    def wants(self, kind: str) -> bool:
        """Whether events of this kind are sent."""
        return not self.kinds or kind in self.kinds


def hook_of(row: Mapping[str, Any], keys: KeyRing) -> Hook:
    """The webhook in a row with `COLUMNS`; raises KeyRingError."""
    sealed = filter(None, (row["secret"], row["previous_secret"]))
    return Hook(
        row["id"],
        row["url"],
        row["user_id"],
        frozenset(row["events"]),
        row["state"] == WebhookState.ACTIVE,
        tuple(keys.decrypt(bytes(secret), PURPOSE) for secret in sealed),
        row["position"],
        row["failures"],
        row["refusals"],
    )


def owner(reference: Reference, user_id: int) -> Actor | None:
    """The actor on whose behalf a webhook reads, None while he may not: inactive, or without the right to read."""
    user = reference.identities.users.get(user_id)
    actor = actor_of(reference, user) if user else None
    return actor if actor and actor.may(Permission.REQUEST_READ) else None


def outbound(settings: Settings) -> Outbound:
    """A guarded client as the settings want it."""
    return Outbound(settings.webhook_allowed, timeout=settings.webhook_timeout, connections=MOST_WEBHOOKS)


def message_id(hook: Hook, cursor: str) -> str:
    """The same for every attempt at one event, so that receivers can drop what they have; ids of events never change."""
    return f"msg_{hook.id}_{cursor.rpartition('-')[2]}"


async def post_item(client: Outbound, hook: Hook, item: Mapping[str, Any], at: datetime) -> Reply:
    """Send one item of the feed; raises OutboundError."""
    return await post(client, hook, message_id(hook, item["cursor"]), item["kind"], item["at"], item, at)


async def post(
    client: Outbound, hook: Hook, identifier: str, kind: str, happened: datetime, data: Mapping[str, Any], at: datetime
) -> Reply:
    """Send one signed message as Standard Webhooks has it: `type`, `timestamp`, `data`; raises OutboundError."""
    body = orjson.dumps({"type": kind, "timestamp": happened, "data": data}, option=orjson.OPT_NON_STR_KEYS)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "hotline-webhooks",
        **signed_headers(identifier, at, body, hook.secrets),
    }
    return await client.post(hook.url, body, headers)


def in_words(answer: Reply | OutboundError) -> str:
    """What went wrong, for `last_error`."""
    return f"HTTP {answer.status}" if isinstance(answer, Reply) else str(answer)
