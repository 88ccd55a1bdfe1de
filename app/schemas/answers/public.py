"""What a citizen without account reads."""

from datetime import date

from pydantic import AwareDatetime, Field

from app.domain.catalogue import RequestKind
from app.domain.events import EventKind
from app.domain.states import RequestState, Subject
from app.schemas.answers import examples as shown
from app.schemas.answers.attachments import PUBLIC_PHOTO, PublicAttachment
from app.schemas.answers.common import (
    Answer,
    CategoryPath,
    RequestClocks,
    Round,
    Satisfaction,
    TicketNumber,
    UnitView,
    Version,
    actions_on,
    example,
)
from app.schemas.answers.filing import QueryCode
from app.schemas.steps import Outcome, Resolved


class PublicAdvice(Answer):
    """What the citizen should do now: which line to call, what to add."""

    code: str
    number: str | None = Field(description="The line to call: 110, 119, 120 …")


class PublicFiled(Answer):
    """Number and code of a new request; write them down."""

    model_config = example(
        ticket_no=shown.TICKET_NO,
        query_code="K7M4Q2XA9",
        state="assigned",
        title=shown.TITLE,
        deadlines=shown.CLOCKS,
        advice=[],
    )
    ticket_no: TicketNumber
    query_code: QueryCode
    state: RequestState
    title: str
    deadlines: RequestClocks
    advice: list[PublicAdvice]


class PublicSource(Answer):
    """The article of the knowledge base that was cited."""

    title: str
    basis: str


class PublicStep(Answer):
    """One step, as on a parcel's way."""

    at: AwareDatetime
    kind: EventKind
    step: str
    step_en: str
    unit: UnitView | None
    text: str | None = Field(description="What was said to the citizen, or by the citizen; personal data masked.")
    source: PublicSource | None = Field(description="What a direct answer rests on (依据).")


class PublicRatingView(Answer):
    """What the citizen said afterwards."""

    resolved: Resolved
    satisfaction: Satisfaction


class PublicProgress(Answer):
    """State, timeline, expected date, result."""

    model_config = example(
        ticket_no=shown.TICKET_NO,
        state="in_progress",
        version=4,
        round=1,
        kind="help",
        title=shown.TITLE,
        category_path=shown.CATEGORY["category_path"],
        area_name=shown.AREA["area_name"],
        unit=shown.UNIT,
        expected_at="2026-11-30T10:00:00+00:00",
        review_on=None,
        result=None,
        outcome=None,
        rating=None,
        created_at=shown.FILED_AT,
        timeline=[
            {
                "at": shown.ACCEPTED_AT,
                "kind": "work_order.accepted",
                "step": "承办单位已签收",
                "step_en": "The unit has accepted the order",
                "unit": shown.UNIT,
                "text": None,
                "source": None,
            }
        ],
        attachments=[PUBLIC_PHOTO],
        available_actions=["supplements", "reminders"],
    )
    ticket_no: TicketNumber
    state: RequestState
    version: Version
    round: Round
    kind: RequestKind
    title: str
    category_path: CategoryPath
    area_name: str | None
    unit: UnitView | None
    expected_at: AwareDatetime | None = Field(description="By when a result is due; null on hold and without unit.")
    review_on: date | None = Field(description="When a hold is looked at again.")
    result: str | None
    outcome: Outcome | None
    rating: PublicRatingView | None
    created_at: AwareDatetime
    timeline: list[PublicStep]
    attachments: list[PublicAttachment] = Field(description="Public ones and the citizen's own, oldest first.")
    available_actions: actions_on(Subject.REQUEST)  # type: ignore[valid-type] # made from the workflow table
