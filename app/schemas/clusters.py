"""Filters and bodies of clusters."""

from pydantic import ConfigDict, Field

from app.domain.clusters import ClusterState
from app.schemas.administration import DigitsFilter, Page
from app.schemas.common import Moment
from app.schemas.types import Form, Paragraph


class ClusterPage(Page):
    """Filters of `GET /v1/statistics/clusters`."""

    model_config = ConfigDict(extra="forbid")
    state: ClusterState | None = None
    category: DigitsFilter | None = Field(None, description="Category code or its beginning.")
    area: DigitsFilter | None = Field(None, description="Area code or its beginning.")
    since: Moment | None = Field(
        None, description="Grown at or after this instant, or from the beginning of this day of the city on."
    )


class AcknowledgeForm(Form):
    """`POST /v1/clusters/{id}/acknowledge`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "已联系自来水公司现场核实。"}]})
    reason: Paragraph | None = Field(None, description="What is being done.")


class DismissForm(Form):
    """`POST /v1/clusters/{id}/dismiss`: why it is none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "三件诉求地点不同，不属于同一问题。"}]})
    reason: Paragraph
