"""A request in lists and answers, in full, and its history."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from app.domain.actors import ActorKind
from app.domain.catalogue import Channel
from app.domain.clocks import Lamp
from app.domain.events import EventKind
from app.domain.records import Exclusion
from app.domain.states import Desk, RequestState, Subject
from app.schemas.answers import examples as shown
from app.schemas.answers.common import (
    Answer,
    AnyState,
    CallOutcomeView,
    MaskedPerson,
    Matter,
    OrderNumber,
    Person,
    Point,
    RequestClocks,
    Round,
    Satisfaction,
    TicketNumber,
    UnitView,
    Version,
    actions_on,
    example,
    page_of,
)
from app.schemas.answers.filing import ClassificationView, SuggestedUnit
from app.schemas.answers.records import ApplicationItem, SupervisionItem
from app.schemas.answers.replies import ReplyCheck
from app.schemas.answers.work_orders import OrderItem
from app.schemas.steps import Outcome, Resolved


class RequestItem(Matter):
    """A request as it stands in lists and in the answers of its steps."""

    model_config = example(**shown.REQUEST)
    ticket_no: TicketNumber
    state: RequestState
    version: Version
    round: Round
    channel: Channel
    unit: UnitView | None = Field(description="The lead order's unit.")
    work_order_no: OrderNumber | None = Field(description="The lead order.")
    desk: Desk | None = Field(description="The special desk it waits at.")
    master_no: TicketNumber | None = Field(description="The request it follows (主案).")
    followers: int = Field(description="Requests that follow this one.")
    lamp: Lamp | None = Field(description="Of the clock that is worst off; null when none runs.")
    deadlines: RequestClocks
    result: str | None = Field(description="What the citizen is told.")
    outcome: Outcome | None
    resolved: Resolved | None = Field(description="What the citizen says about it.")
    satisfaction: Satisfaction | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    available_actions: actions_on(Subject.REQUEST)  # type: ignore[valid-type] # made from the workflow table


RequestItems = page_of(RequestItem, "RequestItems")


class RevealedRequest(RequestItem):
    """A request with the person in the clear; the reveal is in the history."""

    model_config = example(**shown.REQUEST, requester={"name": "张三", "phone": "13800000000"})
    requester: Person


class RoutingView(Answer):
    """What the rules proposed when it was filed."""

    alternatives: list[SuggestedUnit]


class CallbackView(Answer):
    """Call-back and rating."""

    due_at: AwareDatetime | None = Field(description="By when the citizen is to be rung; null before it is resolved.")
    attempts: int = Field(description="Calls that count: each on another half-day.")
    outcome: CallOutcomeView | None
    contacted_in_time: bool | None
    comment: str | None
    rated_at: AwareDatetime | None
    excluded: Exclusion | None = Field(description="Why the rating does not count in the adjusted figures.")


class RequestDetail(RequestItem):
    """Everything the caller may see of a request."""

    model_config = example(
        **shown.REQUEST,
        **shown.CONTENT,
        classification=shown.CLASSIFICATION,
        routing={"alternatives": [shown.ROUTE, shown.OTHER_ROUTE]},
        external_ref=None,
        publish_consent=True,
        hold_review_on=None,
        restricted=False,
        accused_units=[],
        callback={
            "due_at": None,
            "attempts": 0,
            "outcome": None,
            "contacted_in_time": None,
            "comment": None,
            "rated_at": None,
            "excluded": None,
        },
        work_orders=[{**shown.ORDER, "available_actions": []}],
        applications=[],
        supervisions=[],
        reply_check=None,
    )
    text: str
    requester: MaskedPerson | None = Field(description="Null when anonymous, or secret for this reader.")
    address: str | None = Field(description="Without building and door.")
    location: Point | None
    classification: ClassificationView = Field(description="What was understood when it was filed.")
    routing: RoutingView
    external_ref: str | None
    publish_consent: bool
    hold_review_on: date | None
    restricted: bool = Field(description="In the restricted queue (纪检).")
    accused_units: list[UnitView] = Field(description="Shut out, with all units below them; empty where secret.")
    callback: CallbackView
    work_orders: list[OrderItem] = Field(description="All orders, or those of the caller's units; oldest first.")
    applications: list[ApplicationItem] = Field(description="What units applied for, with reason and suggestion.")
    supervisions: list[SupervisionItem] = Field(description="Slips and instructions.")
    reply_check: ReplyCheck | None = Field(
        description="Of the lead's result while it waits for review: advice for the reviewer."
    )


class TimelineItem(Answer):
    """One event: who, when, from which state to which, and what was said."""

    seq: int = Field(ge=1, description="1, 2, 3 … without gap; the request's version after it.")
    at: AwareDatetime
    kind: EventKind
    work_order_no: OrderNumber | None
    unit_code: str | None = Field(description="The unit that reads it in its feed.")
    actor_kind: ActorKind
    actor: str
    from_state: AnyState | None = Field(
        description="The order's state in `work_order.*` and of a helper that begins, the application's or slip's where "
        "one is decided or answered, else the request's; null when the event changes none."
    )
    to_state: AnyState | None
    request_state: RequestState = Field(description="The request's state after it.")
    payload: dict[str, Any] = Field(description="What the step said, by `kind`; `public` is what the citizen reads.")


class Timeline(Answer):
    """The history of a request, oldest first."""

    model_config = example(
        ticket_no=shown.TICKET_NO,
        items=[
            {
                "seq": 3,
                "at": shown.ACCEPTED_AT,
                "kind": "work_order.accepted",
                "work_order_no": shown.ORDER_NO,
                "unit_code": "urban-management",
                "actor_kind": "user",
                "actor": "unit-urban-management",
                "from_state": "pending",
                "to_state": "accepted",
                "request_state": "in_progress",
                "payload": {},
            }
        ],
    )
    ticket_no: TicketNumber
    items: list[TimelineItem]
