"""One step on many requests or orders: each in its own transaction through the same door, each with its own result.

One after the other: the caller's units of work are small, and two hundred at once would crowd out everybody else.
A caller who goes away changes nothing; with an Idempotency-Key a repeated call takes up where a crash cut it off,
because each item keeps its answer in the transaction of its step.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from pydantic import ValidationError

from app.core.clock import now
from app.core.database import TRANSIENT, UNAVAILABLE, Connection
from app.domain.actors import Actor
from app.domain.errors import FieldError, HotlineError, InvalidError, UnavailableError, invalid
from app.domain.states import Subject
from app.schemas.bulk import BulkForm, BulkItem, actions_for
from app.schemas.forms import FORMS
from app.schemas.messages import refused
from app.schemas.step_form import StepForm
from app.services.idempotency import Claim, keep_now, recall_kept
from app.services.installation import Installation
from app.services.steps import take_step
from app.services.workflow.door import Command

log = structlog.get_logger(__name__)
Tell = Callable[[HotlineError], dict[str, Any]]
"""Says an error as the edge would: `status`, `code`, `message`, `errors` in the reader's language."""
_OUTAGE = (*UNAVAILABLE, asyncpg.QueryCanceledError)


async def take_steps(
    here: Installation, actor: Actor, subject: Subject, bulk: BulkForm, claim: Claim | None, tell: Tell
) -> dict[str, Any]:
    """The results in the order of the items. Raises InvalidError for what is wrong with the whole call, and
    ConflictError for a key that was used for another body; whatever is wrong with one item is its result.
    """
    form = _checked(subject, bulk)
    if claim and (before := await _begin(here, claim)):
        return before
    results: list[dict[str, Any]] = []
    out_of_reach = False
    for item in bulk.items:
        outcome: HotlineError | dict[str, Any] = UnavailableError()
        if not out_of_reach:
            try:
                outcome = await _take(
                    here, actor, Command(subject, bulk.action, item.number, form, item.version), claim
                )
            except _OUTAGE as error:
                # Those after it would wait for the same server one by one.
                log.warning("bulk.unavailable", error=type(error).__name__)
                out_of_reach = True
        results.append(_result(item, outcome, tell))
    done = sum(result["status"] == 200 for result in results)
    answer = {"results": results, "done": done, "failed": len(results) - done}
    if claim and not any(result["code"] == UnavailableError.code for result in results):
        return await _keep(here, claim, answer, now())
    return answer


def _checked(subject: Subject, bulk: BulkForm) -> StepForm:
    """The step's form, once action, form and numbers make sense."""
    actions = actions_for(subject)
    if bulk.action not in actions:
        raise invalid(
            "/action",
            "unknown-action",
            f"不能批量执行“{bulk.action}”，可批量执行的有：{'、'.join(actions)}。",
            f"'{bulk.action}' cannot be done to many at once; there are {', '.join(actions)}.",
        )
    seen: set[str] = set()
    faults = []
    for index, item in enumerate(bulk.items):
        if item.number in seen:
            faults.append(FieldError(f"/items/{index}/number", "duplicate", "编号重复。", "The number is given twice."))
        seen.add(item.number)
    if faults:
        raise InvalidError(faults)
    form = FORMS[subject, bulk.action]
    try:
        return form.model_validate(bulk.form)
    except ValidationError as error:
        raise refused(error, "/form", form) from None


async def _take(
    here: Installation, actor: Actor, command: Command, claim: Claim | None
) -> HotlineError | dict[str, Any]:
    """The row after the step, or why there was none; raises what says that the database is out of reach."""
    own = replace(claim, scope=f"{claim.scope}#item", key=f"{command.number} {claim.key}") if claim else None
    try:
        return await take_step(here, actor, command, now(), own)
    except TRANSIENT:
        return UnavailableError()
    except HotlineError as error:
        # The same call at the same time may have done it while this one waited for the row.
        if own and (kept := await _recall(here, own)):
            return kept
        return error


def _result(item: BulkItem, outcome: HotlineError | Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    if isinstance(outcome, HotlineError):
        return {"number": item.number, **tell(outcome), "body": None}
    body = {"state": outcome["state"], "version": outcome.get("version")}
    return {"number": item.number, "status": 200, "code": None, "message": None, "errors": [], "body": body}


async def _recall(here: Installation, claim: Claim) -> dict[str, Any] | None:
    async with here.database.connection() as connection:
        kept = await recall_kept(connection, here.keys, claim)
    return kept.body if kept else None


async def _begin(here: Installation, claim: Claim) -> dict[str, Any] | None:
    """The whole answer if there is one; else write down which body the key is for, before anything is done."""
    begun = replace(claim, scope=f"{claim.scope}#begun")

    async def work(connection: Connection) -> dict[str, Any] | None:
        if kept := await recall_kept(connection, here.keys, claim):
            return kept.body
        if await recall_kept(connection, here.keys, begun) is None:
            await keep_now(connection, here.keys, begun, {}, now())
        return None

    return await here.database.transaction(work)


async def _keep(here: Installation, claim: Claim, answer: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Keep the whole answer; of two equal calls at once the first one's is given to both."""

    async def work(connection: Connection) -> dict[str, Any]:
        if kept := await recall_kept(connection, here.keys, claim):
            return kept.body
        await keep_now(connection, here.keys, claim, answer, at)
        return answer

    return await here.database.transaction(work)
