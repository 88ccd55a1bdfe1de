"""Clusters as clients see them."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.domain.clusters import ClusterState
from app.domain.states import RequestState
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, AreaCode, CategoryPath, Point, TicketNumber, example

_EXAMPLE: dict[str, Any] = {
    "id": 17,
    "state": "open",
    **shown.CATEGORY,
    **shown.AREA,
    "words": ["路灯", "清河", "佳苑"],
    "requests": 11,
    "callers": 8,
    "most_of_one_caller": 0.273,
    "copied": False,
    "first_at": shown.FILED_AT,
    "last_at": shown.ACCEPTED_AT,
    "opened_at": shown.ACCEPTED_AT,
    "growth": {"now_per_hour": 0.306, "before_per_hour": 0.0},
    "point": {"lat": 31.21264, "lon": 105.62783},
    "sample": [shown.TICKET_NO],
    "decided_by": None,
    "decided_at": None,
    "reason": None,
    "available_actions": ["acknowledge", "dismiss"],
}


class GrowthView(Answer):
    """Requests per hour in the newer and the older half of the window."""

    now_per_hour: float
    before_per_hour: float


class ClusterView(Answer):
    """One matter that several callers asked about within the window (集中诉求)."""

    model_config = example(**_EXAMPLE)
    id: int
    state: ClusterState
    category_code: str | None
    category_path: CategoryPath
    area_code: AreaCode | None
    area_name: str | None
    words: list[str] = Field(description="Words that join its requests, the commonest first.")
    requests: int
    callers: int = Field(description="Different phone numbers; what came without one counts as one a channel and day.")
    most_of_one_caller: float = Field(description="Share of its requests that the busiest caller filed, 0 to 1.")
    copied: bool = Field(description="Most of it is nearly one text: an arranged action, or one caller's patience.")
    first_at: AwareDatetime
    last_at: AwareDatetime
    opened_at: AwareDatetime
    growth: GrowthView
    point: Point | None = Field(description="Middle of the points of its requests, else of the area.")
    sample: list[TicketNumber] = Field(description="At most five, the newest first.")
    decided_by: str | None
    decided_at: AwareDatetime | None
    reason: str | None
    available_actions: list[Literal["acknowledge", "dismiss"]]


class ClusterRequest(Answer):
    """A request of a cluster."""

    ticket_no: TicketNumber
    state: RequestState
    title: str
    filed_at: AwareDatetime
    copied: bool = Field(description="Another request uses nearly the same words.")


class MergeOffer(Answer):
    """What the step `merge` (并案) could join."""

    into: TicketNumber = Field(description="The oldest that is being handled: the proposed master.")
    tickets: list[TicketNumber] = Field(description="Those that could follow it; one call each.")
    href: str = Field(description='URL of the step; the body is `{"into": …}`.')


class ClusterDetail(ClusterView):
    """A cluster with its requests, the oldest first, at most 200."""

    model_config = example(
        **_EXAMPLE,
        requests_shown=[
            {
                "ticket_no": shown.TICKET_NO,
                "state": "assigned",
                "title": shown.TITLE,
                "filed_at": shown.FILED_AT,
                "copied": False,
            }
        ],
        merge=None,
    )
    requests_shown: list[ClusterRequest]
    merge: MergeOffer | None = Field(description="Null while fewer than two are being handled.")
