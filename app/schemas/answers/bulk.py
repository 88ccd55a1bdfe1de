"""What became of each of many."""

from pydantic import Field

from app.domain.states import OrderState, RequestState
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, Version, example


class BulkFault(Answer):
    """One thing that is wrong with the shared form for this item."""

    pointer: str
    code: str
    message: str


class BulkBody(Answer):
    """The row as it is now; the single read tells the rest."""

    state: RequestState | OrderState | str
    version: Version | None


class BulkResult(Answer):
    """The result of one item: what the single step would have answered."""

    number: str
    status: int = Field(description="As the single step's status: 200, 403, 404, 409, 412, 422, 503.")
    code: str | None = Field(description="Stable, machine-readable; null when it was done.")
    message: str | None = Field(description="For people; null when it was done.")
    errors: list[BulkFault] = Field(description="With `invalid`: what does not fit this item, pointing into the body.")
    body: BulkBody | None = Field(description="When it was done.")


class BulkAnswer(Answer):
    """One result for each item, in their order."""

    model_config = example(
        results=[
            {
                "number": shown.TICKET_NO,
                "status": 200,
                "code": None,
                "message": None,
                "errors": [],
                "body": {"state": "assigned", "version": 5},
            },
            {
                "number": "20261123000129",
                "status": 409,
                "code": "illegal-transition",
                "message": "当前状态为“已办结”，不能派单。",
                "errors": [],
                "body": None,
            },
        ],
        done=1,
        failed=1,
    )
    results: list[BulkResult]
    done: int = Field(description="How many were done, now or by an earlier call with the same key.")
    failed: int
