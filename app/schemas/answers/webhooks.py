"""Webhooks, their trials and the messages that were refused, as clients see them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.domain.delivery import WebhookState
from app.domain.events import EventKind
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, TicketNumber, example, example_of
from app.schemas.answers.feed import FeedCursor

SECRET = "whsec_RXhhbXBsZU9ubHlFeGFtcGxlT25seUV4YW1wbGVPbg=="  # noqa: S105 - an example


class Waiting(Answer):
    """What has happened and is not delivered yet."""

    events: int = Field(ge=0, description="Counted among the next 1,000 events that its user may see.")
    more: bool = Field(description="There are more than were counted.")
    seconds: float = Field(ge=0, description="Age of the oldest of them; 0 when there is none.")


class WebhookRow(Answer):
    """A webhook, without its secret."""

    model_config = example(
        id=3,
        name="供电公司工单系统",
        url="https://orders.power.example/hotline",
        username="unit-power",
        events=["request.dispatched", "request.reminded"],
        state="active",
        position="1-84211-1390",
        waiting={"events": 0, "more": False, "seconds": 0.0},
        failures=0,
        failing_since=None,
        last_error=None,
        next_attempt_at=None,
        last_success_at=shown.ACCEPTED_AT,
        previous_secret_until=None,
        created_at=shown.FILED_AT,
    )
    id: Annotated[int, Field(ge=1)]
    name: str
    url: str
    username: str = Field(description="Whose feed it sends: it sees exactly what this user sees.")
    events: list[EventKind] = Field(description="Empty: all kinds.")
    state: WebhookState = Field(description="`disabled`: given up after five days of failing, or after 410.")
    position: FeedCursor = Field(description="Everything up to here is delivered.")
    waiting: Waiting | None = Field(description="Null while its user may not read, or after a restore.")
    failures: int = Field(description="Attempts in a row that failed at the message that is next.")
    failing_since: AwareDatetime | None
    last_error: str | None
    next_attempt_at: AwareDatetime | None = Field(description="Null: at once.")
    last_success_at: AwareDatetime | None
    previous_secret_until: AwareDatetime | None = Field(description="Until then the replaced secret signs as well.")
    created_at: AwareDatetime


class SecretWebhook(WebhookRow):
    """A webhook with its new secret, which is shown this once."""

    model_config = example(**example_of(WebhookRow), secret=SECRET)
    secret: str = Field(description="For verifying signatures by the Standard Webhooks specification.")


class Trial(Answer):
    """How the receiver answered just now."""

    model_config = example(delivered=True, status=204, seconds=0.041, error=None, response="")
    delivered: bool
    status: int | None = Field(description="Null: no answer.")
    seconds: float
    error: str | None = Field(description="Why there was no answer, or `HTTP` and the status.")
    response: str = Field(description="Up to 500 characters of the answer.")


class DeadLetterRow(Answer):
    """A message that the receiver refused three times."""

    model_config = example(
        id=9,
        position="1-84211-1390",
        kind="work_order.accepted",
        ticket_no=shown.TICKET_NO,
        status=400,
        response="unknown unit",
        at=shown.ACCEPTED_AT,
    )
    id: Annotated[int, Field(ge=1)]
    position: FeedCursor = Field(description="Cursor of its event.")
    kind: EventKind
    ticket_no: TicketNumber
    status: int | None
    response: str
    at: AwareDatetime
