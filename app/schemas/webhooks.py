"""Bodies and filters of webhook administration."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.domain.delivery import WebhookState
from app.domain.events import EventKind
from app.schemas.administration import CodeFilter, Page, changes_of
from app.schemas.types import Form, Line, Storable
from app.schemas.users import Username

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000), Storable]


class WebhookForm(Form):
    """`POST /v1/webhooks`: sends what its user (the caller, unless named) would see in the feed from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "供电公司工单系统",
                    "url": "https://93.184.215.14/hotline",
                    "username": "unit-power",
                    "events": ["request.dispatched", "request.reminded"],
                }
            ]
        }
    )
    name: Line
    url: Url
    username: Username | None = None
    events: Annotated[list[EventKind], Field(max_length=100)] = Field(default_factory=list)


WebhookChange = changes_of(WebhookForm, "username", example={"name": "供电公司抢修系统", "events": []})


class WebhookPage(Page):
    """Filters of `GET /v1/webhooks`."""

    username: CodeFilter | None = None
    state: WebhookState | None = None


class ReplayForm(Form):
    """`POST /v1/webhooks/{id}:replay`: where to go on from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"after": "beginning"}]})
    after: Annotated[
        str,
        StringConstraints(min_length=1, max_length=60),
        Storable,
        Field(description="A cursor of the feed, `beginning` or `latest`."),
    ]
