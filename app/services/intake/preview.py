"""The seat's live suggestion while the citizen talks: everything that filing would say, without filing."""

from datetime import datetime
from typing import Any

from app.core.database import Database
from app.domain.actors import Actor
from app.schemas.requests import RequestForm
from app.services.installation import Installation
from app.services.intake.answer import filed_answer
from app.services.intake.assess import assess, check
from app.services.intake.duplicates import EARLIER_OF_CALLER, limits
from app.services.intake.filing import caller_hash, new_step

_SAME_CALLER = EARLIER_OF_CALLER.format(phone_hash="$1", filed_by="$2", sees_restricted="$3", above="$4")


async def preview(installation: Installation, actor: Actor, form: RequestForm, at: datetime) -> dict[str, Any]:
    """The answer of filing, `ticket_no` and `query_code` None; one statement when a phone is given, else none."""
    reference = installation.reference.now
    assessment = assess(form, check(form, reference), reference)
    step = new_step(installation, actor, form, assessment, "", at)
    earlier = await _same_caller(installation.database, actor, caller_hash(installation.keys, form))
    body = filed_answer(step, assessment, None, earlier)
    if body["dispatch"]:
        body["dispatch"]["work_order_no"] = None
    return {**body, "ticket_no": None}


async def _same_caller(database: Database, actor: Actor, phone_hash: bytes | None) -> list[dict[str, Any]]:
    if phone_hash is None:
        return []
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(_SAME_CALLER, phone_hash, *limits(actor))]
