"""Bodies of what a citizen does with ticket number and query code."""

from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from app.schemas.steps import Resolved
from app.schemas.types import Form, Paragraph, Storable

QueryCode = Annotated[str, StringConstraints(min_length=1, max_length=40), Storable]


class WithCode(Form):
    """Opens the ticket."""

    code: QueryCode


class PublicSupplement(WithCode):
    """Further facts."""

    text: Paragraph


class PublicReminder(WithCode):
    """A chase."""

    text: Paragraph | None = None


class PublicRating(WithCode):
    """How it went."""

    resolved: Resolved
    satisfaction: Annotated[int, Field(ge=1, le=5, strict=True)]
    contacted_in_time: StrictBool | None = None
    comment: Paragraph | None = None
