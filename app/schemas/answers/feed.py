"""What the units' polling call answers."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.domain.events import EventKind
from app.domain.states import RequestState
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, AnyState, TicketNumber, example
from app.schemas.answers.work_orders import OrderItem

FeedCursor = Annotated[str, Field(pattern=r"^\d+-\d+-\d+$", description="For `after`; opaque.")]


class FeedItem(Answer):
    """One change, with the order as it is now."""

    cursor: FeedCursor
    kind: EventKind
    at: AwareDatetime
    ticket_no: TicketNumber
    seq: int = Field(ge=1, description="Number of the event in the request's history.")
    from_state: AnyState | None
    to_state: AnyState | None
    request_state: RequestState = Field(description="The request's state after the change.")
    details: dict[str, Any] = Field(description="What the step said, by `kind`, as `payload` in the timeline.")
    work_order: OrderItem | None = Field(description="Null for events of a request without order.")


class Feed(Answer):
    """Changes in commit order; go on with `next_cursor`, also when `items` is empty."""

    model_config = example(
        items=[
            {
                "cursor": "1-84211-1390",
                "kind": "work_order.accepted",
                "at": shown.ACCEPTED_AT,
                "ticket_no": shown.TICKET_NO,
                "seq": 3,
                "from_state": "pending",
                "to_state": "accepted",
                "request_state": "in_progress",
                "details": {},
                "work_order": shown.ORDER,
            }
        ],
        next_cursor="1-84211-1390",
    )
    items: list[FeedItem]
    next_cursor: FeedCursor
