"""The seat's live suggestion while the citizen talks: everything that filing would say, without filing."""

from datetime import datetime
from typing import Any

from app.core.database import Database, Row
from app.domain.actors import Actor
from app.domain.catalogue import RequestKind
from app.domain.opinion import OpinionOutcome
from app.schemas.requests import RequestForm
from app.services.installation import Installation
from app.services.intake.answer import filed_answer
from app.services.intake.assess import Assessment, assess
from app.services.intake.checks import check
from app.services.intake.duplicates import earlier_sql, earlier_values, placed, said, same_matter, since
from app.services.intake.filing import caller_hash, new_step
from app.services.opinion.consider import opinion_on_text, opinion_view

_LOOK_BEFORE = f"SELECT {earlier_sql(1)}"
_NOTHING: dict[str, Any] = {"same_caller": None, "others": None}


async def preview(
    installation: Installation, actor: Actor, form: RequestForm, at: datetime, *, second_opinion: bool = False
) -> dict[str, Any]:
    """The answer of filing, `ticket_no` and `query_code` None; at most one statement.

    `second_opinion`: ask for one within its time limit, unless the matter is not for other eyes or we are sure ourselves.
    """
    reference, checked = installation.reference.now, check(form, installation.reference.now)
    assessment = assess(form, checked, reference, matters=True)
    step = new_step(installation, actor, form, assessment, "", at)
    what = said(actor, form, checked)
    phone_hash = caller_hash(installation.keys, form)
    earlier = earlier_values(actor, phone_hash, what.words, since(at, installation.settings.duplicate_days))
    before = dict(await _look_before(installation.database, earlier)) if phone_hash or what.words else _NOTHING
    body = filed_answer(step, assessment, None, same_matter(actor, before, what, placed(step.request, form)))
    if body["dispatch"]:
        body["dispatch"]["work_order_no"] = None
    if second_opinion and installation.settings.second_opinion_url:
        confidence = body["classification"]["confidence"]
        body["classification"]["second_opinion"] = await _second_opinion(installation, form, assessment, confidence, at)
    return {**body, "ticket_no": None}


async def _second_opinion(
    installation: Installation, form: RequestForm, assessment: Assessment, confidence: float, at: datetime
) -> dict[str, Any]:
    """As the worker asks, and as seldom: nothing confidential, anonymous, restricted or about somebody's wrongs."""
    expected = assessment.category.code if assessment.category else None
    secret = form.confidential or form.anonymous or assessment.restricted or bool(form.accused_unit_codes)
    if secret or assessment.kind is RequestKind.REPORT or assessment.category_given:
        return opinion_view(installation, OpinionOutcome.WITHHELD, None, expected, at)
    if not installation.settings.second_opinion_min <= confidence <= installation.settings.second_opinion_max:
        return opinion_view(installation, OpinionOutcome.NOT_NEEDED, None, expected, at)
    person = form.requester
    known = [part for part in (person.name, person.phone, person.id_number, form.address) if part]
    text = f"{assessment.title}\n{assessment.text}"
    return await opinion_on_text(installation, text, expected, known, at)


async def _look_before(database: Database, earlier: tuple[Any, ...]) -> Row:
    async with database.connection() as connection:
        [row] = await connection.fetch(_LOOK_BEFORE, *earlier)
    return row
