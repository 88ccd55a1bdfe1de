"""Applications and slips in lists and answers."""

from datetime import date

from pydantic import AwareDatetime, Field

from app.domain.records import (
    ApplicationKind,
    ApplicationState,
    HoldGround,
    ReturnReason,
    SlipKind,
    SlipLevel,
    SlipState,
)
from app.domain.states import RequestState, Subject
from app.schemas.answers import examples as shown
from app.schemas.answers.common import (
    Answer,
    OrderNumber,
    Round,
    TicketNumber,
    UnitView,
    Version,
    actions_on,
    example,
    page_of,
)


class ApplicationItem(Answer):
    """What a unit has applied for, and what became of it."""

    model_config = example(
        number=f"{shown.ORDER_NO}-A1",
        work_order_no=shown.ORDER_NO,
        ticket_no=shown.TICKET_NO,
        unit=shown.UNIT,
        kind="return",
        state="open",
        round=1,
        return_reason="not_our_duty",
        ground=None,
        reason="路灯由住建部门管养。",
        suggestion="建议派住房和城乡建设局。",
        suggested_unit_code="housing",
        until=None,
        review_on=None,
        applied_by="unit-urban-management",
        applied_at=shown.ACCEPTED_AT,
        decided_by=None,
        decided_at=None,
        decision_reason=None,
        request_state="in_progress",
        version=5,
        available_actions=["approve", "refuse"],
    )
    number: str = Field(pattern=r"^\d{14}-\d{1,4}-A\d{1,4}$", description="Order number, -A and a count.")
    work_order_no: OrderNumber
    ticket_no: TicketNumber
    unit: UnitView
    kind: ApplicationKind
    state: ApplicationState
    round: Round
    return_reason: ReturnReason | None
    ground: HoldGround | None
    reason: str | None
    suggestion: str | None = Field(description="Who should have it, in the unit's words.")
    suggested_unit_code: str | None
    until: AwareDatetime | None = Field(description="The new limit that was asked for.")
    review_on: date | None
    applied_by: str
    applied_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision_reason: str | None
    request_state: RequestState
    version: Version
    available_actions: actions_on(Subject.APPLICATION)  # type: ignore[valid-type] # made from the workflow table


class SupervisionItem(Answer):
    """A rectification slip or a leader's instruction."""

    model_config = example(
        number=f"{shown.TICKET_NO}-S1",
        work_order_no=shown.ORDER_NO,
        ticket_no=shown.TICKET_NO,
        unit=shown.UNIT,
        kind="slip",
        level="orange",
        state="open",
        leader=None,
        text="群众多次反映，请说明进度并限期办结。",
        reply_by="2026-11-26T10:00:00+00:00",
        issued_by="supervisor",
        issued_at=shown.ACCEPTED_AT,
        reply=None,
        replied_by=None,
        replied_at=None,
        overdue_at=None,
        decided_by=None,
        decided_at=None,
        decision_reason=None,
        request_state="in_progress",
        version=6,
        available_actions=["reply"],
    )
    number: str = Field(pattern=r"^\d{14}-S\d{1,4}$", description="Ticket number, -S and a count.")
    work_order_no: OrderNumber | None
    ticket_no: TicketNumber
    unit: UnitView
    kind: SlipKind
    level: SlipLevel
    state: SlipState
    leader: str | None = Field(description="Who gave the instruction.")
    text: str
    reply_by: AwareDatetime
    issued_by: str
    issued_at: AwareDatetime
    reply: str | None
    replied_by: str | None
    replied_at: AwareDatetime | None
    overdue_at: AwareDatetime | None = Field(description="When nobody had answered in time.")
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision_reason: str | None
    request_state: RequestState
    version: Version
    available_actions: actions_on(Subject.SUPERVISION)  # type: ignore[valid-type] # made from the workflow table


ApplicationItems = page_of(ApplicationItem, "ApplicationItems")
SupervisionItems = page_of(SupervisionItem, "SupervisionItems")
