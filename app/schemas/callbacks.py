"""What call-back agents send: how many to claim, which ones to give back."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.schemas.types import Code, Form


class ClaimForm(Form):
    """How many requests the agent wants to have in hand."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": 5}]})
    limit: Annotated[int, Field(ge=1, le=20, strict=True)] = 5


class ReleaseForm(Form):
    """Ticket numbers to give back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ticket_nos": ["20261123000128"]}]})
    ticket_nos: Annotated[list[Code], Field(min_length=1, max_length=200)]
