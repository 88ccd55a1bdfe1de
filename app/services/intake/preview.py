"""The seat's live suggestion while the citizen talks: everything that filing would say, without filing."""

from datetime import datetime
from typing import Any

from app.core.database import Database
from app.domain.actors import Actor
from app.domain.catalogue import RequestKind
from app.domain.opinion import OpinionOutcome
from app.schemas.requests import RequestForm
from app.services.installation import Installation
from app.services.intake.answer import filed_answer
from app.services.intake.assess import Assessment, assess, check
from app.services.intake.duplicates import EARLIER_OF_CALLER, limits
from app.services.intake.filing import caller_hash, new_step
from app.services.opinion.consider import opinion_on_text, opinion_view

_SAME_CALLER = EARLIER_OF_CALLER.format(phone_hash="$1", filed_by="$2", sees_restricted="$3", above="$4")


async def preview(
    installation: Installation, actor: Actor, form: RequestForm, at: datetime, *, second_opinion: bool = False
) -> dict[str, Any]:
    """The answer of filing, `ticket_no` and `query_code` None; one statement when a phone is given, else none.

    `second_opinion`: ask for one within its time limit, unless the matter is not for other eyes.
    """
    reference = installation.reference.now
    assessment = assess(form, check(form, reference), reference)
    step = new_step(installation, actor, form, assessment, "", at)
    earlier = await _same_caller(installation.database, actor, caller_hash(installation.keys, form))
    body = filed_answer(step, assessment, None, earlier)
    if body["dispatch"]:
        body["dispatch"]["work_order_no"] = None
    if second_opinion and installation.settings.second_opinion_url:
        body["classification"]["second_opinion"] = await _second_opinion(installation, form, assessment, at)
    return {**body, "ticket_no": None}


async def _second_opinion(
    installation: Installation, form: RequestForm, assessment: Assessment, at: datetime
) -> dict[str, Any]:
    """As the worker asks, and as seldom: nothing confidential, anonymous, restricted or about somebody's wrongs."""
    expected = assessment.category.code if assessment.category else None
    secret = form.confidential or form.anonymous or assessment.restricted or bool(form.accused_unit_codes)
    if secret or assessment.kind is RequestKind.REPORT or assessment.category_given:
        return opinion_view(installation, OpinionOutcome.WITHHELD, None, expected, at)
    person = form.requester
    known = [part for part in (person.name, person.phone, person.id_number, form.address) if part]
    text = f"{assessment.title}\n{assessment.text}"
    return await opinion_on_text(installation, text, expected, known, at)


async def _same_caller(database: Database, actor: Actor, phone_hash: bytes | None) -> list[dict[str, Any]]:
    if phone_hash is None:
        return []
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(_SAME_CALLER, phone_hash, *limits(actor))]
