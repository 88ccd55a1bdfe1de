"""A line of an exported file, as machines read it."""

from pydantic import AwareDatetime, Field

from app.domain.catalogue import Channel, RequestKind, Urgency
from app.domain.states import OrderRole, OrderState, RequestState
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, OrderNumber, Round, Satisfaction, TicketNumber, example
from app.schemas.steps import Outcome, Resolved

InTime = bool | None
_MATTER = {
    "title": shown.TITLE,
    "kind": "help",
    "urgency": "normal",
    "category": "市政公用 / 路灯照明",
    "area": "云岭市 东河街道 清河社区",
    "unit": "云岭市综合行政执法局",
}
_DONE = {
    "accepted_in_time": True,
    "contacted_in_time": None,
    "resolved_in_time": None,
    "result": None,
    "outcome": None,
    "updated_at": "2026-11-23T09:45:00+08:00",
}


class ExportedMatter(Answer):
    """What both files say; text is masked for every reader, instants are in the city's zone."""

    ticket_no: TicketNumber
    created_at: AwareDatetime
    title: str
    kind: RequestKind
    urgency: Urgency
    category: str | None
    area: str | None
    unit: str | None
    round: Round
    accepted_in_time: InTime = Field(description="Null while it still may be, or when there is no such clock.")
    contacted_in_time: InTime
    resolved_in_time: InTime
    result: str | None
    outcome: Outcome | None
    updated_at: AwareDatetime


class ExportedRequest(ExportedMatter):
    """One request of the file."""

    model_config = example(
        ticket_no=shown.TICKET_NO,
        created_at="2026-11-23T09:20:00+08:00",
        channel="phone",
        **_MATTER,
        state="in_progress",
        round=1,
        dispatched_in_time=True,
        resolved=None,
        satisfaction=None,
        **_DONE,
    )
    channel: Channel
    state: RequestState
    dispatched_in_time: InTime
    resolved: Resolved | None
    satisfaction: Satisfaction | None


class ExportedOrder(ExportedMatter):
    """One work order of the file."""

    model_config = example(
        work_order_no=shown.ORDER_NO,
        ticket_no=shown.TICKET_NO,
        created_at="2026-11-23T09:20:00+08:00",
        role="lead",
        **_MATTER,
        state="accepted",
        round=1,
        accept_due_at="2026-11-23T11:20:00+08:00",
        resolve_due_at="2026-11-30T18:00:00+08:00",
        **_DONE,
    )
    work_order_no: OrderNumber
    role: OrderRole
    state: OrderState
    accept_due_at: AwareDatetime | None
    resolve_due_at: AwareDatetime | None
