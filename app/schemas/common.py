"""Path and query parameters that several routers share."""

import re
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Annotated, LiteralString

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema
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


When = Annotated[AwareDatetime, BeforeValidator(written_out)]
"""An instant in a body: RFC 3339 with offset."""
_DAY = re.compile(r"(19|[2-8]\d)\d\d-\d\d-\d\d", re.ASCII)
_LOST_PLUS = re.compile(r"(T\S+) (?=\d\d:\d\d$)")
"""The `+` of an offset that nobody escaped arrives in a query as a blank."""
_DAYS, _INSTANTS = TypeAdapter(date), TypeAdapter(When)
EARLIEST = 2000
"""No hotline has figures from before; days of long ago began at a local mean time that answers could not tell."""


def _moment(value: object) -> datetime | date:
    """One fault for whatever is wrong: a reader of two alternatives would be told of both."""
    try:
        is_day = isinstance(value, str) and _DAY.fullmatch(value)
        told = _LOST_PLUS.sub(r"\1+", value) if isinstance(value, str) else value
        found = _DAYS.validate_python(value) if is_day else _INSTANTS.validate_python(told)
    except ValidationError as error:
        fault = error.errors()[0]
        code: LiteralString = "timezone_aware" if fault["type"] == "timezone_aware" else "moment"
        raise PydanticCustomError(code, "must be a day or an instant", fault.get("ctx")) from None
    if found.year < EARLIEST:
        raise PydanticCustomError("moment_too_early", "must not be before the year 2000")
    return found


Moment = Annotated[
    datetime | date,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""A time that a list or a figure is asked for: an instant with offset, or a day of the city, which stands for its beginning."""
BEFORE = "before then, which is not included: an instant with offset, or the beginning of a day of the city; to include a day name the next one."
"""What the description says of the end of a period."""


def begin(moment: datetime | date, zone: tzinfo) -> datetime:
    """The instant that is meant, in the city's zone where a day was given."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), zone)


class OrderSort(StrEnum):
    """How a desk is sorted."""

    DUE = "due"
    NEWEST = "newest"
