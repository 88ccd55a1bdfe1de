"""What lists of requests and work orders may be narrowed by: one model for the list, its export and what people save.

A caller's phone number is a parameter of the list, never of a saved filter: it would lie there in the clear.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, ValidationError, WrapValidator
from pydantic_core import PydanticKnownError

from app.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.domain.catalogue import Channel, RequestKind, Urgency
from app.domain.clocks import Lamp
from app.domain.states import Desk, OrderRole, OrderState, RequestState
from app.schemas.administration import DigitsFilter
from app.schemas.common import BEFORE, Moment, OrderSort
from app.schemas.types import Phone, Storable

UnitFilter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
TicketFilter = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
Words = Annotated[str, StringConstraints(min_length=2, max_length=200), Storable]
T = TypeVar("T")
MOST_VALUES = 20
_COMMA = re.compile("[,，]")


def _apart(value: object, read: Callable[[object], tuple[T, ...]]) -> tuple[T, ...]:
    """What the commas divide, each once. The fault of a value is told as the parameter's, which the caller wrote."""
    if not isinstance(value, str | list):
        raise PydanticKnownError("string_type")
    parts = [part.strip() for part in _COMMA.split(value)] if isinstance(value, str) else value
    try:
        return tuple(dict.fromkeys(read(parts)))
    except ValidationError as error:
        fault = error.errors()[0]
        raise PydanticKnownError(fault["type"], fault.get("ctx")) from None  # type: ignore[arg-type]


BY_COMMAS = WrapValidator(_apart)
Several = Annotated[
    tuple[T, ...],
    Field(min_length=1, max_length=MOST_VALUES),
    BY_COMMAS,
    PlainSerializer(",".join, when_used="json"),
]
"""What may be any of some values: `state=assigned,in_progress`."""


class Filters(BaseModel):
    """Base of both: unknown names are refused, values are those of a query string."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def narrowed(self) -> dict[str, Any]:
        """The filters that were given, without paging and the saved filter's number."""
        return self.model_dump(exclude={"limit", "cursor", "saved", "format"}, exclude_none=True, exclude_unset=True)


class RequestFilters(Filters):
    """What a list of requests may be narrowed by."""

    state: Several[RequestState] | None = None
    kind: Several[RequestKind] | None = None
    category: Several[DigitsFilter] | None = Field(None, description="Category codes or their beginnings.")
    area: Several[DigitsFilter] | None = Field(None, description="Area codes or their beginnings.")
    unit: Several[UnitFilter] | None = None
    urgency: Several[Urgency] | None = None
    channel: Several[Channel] | None = None
    lamp: Several[Lamp] | None = None
    text: Words | None = Field(None, description="Words of title and text, or a ticket number.")
    created_from: Moment | None = Field(
        None, description="Filed from then on: an instant with offset, or a day of the city from its beginning."
    )
    created_to: Moment | None = Field(None, description=f"Filed {BEFORE}")
    restricted: bool | None = Field(None, description="Only the restricted queue, or all but it.")
    desk: Several[Desk] | None = Field(None, description="Waiting at this special desk of the centre.")
    master_no: TicketFilter | None = Field(None, description="Following this request (主案).")


class DeskFilters(Filters):
    """What a desk may be narrowed by, and how it is sorted."""

    state: Several[OrderState] | None = None
    lamp: Several[Lamp] | None = None
    due_before: Moment | None = Field(None, description=f"Due {BEFORE}")
    unit: Several[UnitFilter] | None = None
    ticket_no: TicketFilter | None = None
    role: Several[OrderRole] | None = Field(None, description="Leading, or helping as assist, child or summons.")
    urgency: Several[Urgency] | None = None
    kind: Several[RequestKind] | None = None
    escalated: bool | None = Field(None, description="Told to a supervisor for its lateness, or not.")
    sort: OrderSort = OrderSort.DUE


class _Saved(Filters):
    saved: int | None = Field(
        None, ge=1, le=2**63 - 1, description="Number of a saved filter; parameters given here override its own."
    )


class _Paged(_Saved):
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Items a page.")
    cursor: str | None = Field(None, max_length=300, description="`next_cursor` of the page before.")


class FileFormat(StrEnum):
    """How a file is written: for spreadsheets, or one JSON object a line."""

    CSV = "csv"
    NDJSON = "ndjson"


class _Exported(_Saved):
    format: FileFormat = Field(FileFormat.CSV, description="`csv` for spreadsheets, `ndjson`: one JSON object a line.")


class _OfCaller(RequestFilters):
    phone: Phone | None = Field(None, description="The caller's whole number.")


class RequestPage(_OfCaller, _Paged):
    """Parameters of the list of requests."""


class DeskPage(DeskFilters, _Paged):
    """Parameters of a desk."""


class RequestExport(_OfCaller, _Exported):
    """Parameters of the export of requests."""


class DeskExport(DeskFilters, _Exported):
    """Parameters of the export of a desk."""
