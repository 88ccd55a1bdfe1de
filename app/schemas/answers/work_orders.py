"""A work order on a desk, in the feed and in answers."""

from pydantic import AwareDatetime, Field

from app.domain.clocks import Lamp
from app.domain.states import OrderRole, OrderState, RequestState, Subject
from app.schemas.answers import examples as shown
from app.schemas.answers.common import (
    Answer,
    MaskedPerson,
    Matter,
    OrderClocks,
    OrderNumber,
    Person,
    Point,
    Round,
    TicketNumber,
    UnitView,
    Version,
    actions_on,
    example,
    page_of,
)
from app.schemas.steps import Outcome


class OrderItem(Matter):
    """A work order as it stands on a desk and in the answers of its steps."""

    model_config = example(**shown.ORDER)
    work_order_no: OrderNumber
    ticket_no: TicketNumber
    role: OrderRole
    state: OrderState
    version: Version
    round: Round
    unit: UnitView
    request_state: RequestState
    reason: str = Field(description="Why it came to this unit.")
    parent_no: OrderNumber | None = Field(description="The order it helps; null for a lead.")
    task: str | None = Field(description="What a helper was asked to do.")
    forced: bool = Field(description="It may not be returned any more (强制指派).")
    attended: bool | None = Field(description="Whether a summoned unit came; null while nobody has said.")
    open_application: str | None = Field(description="The application that waits for a decision.")
    open_helpers: int = Field(description="Orders that help this one and are not finished.")
    escalated_at: AwareDatetime | None = Field(description="When its lateness was told to a supervisor.")
    lamp: Lamp | None = Field(description="Of the clock that is worst off; null when none runs.")
    due_at: AwareDatetime | None = Field(description="Of the running clock that ends first.")
    deadlines: OrderClocks
    result: str | None
    outcome: Outcome | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    available_actions: actions_on(Subject.WORK_ORDER)  # type: ignore[valid-type] # made from the workflow table


class RevealedOrder(OrderItem):
    """An order with the person in the clear; the reveal is in the history."""

    model_config = example(**shown.ORDER, requester={"name": "张三", "phone": "13800000000"})
    requester: Person


OrderItems = page_of(OrderItem, "OrderItems")


class SupplementView(Answer):
    """Facts that came later."""

    at: AwareDatetime
    text: str


class OrderDetail(OrderItem):
    """An order with what the citizen said."""

    model_config = example(
        **shown.ORDER,
        **shown.CONTENT,
        supplements=[{"at": "2026-11-23T02:10:00+00:00", "text": "南门对面公交站的灯也不亮。"}],
    )
    text: str
    requester: MaskedPerson | None = Field(description="Null when anonymous, or secret for this reader.")
    address: str | None = Field(description="Without building and door.")
    location: Point | None
    supplements: list[SupplementView] = Field(description="Oldest first, also those from before this order.")
