"""Tells the supervisors of a cluster: once when it opens, again when its callers have doubled.

The message hangs on the request that tipped the scale, so that it is shown, shielded and erased like any other.
"""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.messages import Audience
from app.domain.notices import NOTICES
from app.services.messages.outbox import Draft, add
from app.services.messages.recipients import load_contacts

KIND = "cluster.grew"
_NOTICE = next(notice for notice in NOTICES if notice.kind == KIND)


async def tell(
    connection: Connection, request_id: int, event_id: int, facts: dict[str, Any], at: datetime, gap: float
) -> None:
    """Put a message to every contact point of the supervisors into the outbox."""
    contacts = await load_contacts(connection, [])
    drafts = [
        Draft(
            request_id=request_id,
            recipient=f"contact:{contact.id}",
            audience=Audience.SUPERVISOR.value,
            contact_point_id=contact.id,
            unit_code=None,
            channel=contact.kind,
            template=_NOTICE.template,
            weight=_NOTICE.weight,
            urgent=False,
            facts=facts,
            event_id=event_id,
        )
        for contact in contacts.of_supervisors
    ]
    await add(connection, drafts, at, gap)
