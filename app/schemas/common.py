"""Path and query parameters that several routers share."""

import re
from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from app.domain.errors import not_found
from app.schemas.types import Storable


def _shaped(pattern: str) -> AfterValidator:
    """What cannot be a number of ours is simply not found, like any other wrong number."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise not_found()
        return value

    return AfterValidator(check)


TicketNo = Annotated[str, _shaped(r"\d{14}"), Path(description="Ticket number, 14 digits.")]
WorkOrderNo = Annotated[str, _shaped(r"\d{14}-\d{1,4}"), Path(description="Work order number.")]
SearchText = Annotated[str | None, StringConstraints(min_length=2, max_length=200), Storable, Query()]


def _written_out(value: object) -> object:
    """An instant is written out; a bare number might mean seconds, milliseconds or a year."""
    if isinstance(value, str) and (not re.match(r"(19|[2-8]\d)\d\d-", value) or "\x00" in value):
        raise PydanticCustomError("datetime_parsing", "must be an instant with offset (RFC 3339)")
    return value


Instant = Annotated[AwareDatetime | None, BeforeValidator(_written_out), Query(description="RFC 3339 with offset.")]
Digits = Annotated[str | None, Query(pattern=r"^\d{1,12}$")]


class OrderSort(StrEnum):
    """How a desk is sorted."""

    DUE = "due"
    NEWEST = "newest"
