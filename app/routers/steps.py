"""The steps of the workflow as URLs: `POST /v1/requests/{ticket_no}/{action}` and `/v1/work-orders/{no}/{action}`.

One route for each action that has a form; the table says the rest.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Response

from app.core.clock import now
from app.domain.actors import Actor
from app.domain.words import ACTIONS
from app.domain.workflow import TRANSITIONS, Subject
from app.routers.deps import Caller, Here, Idempotency, IfMatch, Json
from app.routers.documentation import STEP_CONFLICTS, answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.requests import RequestItem, RevealedRequest
from app.schemas.answers.work_orders import OrderItem
from app.schemas.common import TicketNo, WorkOrderNo
from app.schemas.steps import FORMS, StepForm
from app.services.idempotency import Claim
from app.services.installation import Installation
from app.services.steps import take_step
from app.services.workflow.door import Command

router = APIRouter(prefix="/v1", route_class=StrictRoute)
PATHS = {
    Subject.REQUEST: ("/requests/{number}", TicketNo, "requests 诉求"),
    Subject.WORK_ORDER: ("/work-orders/{number}", WorkOrderNo, "work orders 工单"),
}


def _endpoint(subject: Subject, action: str, form_type: type[StepForm]) -> Callable[..., Awaitable[Response]]:
    number_type: Any = PATHS[subject][1]
    optional = not any(field.is_required() for field in form_type.model_fields.values())

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


def _answer(subject: Subject, action: str) -> type[RequestItem] | type[OrderItem]:
    if subject is Subject.WORK_ORDER:
        return OrderItem
    return RevealedRequest if action == "reveal" else RequestItem


def _describe(subject: Subject, action: str) -> str:
    lines = []
    for row in TRANSITIONS:
        if (row.subject, row.action) != (subject, action):
            continue
        before, after = (
            (row.order_from, row.order_to) if subject is Subject.WORK_ORDER else (row.request_from, row.request_to)
        )
        source = ", ".join(str(state) for state in before)
        choice = f"`{row.choice}`: " if row.choice else ""
        needs = ", ".join(row.requires) or "nothing"
        lines.append(f"- {choice}from {source} → {after or 'unchanged'}; permission `{row.permission}`; needs {needs}")
    return "\n".join(lines)


for (_subject, _action), _form in FORMS.items():
    _path, _, _tag = PATHS[_subject]
    router.add_api_route(
        f"{_path}/{_action}",
        _endpoint(_subject, _action, _form),
        methods=["POST"],
        tags=[_tag],
        name=f"{_subject}_{_action}",
        summary=f"{_action.capitalize()} {ACTIONS[_action]}",
        description=f"{_form.__doc__}\n\n{_describe(_subject, _action)}",
        responses=answers(_answer(_subject, _action))
        | errors(401, 403, 404, 412, 422, body=True, codes={409: STEP_CONFLICTS}),
    )
