"""The call-back agents' queue."""

from pydantic import AwareDatetime, Field

from app.schemas.answers import examples as shown
from app.schemas.answers.common import example, page_of
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
    )
    due_at: AwareDatetime = Field(description="By when the citizen is to be rung.")
    attempts: int = Field(description="Calls so far that count: each on another half-day.")


CallbackItems = page_of(CallbackItem, "CallbackItems")
