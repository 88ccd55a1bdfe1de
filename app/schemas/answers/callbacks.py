"""The call-back agents' queue."""

from pydantic import AwareDatetime, Field

from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, TicketNumber, example, example_of, page_of
from app.schemas.answers.requests import RequestItem


class CallbackItem(RequestItem):
    """A resolved request whose citizen is to be rung."""

    model_config = example(
        **{
            **shown.REQUEST,
            "state": "resolved",
            "version": 8,
            "lamp": None,
            "deadlines": {"dispatch": shown.DISPATCH_CLOCK},
            "result": shown.RESULT,
            "outcome": "solved",
            "available_actions": ["callbacks", "reveal"],
        },
        due_at="2026-11-26T10:00:00+00:00",
        attempts=1,
        claimed_by="callback",
        claimed_until="2026-11-25T02:30:00+00:00",
    )
    due_at: AwareDatetime = Field(description="By when the citizen is to be rung.")
    attempts: int = Field(description="Calls so far that count: each on another half-day.")
    claimed_by: str | None = Field(description="The agent who has it in hand now.")
    claimed_until: AwareDatetime | None = Field(description="When the claim ends by itself.")


CallbackItems = page_of(CallbackItem, "CallbackItems")


class ClaimedCallbacks(Answer):
    """What the agent has in hand now, the most pressing first; empty when nobody waits to be rung."""

    model_config = example(items=[example_of(CallbackItem)])
    items: list[CallbackItem]


class ReleasedCallbacks(Answer):
    """What was given back."""

    model_config = example(released=[shown.TICKET_NO])
    released: list[TicketNumber] = Field(description="Those that were the caller's; others stay as they are.")
