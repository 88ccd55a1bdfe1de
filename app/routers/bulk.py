"""The steps of the workflow on many at once: `POST /v1/requests:bulk`, `/v1/work-orders:bulk` and so on.

One route for each subject that has forms and a path; the results speak as the single steps do.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.domain.errors import HotlineError
from app.domain.permissions import Permission
from app.domain.states import Subject
from app.domain.workflow import TRANSITIONS
from app.routers.deps import Caller, Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.problems import told
from app.routers.steps import PATHS
from app.routers.strict import StrictRoute
from app.schemas.answers.bulk import BulkAnswer
from app.schemas.answers.examples import ORDER_NO, TICKET_NO
from app.schemas.bulk import MOST, SINGLY, BulkForm, actions_for, bulk_form
from app.schemas.forms import FORMS
from app.schemas.messages import wants_english
from app.services.bulk import take_steps

router = APIRouter(prefix="/v1", route_class=StrictRoute)
EXAMPLES: dict[Subject, dict[str, Any]] = {
    Subject.REQUEST: {
        "action": "dispatch",
        "items": [{"number": TICKET_NO, "version": 4}],
        "form": {"unit_code": "urban-management", "reason": "统一改派"},
    },
    Subject.WORK_ORDER: {"action": "accept", "items": [{"number": ORDER_NO}]},
    Subject.APPLICATION: {"action": "approve", "items": [{"number": f"{ORDER_NO}-A1"}]},
}


def _any_example(subject: Subject) -> dict[str, Any]:
    return {"action": actions_for(subject)[0], "items": [{"number": TICKET_NO}]}


def _permissions(subject: Subject) -> tuple[Permission, ...]:
    actions = actions_for(subject)
    return tuple(dict.fromkeys(r.permission for r in TRANSITIONS if r.subject is subject and r.action in actions))


def _endpoint(subject: Subject, form_type: type[BulkForm]) -> Callable[..., Awaitable[Response]]:
    async def bulk(
        request: Request,
        here: Here,
        actor: Caller,
        claim: Idempotency,
        form: form_type,  # type: ignore[valid-type]
    ) -> Response:
        english = wants_english(request.headers.get("accept-language", ""))

        def tell(error: HotlineError) -> dict[str, Any]:
            return told(error, english=english, prefix="/form")

        return Json(await take_steps(here, actor, subject, form, claim, tell))

    return bulk


for _subject in dict.fromkeys(subject for subject, _ in FORMS if subject in PATHS and actions_for(subject)):
    router.add_api_route(
        PATHS[_subject][0].removesuffix("/{number}") + ":bulk",
        _endpoint(_subject, bulk_form(_subject, EXAMPLES.get(_subject) or _any_example(_subject))),
        methods=["POST"],
        tags=[PATHS[_subject][2]],
        name=f"{_subject}_bulk",
        summary="One step on many 批量办理",
        description=(
            f"1 to {MOST} numbers, one after the other, each by itself: what is wrong with one stops no other, and each "
            "has its own result. The form is checked once, before anything is done. With `Idempotency-Key` a repeated "
            "call does nothing twice, also when the first was cut off half-way; items answered 503 are tried again.\n\n"
            f"Actions: {', '.join(f'`{action}`' for action in actions_for(_subject))}; never "
            f"{', '.join(f'`{action}`' for action in sorted(SINGLY))}."
        ),
        responses=answers(BulkAnswer) | errors(401, 403, 422, body=True, codes={409: ("idempotency-mismatch",)}),
        dependencies=[Depends(requires(*_permissions(_subject)))],
    )
