"""Path and query parameters that several routers share."""

import re
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.domain.errors import not_found

_INSTANT = re.compile(r"(19|[2-8]\d)\d\d-[^\x00]*")


def _shaped(pattern: str) -> AfterValidator:
    """What cannot be a number of ours is simply not found, like any other wrong number."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise not_found()
        return value

    return AfterValidator(check)


TicketNo = Annotated[str, _shaped(r"\d{14}"), Path(description="Ticket number, 14 digits.")]
WorkOrderNo = Annotated[str, _shaped(r"\d{14}-\d{1,4}"), Path(description="Work order number.")]
ApplicationNo = Annotated[
    str, _shaped(r"\d{14}-\d{1,4}-A\d{1,4}"), Path(description="Application: order number, -A and a count.")
]
SupervisionNo = Annotated[str, _shaped(r"\d{14}-S\d{1,4}"), Path(description="Slip: ticket number, -S and a count.")]
AttachmentNo = Annotated[str, _shaped(r"\d{14}-F\d{1,4}"), Path(description="Attachment number, `<ticket>-F<n>`.")]


def written_out(value: object) -> object:
    """An instant is written out; a bare number might mean seconds, milliseconds or a year."""
    if not isinstance(value, datetime) and (not isinstance(value, str) or not _INSTANT.fullmatch(value)):
        raise PydanticCustomError("datetime_parsing", "must be an instant with offset (RFC 3339)")
    return value


Instant = Annotated[AwareDatetime | None, BeforeValidator(written_out), Query(description="RFC 3339 with offset.")]
When = Annotated[AwareDatetime, BeforeValidator(written_out)]
"""An instant in a body or in a saved query: RFC 3339 with offset."""
_DAY = re.compile(r"(19|[2-8]\d)\d\d-\d\d-\d\d", re.ASCII)
_INSTANTS = TypeAdapter(When)


def _moment(value: object) -> datetime | date:
    """One fault for whatever is wrong: a reader of two alternatives would be told of both."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
        return _INSTANTS.validate_python(value)
    except ValueError as error:
        naive = isinstance(error, ValidationError) and error.errors()[0]["type"] == "timezone_aware"
        raise PydanticCustomError("timezone_aware" if naive else "moment", "must be a day or an instant") from None


Moment = Annotated[
    datetime | date,
    PlainValidator(_moment, json_schema_input_type=str),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""An end of a period: an instant with offset, or a day of the city, which stands for its beginning."""


def begin(moment: datetime | date, zone: tzinfo) -> datetime:
    """The instant that is meant, in the city's zone where a day was given."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), zone)


class OrderSort(StrEnum):
    """How a desk is sorted."""

    DUE = "due"
    NEWEST = "newest"
