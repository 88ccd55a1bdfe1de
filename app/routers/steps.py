"""The steps of the workflow as URLs: `POST /v1/requests/{ticket_no}/{action}` and `/v1/work-orders/{no}/{action}`.

One route for each action that has a form; the table says the rest.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.states import Subject
from app.domain.words import ACTIONS
from app.domain.workflow import TRANSITIONS, Transition
from app.routers.deps import Caller, Here, Idempotency, IfMatch, Json
from app.routers.documentation import STEP_CONFLICTS, answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.common import Answer
from app.schemas.answers.records import ApplicationItem, SupervisionItem
from app.schemas.answers.requests import RequestItem, RevealedRequest
from app.schemas.answers.work_orders import OrderItem, RevealedOrder
from app.schemas.common import ApplicationNo, SupervisionNo, TicketNo, WorkOrderNo
from app.schemas.forms import FORMS, needs
from app.schemas.step_form import StepForm
from app.services.idempotency import Claim
from app.services.installation import Installation
from app.services.steps import take_step
from app.services.workflow.door import Command

router = APIRouter(prefix="/v1", route_class=StrictRoute)
PATHS = {
    Subject.REQUEST: ("/requests/{number}", TicketNo, "requests 诉求"),
    Subject.WORK_ORDER: ("/work-orders/{number}", WorkOrderNo, "work orders 工单"),
    Subject.APPLICATION: ("/applications/{number}", ApplicationNo, "applications 申请"),
    Subject.SUPERVISION: ("/supervisions/{number}", SupervisionNo, "supervision 督办"),
}


def _may_be_empty(form_type: type[StepForm]) -> bool:
    """Whether the step can be taken without saying anything."""
    try:
        form_type()
    except ValidationError:
        return False
    return True


def _endpoint(subject: Subject, action: str, form_type: type[StepForm]) -> Callable[..., Awaitable[Response]]:
    number_type: Any = PATHS[subject][1]
    optional = _may_be_empty(form_type)

    async def run(
        here: Installation, actor: Actor, number: str, form: StepForm, version: int | None, claim: Claim | None
    ) -> Response:
        command = Command(subject, action, number, form, version)
        body = await take_step(here, actor, command, now(), claim)
        return Json(body, headers={"ETag": f'"{body["version"]}"'})

    if optional:

        async def without_body(
            here: Here,
            actor: Caller,
            number: number_type,
            version: IfMatch,
            claim: Idempotency,
            form: form_type | None = None,  # type: ignore[valid-type]
        ) -> Response:
            return await run(here, actor, number, form or form_type(), version, claim)

        return without_body

    async def with_body(
        here: Here,
        actor: Caller,
        number: number_type,
        version: IfMatch,
        claim: Idempotency,
        form: form_type,  # type: ignore[valid-type]
    ) -> Response:
        return await run(here, actor, number, form, version, claim)

    return with_body


ANSWERS: dict[Subject, tuple[type[Answer], type[Answer]]] = {
    Subject.REQUEST: (RequestItem, RevealedRequest),
    Subject.WORK_ORDER: (OrderItem, RevealedOrder),
    Subject.APPLICATION: (ApplicationItem, ApplicationItem),
    Subject.SUPERVISION: (SupervisionItem, SupervisionItem),
}
"""What a step answers with: the row as it is now; a reveal also with the person."""


_TO_A_UNIT = ("unit-shielded", "unit-closed")
CONFLICTS: dict[str, tuple[str, ...]] = {
    "dispatch": _TO_A_UNIT,
    "reopen": _TO_A_UNIT,
    "classify": ("secrecy-differs",),
    "shield": ("unit-holds-order",),
    "merge": ("master-not-open", "secrecy-differs"),
    "callbacks": ("claimed-by-another", *_TO_A_UNIT),
    "reminders": ("reminder-limit",),
    "supervisions": ("unit-shielded",),
    "instructions": ("unit-shielded",),
    "submit": ("help-pending",),
    "return": ("return-window-over",),
    "extend": ("extension-too-late",),
    "assist": ("unit-at-work", *_TO_A_UNIT),
    "delegate": ("unit-at-work", *_TO_A_UNIT),
    "whistle": ("not-a-township", "unit-at-work", *_TO_A_UNIT),
}
"""Why a step may be refused beyond the table, by its action."""


def _answer(subject: Subject, action: str) -> type[Answer]:
    return ANSWERS[subject][action == "reveal"]


def _describe(subject: Subject, action: str) -> str:
    lines = []
    for row in TRANSITIONS:
        if (row.subject, row.action) != (subject, action):
            continue
        before, after = _states(row)
        source = ", ".join(str(state) for state in before)
        choice = f"`{row.choice}`: " if row.choice else ""
        lines.append(
            f"- {choice}from {source} → {after or 'unchanged'}; permission `{row.permission}`; needs {needs(row) or 'nothing'}"
        )
    return "\n".join(lines)


def _states(row: Transition) -> tuple[Sequence[object], object]:
    """The states that a row speaks of, by its subject."""
    if row.subject in (Subject.APPLICATION, Subject.SUPERVISION):
        return [row.record_from], row.record_to
    if row.subject is Subject.WORK_ORDER:
        return row.order_from, row.order_to
    return row.request_from, row.request_to


for (_subject, _action), _form in FORMS.items():
    _path, _, _tag = PATHS[_subject]
    router.add_api_route(
        f"{_path}/{_action}",
        _endpoint(_subject, _action, _form),
        methods=["POST"],
        tags=[_tag],
        name=f"{_subject}_{_action}",
        summary=f"{_action.capitalize().replace('_', ' ')} {ACTIONS[_action]}",
        description=f"{_form.__doc__}\n\n{_describe(_subject, _action)}",
        responses=answers(_answer(_subject, _action))
        | errors(401, 403, 404, 412, 422, body=True, codes={409: (*STEP_CONFLICTS, *CONFLICTS.get(_action, ()))}),
    )
