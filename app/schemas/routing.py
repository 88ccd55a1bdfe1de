"""Bodies and filters of routing: what people decide about lessons, a text to explain, a period to report on."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.domain.catalogue import RequestKind
from app.schemas.administration import CodeFilter, DigitsFilter, Page
from app.schemas.common import Moment
from app.schemas.types import Code, Form, Line, Message, Paragraph, Storable


class LessonState(StrEnum):
    """How it stands with a lesson (经验状态)."""

    SPEAKING = "speaking"
    SILENT = "silent"
    DISMISSED = "dismissed"
    ADOPTED = "adopted"


class LessonPage(Page):
    """Filters of `GET /v1/routing-lessons`."""

    category: DigitsFilter | None = Field(None, description="Category code or its beginning.")
    area: DigitsFilter | None = Field(None, description="Township or the beginning of its code.")
    unit: CodeFilter | None = Field(None, description="The unit that gives back, or the one that keeps.")
    state: LessonState | None = None


class DismissForm(Form):
    """`POST /v1/routing-lessons/{id}/dismiss`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "职责调整前的退单，现已明确由执法局负责"}]})
    reason: Paragraph


class AdoptForm(Form):
    """`POST /v1/routing-lessons/{id}/adopt`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "经联席会议确认由供电公司负责"}]})
    note: Annotated[str, StringConstraints(max_length=2000), Storable] = ""


class ExplainForm(Form):
    """`POST /v1/routing-rules:explain`: what a citizen might say, and what the one who files would add."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "清河佳苑南门外的路灯坏了一个星期。", "address": "清河佳苑南门"}]}
    )
    text: Message
    title: Line | None = None
    address: Line | None = None
    kind: RequestKind | None = None
    area_code: Code | None = None
    category_code: Code | None = None
    confidential: bool = Field(False, strict=True)
    accused_unit_codes: Annotated[list[Code], Field(max_length=10)] = Field(default_factory=list)


class ReportPeriod(Form):
    """Query of `GET /v1/routing-rules:report`."""

    since: Moment | None = Field(None, description="90 days ago unless given, at most 366 days ago.")
